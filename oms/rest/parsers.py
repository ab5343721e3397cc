from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from oms.rest.errors import BodyTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

MEBIBYTE = 1_048_576
# What NUL and a number beyond all bounds look like in JSON; the content is searched only where one of them may be.
_SUSPECT = re.compile(rb"\\u0000|[0-9][eE]\+?[0-9]{3}|[0-9]{309}")


class OrjsonParser(BaseParser):
    """Reads at most what the view allows. What the database cannot keep is refused here, once."""

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
        if _SUSPECT.search(body) and _cannot_be_kept(parsed):
            raise ParseError("The body contains the character NUL or an endless number, which cannot be kept.")
        return parsed


def _cannot_be_kept(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, float):
        return math.isinf(value)
    if isinstance(value, dict):
        return any(_cannot_be_kept(key) or _cannot_be_kept(each) for key, each in value.items())
    return isinstance(value, list) and any(_cannot_be_kept(each) for each in value)
