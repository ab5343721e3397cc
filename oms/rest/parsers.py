from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from oms.rest.errors import BodyTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

MEBIBYTE = 1_048_576
_ESCAPED_NUL = b"\\u0000"


class OrjsonParser(BaseParser):
    """Reads at most what the view allows. The database cannot keep the character NUL, so it is refused here, once."""

    media_type = "application/json"

    def parse(self, stream: Any, _media_type: str | None = None, context: Mapping[str, Any] | None = None) -> Any:
        limit = context["view"].body_limit if context else MEBIBYTE
        if int(stream.META.get("CONTENT_LENGTH") or 0) > limit:
            raise BodyTooLarge(limit)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(limit)
        if not body:
            return {}
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}.") from error
        if _ESCAPED_NUL in body and _has_nul(parsed):
            raise ParseError("The body contains the character NUL, which cannot be kept.")
        return parsed


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(each) for key, each in value.items())
    return isinstance(value, list) and any(_has_nul(each) for each in value)
