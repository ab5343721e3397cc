"""What every viewset of the API is made of."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from uuid import UUID

from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseNotModified
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from oms.rest.errors import InvalidParameters, LengthRequired
from oms.rest.idempotency import Once, once_of
from oms.rest.pagination import NAMES
from oms.rest.parsers import MEBIBYTE
from oms.rest.requests import marked
from oms.rest.serializers import In, parse, show_each

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request
    from rest_framework.serializers import BaseSerializer

    from oms.rest.throttling import Rate
    from oms.tenancy.permissions import Permission
    from oms.tenancy.types import Access

Row = TypeVar("Row", bound=Model)


class AnsweredBefore(Exception):
    """The request's effect happened already; its answer is given again."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


class TenantViewSet(GenericViewSet[Row]):
    """A resource of the open tenant.

    `permissions`: what each action needs; an action that is not listed is refused. `open_to_bound`: the actions open to a
    credential bound to locations. `costs`: rate units where not 1. `large`: the actions whose body may have 10 MiB.
    `parameters`: the query parameters of an action beside its filters and pages. `outside`: the actions that run outside
    a transaction, open the scope themselves, and claim the Idempotency-Key themselves where they take one.
    """

    permissions: ClassVar[Mapping[str, Permission]] = {}
    open_to_bound: ClassVar[frozenset[str]] = frozenset()
    costs: ClassVar[Mapping[str, int]] = {}
    large: ClassVar[frozenset[str]] = frozenset()
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    lookup_value_regex = "[^/]+"
    outside: ClassVar[frozenset[str]] = frozenset()
    rate: Rate | None = None
    once: Once | None = None

    @classmethod
    def as_view(cls, actions: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        view = super().as_view(actions, **kwargs)
        methods = {method.upper() for method, action in (actions or {}).items() if action in cls.outside}
        vars(view)["tenant_scope_inside"] = frozenset(methods)
        return view

    @property
    def access(self) -> Access:
        """What the credential may do; checked before any action runs."""
        return cast("Access", marked(self.request).access)

    @property
    def body_limit(self) -> int:
        """The largest body of this action, in bytes."""
        return 10 * MEBIBYTE if self.action in self.large else MEBIBYTE

    @property
    def id_in_path(self) -> UUID:
        """The `{id}` of the address. Raises Http404 when it is no id at all."""
        try:
            return UUID(self.kwargs["pk"])
        except ValueError:
            raise Http404 from None

    def read(self, kind: type[In]) -> dict[str, Any]:
        """The request's body, valid. Raises ValidationError."""
        return parse(kind, self.request.data)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.headers.get("Transfer-Encoding") and "CONTENT_LENGTH" not in request.META:
            raise LengthRequired
        self._refuse_unknown_parameters(request)
        if self.action in self.outside:
            return
        once = once_of(request, self.access)
        answer = once.claim() if once else None
        if answer:
            raise AnsweredBefore(answer)
        self.once = once

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, AnsweredBefore):
            return exc.answer
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if hasattr(response, "render"):
            response.render()
        if self.once and response.status_code < 400:  # noqa: PLR2004 -- HTTP
            self.once.keep(response.status_code, response.content)
        response = _with_etag(request, response)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        for name, value in (self.rate.headers() if self.rate else {}).items():
            response.headers[name] = value
        return response

    def page(self, queryset: Any, shape: type[BaseSerializer[Any]]) -> Response:
        """One page of a queryset, each row in a shape."""
        rows = self.paginate_queryset(queryset)
        return self.get_paginated_response(show_each(shape, rows or ()))

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 -- REST framework's signature
        """Which methods there are."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def _refuse_unknown_parameters(self, request: Request) -> None:
        if not request.META.get("QUERY_STRING"):
            return
        known = set(self.parameters.get(self.action or "", ()))
        if self.action == "list":
            filters = getattr(self, "filterset_class", None)
            known |= {*NAMES, *(filters.base_filters if filters else ())}
        unknown = sorted(set(request.query_params) - known)
        if unknown and self.action is not None:
            choose = ", ".join(sorted(known)) or "none"
            raise InvalidParameters({name: [f"Unknown parameter; known are: {choose}."] for name in unknown})


class Listed(TenantViewSet[Row]):
    """A resource whose rows can be listed, in the order of its queryset."""

    def list(self, request: Request, *_args: Any, **_path: str) -> Response:  # noqa: ARG002 -- REST framework's signature
        return self.page(self.filter_queryset(self.get_queryset()), self.get_serializer_class())


def _with_etag(request: Request, response: Response) -> HttpResponse:
    """Tag what was read, so that polling an unchanged answer costs no transfer."""
    if request.method != "GET" or response.status_code != 200 or response.streaming:  # noqa: PLR2004 -- HTTP
        return response
    tag = f'W/"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers={"ETag": tag})
    response.headers["ETag"] = tag
    return response
