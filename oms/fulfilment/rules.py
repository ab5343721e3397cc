"""Pure decisions of the room: deadlines in opening time, and what a refusal does to stock."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    Opening = Mapping[str, Sequence[Sequence[str]]]

FARTHEST = timedelta(days=60)
EFFECTS = {
    "NOT_FOUND": "EMPTIES",
    "MISMATCH": "REDUCES",
    "DAMAGED": "DAMAGES",
    "DISPLAY_UNIT": "QUARANTINES",
    "TOO_BUSY": "NONE",
    "SHORT": "NONE",
}
# The ledger's reason for each effect that moves stock.
MOVEMENTS = {"EMPTIES": "NOT_FOUND", "REDUCES": "MISMATCH", "DAMAGES": "DAMAGE", "QUARANTINES": "DISPLAY"}


def deadline(*, start: datetime, minutes: int, opening: Opening, closures: Collection[str], time_zone: str) -> datetime:
    """When `minutes` of opening time will have passed after `start`, in UTC.

    A location without opening hours is always open. One that does not open within sixty days gets that far date.
    """
    left = timedelta(minutes=minutes)
    if not opening:
        return start + left
    for begin, end in _open_spans(start, opening, closures, ZoneInfo(time_zone)):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return start + FARTHEST


def _open_spans(
    start: datetime, opening: Opening, closures: Collection[str], zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    first = start.astimezone(zone).date()
    for offset in range(FARTHEST.days):
        day = first + timedelta(days=offset)
        if day.isoformat() in closures:
            continue
        for opens, closes in opening.get(str(day.isoweekday()), ()):
            begin, end = _at(day, opens, zone), _at(day, closes, zone)
            if end > start:
                yield max(begin, start), end


def _at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(ZoneInfo("UTC"))


def effect_of(reason: str) -> str:
    """What a refusal's reason does to stock."""
    return EFFECTS[reason]


def on_hand_after(reason: str, *, on_hand: int, refused: int) -> int:
    """What a refusal of so many units, released before, leaves on hand."""
    effect = EFFECTS[reason]
    if effect == "NONE":
        return on_hand
    return 0 if effect == "EMPTIES" else max(on_hand - refused, 0)


def reads_as(code: str, barcodes: Collection[str]) -> bool:
    """Whether a scanned code is one of the barcodes; a GTIN is the same with or without its leading zeros."""
    return _gtin(code) in {_gtin(each) for each in barcodes}


def _gtin(code: str) -> str:
    plain = code.strip()
    return plain.lstrip("0") if plain.isdecimal() else plain


def variant(attributes: Mapping[str, object]) -> str:
    """What tells a variant from its sisters: `yellow, M`."""
    return ", ".join(str(value) for value in attributes.values() if value)


def unsaid(name: str, attributes: Mapping[str, object]) -> str:
    """The variant less what the name says already."""
    said = set(re.split(r"[\s,]+", name.casefold()))
    return variant({key: value for key, value in attributes.items() if not said >= set(str(value).casefold().split())})


def item_name(name: str, attributes: Mapping[str, object]) -> str:
    """The name people say, with its variant."""
    told = unsaid(name, attributes)
    return f"{name}, {told}" if told else name
