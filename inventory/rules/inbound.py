"""What is to come of a purchase order line, and when; what a receipt does to its notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


def supply_of(
    *, coming: int, expected: date | None, announced: Sequence[tuple[date, int]]
) -> list[tuple[date | None, int]]:
    """When the units still to come arrive: what notices announce on their days, the earliest first; the rest on the line's own.

    Notices that announce more than is to come do not add to it.
    """
    supply: list[tuple[date | None, int]] = []
    for day, units in sorted(announced):
        part = min(units, coming)
        if part > 0:
            supply.append((day, part))
            coming -= part
    if coming > 0:
        supply.append((expected, coming))
    return supply


def fill(units: int, room: Sequence[int]) -> list[int]:
    """How many of the units each of these takes, in their order; `room` is the most that each can."""
    taken = []
    for most in room:
        part = min(units, most)
        taken.append(part)
        units -= part
    return taken
