"""Pure decisions of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


def spread_over(free: Mapping[UUID, int], wanted: int) -> list[tuple[UUID, int]]:
    """Take `wanted` units from the fullest locations first, as few locations as possible; ties go by id.

    A location that can serve the whole is preferred to a fuller one only by being first in that order.
    """
    taken = []
    for place, units in sorted(free.items(), key=lambda item: (-item[1], item[0])):
        if wanted <= 0 or units <= 0:
            break
        part = min(units, wanted)
        taken.append((place, part))
        wanted -= part
    return taken


def sellable(total: int, *, percentage: int, buffer: int, cap: int | None) -> int:
    """A view's share of the sum of its locations: the percentage, rounded down, less the buffer, at most the cap, never under 0."""
    share = total * percentage // 100 - buffer
    if cap is not None:
        share = min(share, cap)
    return max(share, 0)
