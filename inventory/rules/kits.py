"""What components make of a kit, and kits of components."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from inventory.rules.costs import FOUR_PLACES
from inventory.types import Availability, KitShare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from inventory.types import KeptUnits, KitPart


MOST_PARTS = 50
MOST_PER_KIT = 10_000


def available_kits(kit: Availability, parts: Iterable[KitPart], found: Mapping[UUID, Availability]) -> Availability:
    """A virtual kit's availability: as many as its scarcest component is enough for, unknown when one of them is.

    Of these `total` can be made of what is there, and `inbound` more with what is to come.
    The view's percentage, buffer and cap have been applied once, to each component: so a kit can be reserved exactly when its
    components can.
    """
    own = [(part.quantity, found[part.sku_id]) for part in parts]
    kits = [_whole(each.quantity, per_kit) for per_kit, each in own]
    quantity = _least(kits)
    at_once = _least([_whole(each.at_once, per_kit) for per_kit, each in own])
    return Availability(
        kit.sku_id,
        kit.sku,
        quantity,
        at_once or 0,
        percentage=100,
        view_buffer=0,
        cap=None,
        inbound=(quantity or 0) - (at_once or 0),
        at_once=at_once,
        components=tuple(
            KitShare(per_kit, each, whole, scarcest=whole == quantity)
            for (per_kit, each), whole in zip(own, kits, strict=True)
        ),
    )


def _whole(units: int | None, per_kit: int) -> int | None:
    return None if units is None else units // per_kit


def _least(found: Sequence[int | None]) -> int | None:
    known = [each for each in found if each is not None]
    return min(known) if len(known) == len(found) else None


def kept_as_asked(lines: Iterable[KeptUnits]) -> Counter[str]:
    """Units that a basket keeps, by the SKU that was asked for: a kit's components count as so many of the kit."""
    kept, parts = Counter[str](), Counter[tuple[str, str, int]]()
    for units in lines:
        if units.kit:
            parts[units.kit, units.sku, units.per_kit] += units.quantity
        else:
            kept[units.sku] += units.quantity
    return kept + Counter({kit: quantity // per_kit for (kit, _sku, per_kit), quantity in parts.items()})


def kit_cost(parts: Iterable[KitPart], costs: Mapping[UUID, Decimal | None]) -> Decimal | None:
    """What a kit costs when it is made: the sum of its units; None when the cost of one is not known."""
    total = Decimal(0)
    for part in parts:
        cost = costs[part.sku_id]
        if cost is None:
            return None
        total += part.quantity * cost
    return total


def costs_of_parts(
    kit: Decimal | None, parts: Sequence[KitPart], costs: Mapping[UUID, Decimal | None]
) -> list[Decimal | None]:
    """What a unit of each component costs when a kit is taken apart: the kit's cost, shared as they cost, to four places.

    None for each when there is nothing to share, or to share by.
    """
    total = kit_cost(parts, costs)
    if kit is None or not total:
        return [None] * len(parts)
    return [(kit * (costs[part.sku_id] or 0) / total).quantize(FOUR_PLACES, ROUND_HALF_UP) for part in parts]
