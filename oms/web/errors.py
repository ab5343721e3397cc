"""Error pages: what is wrong, where, and what to do. The plainest of them need no database, session or template tag."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext_lazy as _

from oms.tenancy.services.audit import request_id

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from oms.tenancy.errors import OmsError


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of error page."""

    title: StrOrPromise
    text: StrOrPromise
    icon: str


PROBLEMS = {
    400: Problem(
        _("This address is not valid"), _("Something in it could not be read. Go back and try again."), icon="link-off"
    ),
    403: Problem(
        _("This is not open to you"),
        _("Your role does not include it. An owner of the account can change your role."),
        icon="lock",
    ),
    404: Problem(
        _("There is nothing here"),
        _("The page or the object does not exist, or it belongs to another company."),
        icon="map-question",
    ),
    409: Problem(
        _("This cannot be done now"),
        _("The object has changed since you opened it. Nothing was saved."),
        icon="alert-triangle",
    ),
    422: Problem(
        _("Some of it is not valid"), _("Nothing was saved. Go back and correct it."), icon="pencil-exclamation"
    ),
    429: Problem(_("Too many requests"), _("Wait a minute, then try again. Nothing is lost."), icon="hourglass"),
    500: Problem(
        _("Something broke on our side"),
        _("Nothing you did is wrong, and what was saved before is safe. The failure has been recorded."),
        icon="tool",
    ),
    503: Problem(
        _("This took too long"),
        _("The database could not answer in time. Nothing was saved. Ask for less, or try again in a moment."),
        icon="hourglass",
    ),
}


# Where htmx puts an answer that is no part of the page.
TO_THE_MESSAGES = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend", "HX-Push-Url": "false"}


def problem(request: HttpRequest, status: int, *, detail: str = "") -> HttpResponse:
    """The page for a status; htmx gets a message instead, in the place where messages appear."""
    found = PROBLEMS.get(status, PROBLEMS[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400])
    context = {"problem": found, "status": status, "detail": detail, "request_id": request_id()}
    if request.headers.get("HX-Request"):
        response = render(request, "errors/toast.html", context, status=status)
        for name, value in TO_THE_MESSAGES.items():
            response[name] = value
        return response
    return render(request, "errors/page.html", context, status=status)


def refusal(request: HttpRequest, error: OmsError) -> HttpResponse:
    """A refusal in its own words."""
    return problem(request, error.http_status, detail=error.message)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 -- Django calls it so
    return problem(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 -- Django calls it so
    return problem(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 -- Django calls it so
    return problem(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open for too long, or cookies are off."""
    detail = _(
        "This form was open for too long, or your browser refuses cookies. Go back, reload the page and send it again."
    )
    return problem(request, 403, detail=f"{detail} ({reason})" if reason else str(detail))


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without context processors: the failure may be theirs. A database that is away or too slow is a 503."""
    status = 503 if isinstance(sys.exc_info()[1], OperationalError) else 500
    context: dict[str, Any] = {"problem": PROBLEMS[status], "status": status, "request_id": request_id()}
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if request.headers.get("HX-Request"):
        body = loader.render_to_string("errors/toast.html", context)
        return HttpResponse(body, status=status, headers={**TO_THE_MESSAGES, **headers})
    return HttpResponse(loader.render_to_string("errors/plain.html", context), status=status, headers=headers)
