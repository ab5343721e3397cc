from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

from oms.rest.formats import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, _media_type: str | None = None, _context: Mapping[str, Any] | None = None) -> bytes:
        return b"" if data is None else to_json(data)


class OneFormat(BaseContentNegotiation):
    """There is one format, so it is given whatever the Accept header prefers."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return parsers[0] if given in {"", "application/json"} else None

    def select_renderer(self, _request: Request, renderers: Any, _suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
