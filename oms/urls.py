"""Every address of the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import include, path

from oms.rest import problems
from oms.web import errors

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

API = "/api/"

urlpatterns = [
    path("api/v1/", include("oms.api")),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("store/", include("oms.fulfilment.web.urls")),
    path("orders/", include("orchestration.web.orders.urls")),
    path("channels/", include("channels.web.urls")),
    path("hooks/", include("channels.web.hook_urls")),
    path("rules/", include("orchestration.web.rulesets.urls")),
    path("", include("analytics.web.urls")),
    path("", include("inventory.web.urls")),
    path("events/", include("oms.events.web.urls")),
    path("settings/invariants/", include("oms.events.web.monitor_urls")),
    path("settings/", include("oms.tenancy.web.urls")),
    path("", include("oms.web.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found


def handler500(request: HttpRequest) -> HttpResponse:
    """In the language of who asked: a problem document for programs, a page for people."""
    return problems.server_error(request) if request.path.startswith(API) else errors.server_error(request)
