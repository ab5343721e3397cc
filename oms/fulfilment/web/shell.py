"""What lets a phone keep the store app on its screen: its manifest, its service worker, and the page for no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from oms.web.assets import asset_url
from oms.web.pages import open_page

if TYPE_CHECKING:
    from django.http import HttpRequest


@open_page
@require_safe
def manifest(_request: HttpRequest) -> HttpResponse:
    """Name, colours and icon of the installed app."""
    start = reverse("store:home")
    body = {
        "id": start,
        "name": _("Baton store app"),
        "short_name": "Baton",
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": "#f5f6f8",
        "theme_color": "#ffffff",
        "icons": [{"src": asset_url("img/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return JsonResponse(body, content_type="application/manifest+json")


@open_page
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: it must come from the app's own addresses to serve them."""
    context = {"offline": reverse("store:offline"), "scope": reverse("store:home")}
    response = render(request, "store/worker.js", context, content_type="text/javascript")
    response["Service-Worker-Allowed"] = context["scope"]
    response["Cache-Control"] = "no-cache"
    return response


@open_page
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown without a network; it names nobody, because the phone keeps it."""
    return render(request, "store/offline.html")
