"""What is taken from where, and what a view sells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from inventory.types import Availability

    # A location and one of its pools; '' is the common stock.
    Place = tuple[UUID, str]


def spread_over(free: Mapping[Place, int], wanted: int) -> list[tuple[Place, int]]:
    """Take `wanted` units from the fullest places first, as few as possible; ties go by id. Ring-fenced units go first.

    A place that can serve the whole is preferred to a fuller one only by being first in that order.
    """
    taken = []
    for place, units in sorted(free.items(), key=lambda item: (not item[0][1], -item[1], item[0])):
        if wanted <= 0 or units <= 0:
            break
        part = min(units, wanted)
        taken.append((place, part))
        wanted -= part
    return taken


class Pool:
    """What a view could hand out at one moment, taken by one basket after the other; what is to come is not there to keep."""

    def __init__(self, found: Iterable[Availability]) -> None:
        self._found = {each.sku_id: each for each in found}
        self._quantity = {each.sku_id: each.at_once or 0 for each in self._found.values()}
        self._free = {
            each.sku_id: {(row.location_id, row.pool): row.available for row in each.contributions if row.known}
            for each in self._found.values()
        }

    def take(self, wanted: Mapping[UUID, int]) -> list[tuple[UUID, Place, int]]:
        """Take all units wanted of each SKU, as (SKU, place, quantity); nothing when one SKU is short."""
        if any(self._quantity[sku_id] < units for sku_id, units in wanted.items()):
            return []
        taken = []
        for sku_id, units in wanted.items():
            self._quantity[sku_id] -= units
            for place, part in spread_over(self._free[sku_id], units):
                self._free[sku_id][place] -= part
                taken.append((sku_id, place, part))
        return taken

    def codes(self, sku_id: UUID, location_id: UUID) -> tuple[str, str]:
        """What people call a SKU and a location of the pool."""
        found = self._found[sku_id]
        return found.sku, next(place.code for place in found.contributions if place.location_id == location_id)


def sellable(total: int, *, percentage: int, buffer: int, cap: int | None) -> int:
    """A view's share of the sum of its locations: the percentage, rounded down, less the buffer, at most the cap, never under 0."""
    share = total * percentage // 100 - buffer
    if cap is not None:
        share = min(share, cap)
    return max(share, 0)
