"""Every refusal as an RFC 9457 problem document; what the refused request wrote is undone."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from functools import singledispatch
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InternalError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from psycopg.errors import ReadOnlySqlTransaction
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.response import Response

from oms.rest.errors import InvalidParameters, RequestInFlight
from oms.rest.formats import to_json
from oms.rest.requests import marked
from oms.tenancy.errors import OmsError
from oms.tenancy.services.audit import request_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest

MEDIA_TYPE = "application/problem+json"
WHOLE_BODY = "non_field_errors"
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a problem document says; `errors` names each fault by its place in the request."""

    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def document(self, path: str) -> dict[str, Any]:
        document = {
            "type": f"urn:baton:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "instance": path,
            "request_id": request_id(),
        }
        if self.errors:
            document["errors"] = self.errors
        if self.data:
            document["data"] = self.data
        return document


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. What it does not know is a bug and goes on to the 500 page."""
    request = context["request"]
    problem = problem_of(error)
    if problem is None:
        return None
    # TenantMiddleware undoes the transaction although there is an answer.
    marked(request).rollback = not getattr(error, "keeps_writes", False)
    if problem.status == HTTPStatus.UNPROCESSABLE_ENTITY and request.method != "GET":
        problem = located(problem, request.data)
    headers = {**getattr(error, "headers", {}), **problem.headers}
    # REST framework's own word for how to authenticate, on 401.
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Response(problem.document(request.path), problem.status, headers=headers, content_type=MEDIA_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 of an API address; a database that is away is a 503. Django has logged the failure."""
    error = sys.exc_info()[1]
    problem = problem_of(error) if isinstance(error, OperationalError | InternalError) else None
    return plain(
        request, problem or Problem(500, "internal_error", "Something broke on our side. It has been recorded.")
    )


def plain(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem outside REST framework: an unknown address, a failure of the machinery around the view."""
    body = to_json(problem.document(request.path))
    return HttpResponse(body, status=problem.status, headers=problem.headers, content_type=MEDIA_TYPE)


@singledispatch
def problem_of(_error: Exception) -> Problem | None:
    """The problem that an exception means, or None when it is a bug."""
    return None


@problem_of.register
def _refused(error: OmsError) -> Problem:
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RequestInFlight) else {}
    return Problem(error.http_status, error.code, error.message, data=dict(error.data), headers=headers)


@problem_of.register
def _invalid_body(error: ValidationError) -> Problem:
    return Problem(422, "invalid", "The body is not valid; `errors` says where.", list(_faults(error.detail, "#")))


@problem_of.register
def _invalid_query(error: InvalidParameters) -> Problem:
    faults = [{"parameter": name, "detail": text} for name, texts in error.faults.items() for text in texts]
    return Problem(400, "invalid_parameter", "The query string is not valid; `errors` says where.", faults)


@problem_of.register
def _throttled(error: Throttled) -> Problem:
    headers = {"Retry-After": str(int(getattr(error, "wait", None) or 1))}
    return Problem(
        429, "too_many_requests", "This credential asks too much; wait as Retry-After says.", headers=headers
    )


@problem_of.register
def _http(error: APIException) -> Problem:
    code = str(error.get_codes()) if isinstance(error.detail, str) else error.default_code
    return Problem(error.status_code, code, str(error.detail))


@problem_of.register
def _not_found(_error: Http404) -> Problem:
    return Problem(404, "not_found", "There is nothing here.")


@problem_of.register
def _forbidden(error: PermissionDenied) -> Problem:
    return Problem(403, "permission_denied", str(error) or "This is not allowed.")


@problem_of.register
def _too_large(_error: RequestDataTooBig) -> Problem:
    return Problem(413, "body_too_large", "The body is too large. Send fewer rows at a time.")


@problem_of.register
def _unread(_error: UnreadablePostError) -> Problem:
    return Problem(400, "unreadable_body", "The body could not be read to its end.")


@problem_of.register
def _busy(error: OperationalError) -> Problem:
    """A lock or statement that ran out of time, a deadlock, a database that is not there."""
    logger.warning("rest.database_unavailable", error=repr(error))
    return Problem(
        503, "busy", "The database could not answer in time. Nothing was kept; try again.", headers={"Retry-After": "1"}
    )


@problem_of.register
def _read_only(error: InternalError) -> Problem | None:
    if not isinstance(error.__cause__, ReadOnlySqlTransaction):
        return None
    return Problem(503, "read_only", "The system is read-only at the moment; try again.", headers={"Retry-After": "30"})


def _faults(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    """REST framework's nested errors, each with a JSON pointer in its fragment form."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _faults(inner, pointer if name == WHOLE_BODY else f"{pointer}/{_escaped(name)}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _faults(inner, f"{pointer}/{index}" if isinstance(inner, dict | list) else pointer)
    else:
        yield {"pointer": pointer, "detail": str(detail), "code": str(getattr(detail, "code", "invalid"))}


def _escaped(name: object) -> str:
    return quote(str(name).replace("~", "~0").replace("/", "~1"))


def located(problem: Problem, body: Any) -> Problem:
    """The problem with the places in the body where its `field`, or the codes it names, stand."""
    if problem.errors:
        return problem
    pointers = [f"#/{problem.data['field']}"] if "field" in problem.data else []
    for kind, name in (("skus", "sku"), ("locations", "location")):
        wanted = {value for value in problem.data.get(kind, ()) if isinstance(value, str)}
        pointers += _find(body, name, wanted, "#") if wanted else ()
    return replace(
        problem, errors=[{"pointer": each, "detail": problem.detail, "code": problem.code} for each in pointers]
    )


def _find(body: Any, name: str, wanted: set[str], pointer: str) -> Iterator[str]:
    if isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, str) and value in wanted and str(key).endswith(name):
                yield f"{pointer}/{_escaped(key)}"
            else:
                yield from _find(value, name, wanted, f"{pointer}/{_escaped(key)}")
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from _find(value, name, wanted, f"{pointer}/{index}")
