"""What is taken from where, and what a view sells."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

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
        part = max(min(units, wanted), 0)
        if part:
            taken.append((place, part))
            wanted -= part
    return taken


class Taken(NamedTuple):
    """Units of one SKU out of one place, of which `per_kit` make one of the kit that was asked for."""

    sku_id: UUID
    place: Place
    units: int
    kit_id: UUID | None = None
    per_kit: int | None = None


class Pool:
    """What a view could hand out at one moment, taken by one basket after the other; what is to come is not there to keep.

    A kit is taken as its components.
    """

    def __init__(self, found: Iterable[Availability]) -> None:
        self._found = {each.sku_id: each for each in found}
        self._kits = {each.sku_id: each.components for each in self._found.values() if each.components}
        self._found |= {part.available.sku_id: part.available for kit in self._kits.values() for part in kit}
        self._quantity = {each.sku_id: each.at_once or 0 for each in self._found.values()}
        self._free = {
            each.sku_id: {(row.location_id, row.pool): row.available for row in each.contributions if row.known}
            for each in self._found.values()
        }

    def take(self, wanted: Mapping[UUID, int]) -> list[Taken]:
        """Take all units wanted of each SKU; nothing when one SKU, or one component of a kit, is short."""
        wants = [each for sku_id, units in wanted.items() for each in self._explode(sku_id, units)]
        needed: Counter[UUID] = Counter()
        for sku_id, units, _kit, _per_kit in wants:
            needed[sku_id] += units
        if any(self._quantity[sku_id] < units for sku_id, units in needed.items()):
            return []
        taken = []
        for sku_id, units, kit_id, per_kit in wants:
            self._quantity[sku_id] -= units
            for place, part in spread_over(self._free[sku_id], units):
                self._free[sku_id][place] -= part
                taken.append(Taken(sku_id, place, part, kit_id, per_kit))
        return taken

    def _explode(self, sku_id: UUID, units: int) -> list[tuple[UUID, int, UUID | None, int | None]]:
        parts = self._kits.get(sku_id)
        if parts is None:
            return [(sku_id, units, None, None)]
        return [(part.available.sku_id, units * part.per_kit, sku_id, part.per_kit) for part in parts]

    def code(self, sku_id: UUID) -> str:
        """What people call a SKU of the pool."""
        return self._found[sku_id].sku

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
