"""The one way a page is declared: who may see it, by which methods, and what a refusal becomes."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone

from oms.tenancy.errors import Forbidden, OmsError
from oms.web.errors import problem, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from oms.tenancy.permissions import Permission
    from oms.tenancy.requests import TenantRequest

P = ParamSpec("P")
R = TypeVar("R", bound="HttpResponseBase")


def page(
    permission: Permission | None, *, methods: tuple[str, ...] = ("GET",)
) -> Callable[
    [Callable[Concatenate[TenantRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """Open a view to signed-in people who have the permission in the tenant they chose.

    `None` opens it to every member. A refusal that the view lets through undoes what the request wrote and
    becomes a page that says it, or a message when htmx asked. The permission stays readable on the view.
    """
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def declare(
        view: Callable[Concatenate[TenantRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            stop = _stop(request, permission)
            if stop is not None:
                return stop
            typed = cast("TenantRequest", request)
            try:
                with timezone.override(typed.tenant.time_zone):
                    return view(typed, *args, **kwargs)
            except OmsError as error:
                vars(request)["rollback"] = not error.keeps_writes
                return refusal(request, error)

        vars(guarded).update(permission=permission, declared=True)
        return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", guarded)

    return declare


def scanning(view: Callable[P, R]) -> Callable[P, R]:
    """Let the page read barcodes with the camera where the browser has no reader of its own: that one is WebAssembly.

    Outermost decorator of a page with `<c-scan>`. Nothing else of the content policy is loosened.
    """
    loosened: Any = csp_update({"script-src": ["'wasm-unsafe-eval'"]})
    return cast("Callable[P, R]", loosened(view))


def open_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Declare a view that needs no permission and no tenant: signing in, language, theme."""
    vars(view).update(permission=None, declared=True)
    return view


def _stop(request: HttpRequest, permission: Permission | None) -> HttpResponseBase | None:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return _to_login(request)
    access = getattr(request, "access", None)
    if access is None:
        return redirect("web:welcome")
    if permission is not None and not access.may(permission):
        return problem(request, Forbidden.http_status)
    return None


def _to_login(request: HttpRequest) -> HttpResponseBase:
    """A redirect would be followed inside the page by htmx; it must be told to leave it."""
    back = request.headers.get("HX-Current-URL", "") if request.headers.get("HX-Request") else request.get_full_path()
    response = redirect_to_login(back)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": response.url})
    return response
