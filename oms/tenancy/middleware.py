"""Request id, and the tenant scope around every view."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import structlog
from allauth.account.middleware import AccountMiddleware
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.utils import is_mfa_enabled
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse

from oms.tenancy import keys
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import Tenant
from oms.tenancy.queries import access_of_person, tenant_choices

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

SESSION_KEY = "tenant_id"
SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Take the caller's X-Request-ID or make one; it is in every log line, event and answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if SAFE_REQUEST_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class TenantMiddleware:
    """Run the view inside the tenant's scope: the session's choice, or the one an API key names.

    A view may set `request.rollback` to undo what the request wrote although it answers. `tenant_scope_inside` names the
    methods for which a view runs after the access was checked and outside the scope: it opens its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.tenant_id = None  # type: ignore[attr-defined]  # TenantRequest declares it
        request.access = None  # type: ignore[attr-defined]  # TenantRequest declares it
        request.tenant = None  # type: ignore[attr-defined]  # TenantRequest declares it
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Callable[..., HttpResponseBase], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        bearer = _bearer(request)
        tenant_id = keys.tenant_in(bearer) if bearer else _tenant_of_session(request)
        if tenant_id is None:
            return None
        outside = request.method in getattr(view, "tenant_scope_inside", ())
        if outside and bearer:
            request.tenant_id = tenant_id
            return None
        with tenant_scope(tenant_id):
            stop = _admit(request, tenant_id, by_key=bool(bearer))
            if stop is not None:
                return stop
            if not outside:
                response = _answer(self.get_response, request, view, args, kwargs)
                if getattr(request, "rollback", False):
                    transaction.set_rollback(True)
                return response
        return view(request, *args, **kwargs)


def _admit(request: Any, tenant_id: UUID, *, by_key: bool) -> HttpResponseBase | None:
    """Note the tenant and what the person may do there; answer in the view's place when they may not enter."""
    request.tenant_id = tenant_id
    if by_key:
        return None
    request.access = access_of_person(request.user)
    request.tenant = Tenant.objects.filter(pk=tenant_id).first()
    if request.access is None:
        request.session.pop(SESSION_KEY, None)
        return HttpResponseRedirect("/")
    return HttpResponseRedirect(reverse("mfa_index")) if _must_enrol(request) else None


def _answer(
    get_response: Callable[[HttpRequest], HttpResponse],
    request: HttpRequest,
    view: Callable[..., HttpResponseBase],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> HttpResponseBase:
    """The view's answer; where the sign-in pages answer by raising, allauth's own middleware says what that means.

    The view runs inside `process_view`, so Django does not ask the middlewares about its exceptions.
    """
    try:
        return view(request, *args, **kwargs)
    except (ImmediateHttpResponse, ReauthenticationRequired) as raised:
        answer: HttpResponseBase | None = AccountMiddleware(get_response).process_exception(request, raised)
        if answer is None:
            raise
        return answer


def _bearer(request: HttpRequest) -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _tenant_of_session(request: Any) -> UUID | None:
    if not request.user.is_authenticated:
        return None
    chosen = request.session.get(SESSION_KEY)
    if chosen:
        return UUID(chosen)
    choices = tenant_choices(request.user.pk)
    if not choices:
        return None
    request.session[SESSION_KEY] = str(choices[0].tenant_id)
    return choices[0].tenant_id


def _must_enrol(request: Any) -> bool:
    """The tenant demands a second factor and the person has none; only the pages to enrol are open."""
    if not request.tenant.mfa_required or request.path.startswith("/account/"):
        return False
    return not is_mfa_enabled(request.user)
