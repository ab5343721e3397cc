"""The language of a request: the person's own, else the cookie, else the browser's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation
from django.utils.cache import patch_vary_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

NEUTRAL_PREFIXES = ("/api/", "/livez", "/readyz", "/metrics", "/static/")


class LanguageMiddleware:
    """Activate the language before the view, and say it in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(NEUTRAL_PREFIXES):
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> None:
        """Only now is the person known; what they chose wins over the device's cookie."""
        user = getattr(request, "user", None)
        chosen = getattr(user, "language", "")
        if chosen in dict(settings.LANGUAGES) and not request.path.startswith(NEUTRAL_PREFIXES):
            translation.activate(chosen)
