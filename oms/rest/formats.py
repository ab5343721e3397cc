"""JSON in and out, by orjson."""

from __future__ import annotations

import json
from decimal import Decimal

import orjson
from django.utils.functional import Promise

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def _other(value: object) -> str:
    if isinstance(value, Decimal | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _plain(value: object) -> object:
    return orjson.loads(orjson.dumps(value, _other, _OPTIONS))


def to_json(value: object) -> bytes:
    """Decimals as strings, times in UTC with a Z."""
    try:
        return orjson.dumps(value, _other, _OPTIONS)
    except TypeError:
        # Free attributes may hold whole numbers of more than 64 bits, which the database keeps and orjson does not write.
        return json.dumps(value, default=_plain, separators=(",", ":")).encode()


def canonical_json(value: object) -> bytes:
    """The same bytes for the same content, whatever the order of its keys."""
    return orjson.dumps(value, _other, _OPTIONS | orjson.OPT_SORT_KEYS)
