"""The API's addresses, under /api/v1: every room's, the OpenAPI document, and its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path, re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from oms.rest.formats import to_json
from oms.rest.problems import Problem, plain
from oms.rest.schema import document

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
@cache_control(public=True, max_age=300)
def openapi(_request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document; it tells shapes, no data, so it is open to everyone."""
    return HttpResponse(to_json(document()), content_type="application/vnd.oai.openapi+json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The document as a page to read and try, without any other server."""
    return render(request, "rest/docs.html")


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """An address that no room has."""
    return plain(request, Problem(404, "not_found", "There is no such address in this API; see /api/v1/docs."))


urlpatterns = [
    path("", include("orchestration.api.urls")),  # addresses are tried in their order, and orders come most often
    path("", include("inventory.api.urls")),
    path("", include("oms.fulfilment.api.urls")),
    path("", include("oms.events.api.urls")),
    path("", include("channels.api.urls")),
    path("openapi.json", openapi, name="openapi"),
    path("docs", docs, name="api-docs"),
    re_path("", nothing_here),
]
