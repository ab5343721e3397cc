"""Cells of a catalogue or of locations as the values of their fields. An empty cell says nothing: the field stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from inventory.enums import ImportKind, LocationKind, SkuKind
from inventory.imports.columns import plain
from inventory.rules.kits import MOST_PARTS, MOST_PER_KIT

Reader = Callable[[str], Any]
CODE = re.compile(r"[^\s,/]([^,/\r\n\t]*[^\s,/])?")
_DECIMAL = re.compile(r"[0-9]{1,10}([.,][0-9]{1,4})?")
_COORDINATE = re.compile(r"-?[0-9]{1,3}([.,][0-9]+)?")
_YES = frozenset({"1", "true", "yes", "y", "oui", "o", "vrai", "x", "active", "actif", "on"})
_NO = frozenset({"0", "false", "no", "n", "non", "faux", "inactive", "inactif", "off"})
_KINDS = {
    "store": LocationKind.STORE,
    "magasin": LocationKind.STORE,
    "boutique": LocationKind.STORE,
    "warehouse": LocationKind.WAREHOUSE,
    "entrepot": LocationKind.WAREHOUSE,
    "three pl": LocationKind.THREE_PL,
    "3pl": LocationKind.THREE_PL,
    "logisticien": LocationKind.THREE_PL,
    "supplier": LocationKind.SUPPLIER,
    "fournisseur": LocationKind.SUPPLIER,
    "virtual": LocationKind.VIRTUAL,
    "virtuel": LocationKind.VIRTUAL,
}


_SKU_KINDS = {
    "simple": SkuKind.SIMPLE,
    "virtual": SkuKind.VIRTUAL,
    "virtual kit": SkuKind.VIRTUAL,
    "virtuel": SkuKind.VIRTUAL,
    "kit virtuel": SkuKind.VIRTUAL,
    "prepacked": SkuKind.PREPACKED,
    "prepacked kit": SkuKind.PREPACKED,
    "preassemble": SkuKind.PREPACKED,
    "kit preassemble": SkuKind.PREPACKED,
}


class BadValue(ValueError):
    """The cell cannot be the value of its field."""


def read_values(kind: str, cells: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """The values of the cells that say something, and the name of the first field whose cell cannot be one, or nothing."""
    values: dict[str, Any] = {}
    for name, cell in cells.items():
        text = cell.strip()
        if name == "code" or not text:
            continue
        try:
            values[name] = _READERS[kind][name](text)
        except BadValue:
            return values, name
    return values, ""


def is_code(text: str, longest: int) -> bool:
    """Whether people and addresses can carry it as a code."""
    return len(text) <= longest and CODE.fullmatch(text) is not None


def _text(text: str, *, longest: int) -> str:
    if len(text) > longest or text.startswith("="):
        raise BadValue
    return text


def _words(text: str, *, longest: int) -> list[str]:
    parts = list(dict.fromkeys(part for part in re.split(r"[|;,\s]+", text) if part))
    if any(len(part) > longest for part in parts):
        raise BadValue
    return parts


def _decimal(text: str, *, places: int) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise BadValue
    value = Decimal(text.replace(",", "."))
    if value != round(value, places):
        raise BadValue
    return round(value, places)


def _whole(text: str, *, least: int = 0, most: int = 2_147_483_647) -> int:
    value = re.sub(r"[.,]0+$", "", text)
    if not re.fullmatch(r"-?[0-9]{1,10}", value) or not least <= int(value) <= most:
        raise BadValue
    return int(value)


def _coordinate(text: str, *, most: int) -> float:
    if not _COORDINATE.fullmatch(text) or abs(float(text.replace(",", "."))) > most:
        raise BadValue
    return float(text.replace(",", "."))


def _flag(text: str) -> bool:
    word = plain(text)
    if word not in _YES | _NO:
        raise BadValue
    return word in _YES


def _kind(text: str, *, words: Mapping[str, str]) -> str:
    found = words.get(plain(text))
    if found is None:
        raise BadValue
    return str(found)


def _components(text: str) -> list[list[Any]]:
    """`MUG:2|TIN`: the codes of a kit's components, by code, each with its units; one where none are told."""
    parts: dict[str, int] = {}
    for part in text.split("|"):
        code, sign, units = part.rpartition(":")
        code, units = (code.strip(), units.strip()) if sign else (part.strip(), "1")
        if not is_code(code, 100) or code in parts:
            raise BadValue
        parts[code] = _whole(units, least=1, most=MOST_PER_KIT)
    if len(parts) > MOST_PARTS:
        raise BadValue
    return [[code, parts[code]] for code in sorted(parts)]


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise BadValue
    return text.upper()


def _time_zone(text: str) -> str:
    if text not in available_timezones():
        raise BadValue
    return text


_READERS: dict[str, dict[str, Reader]] = {
    ImportKind.CATALOGUE: {
        "name": partial(_text, longest=300),
        "product": partial(_text, longest=100),
        "barcodes": partial(_words, longest=48),
        "category": partial(_text, longest=100),
        "brand": partial(_text, longest=100),
        "weight_g": _whole,
        "cost": partial(_decimal, places=4),
        "price": partial(_decimal, places=2),
        "active": _flag,
        "kind": partial(_kind, words=_SKU_KINDS),
        "components": _components,
    },
    ImportKind.LOCATIONS: {
        "name": partial(_text, longest=200),
        "kind": partial(_kind, words=_KINDS),
        "legal_entity": partial(_text, longest=40),
        "address": partial(_text, longest=300),
        "postcode": partial(_text, longest=12),
        "city": partial(_text, longest=100),
        "country": _country,
        "latitude": partial(_coordinate, most=90),
        "longitude": partial(_coordinate, most=180),
        "time_zone": _time_zone,
        "groups": partial(_words, longest=40),
        "ships": _flag,
        "collects": _flag,
        "takes_returns": _flag,
        "active": _flag,
        "priority": partial(_whole, least=-32768, most=32767),
        "daily_capacity": _whole,
    },
}
