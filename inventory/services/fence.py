"""Set units aside for one channel or campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import Bucket, MovementReason
from inventory.errors import NotEnoughStock, UnknownLocation, UnknownSku
from inventory.locks import lock_places
from inventory.models import StockLevel
from inventory.queries.catalogue import locations_by_code, skus_by_code
from inventory.services.ledger import apply_deltas
from inventory.services.levels import LARGEST, ensure_levels
from inventory.types import Delta, Shortage
from oms.tenancy.errors import InvalidInput
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from inventory.types import Fence

    Place = tuple[UUID, UUID]


@transaction.atomic
def fence_stock(*, fences: Sequence[Fence], actor: Actor = SYSTEM) -> int:
    """Make each ring-fence hold so many units on hand, all or none; return how many changed.

    Units come from, and go back to, the common stock of the same SKU and location; zero dissolves a ring-fence. What is
    reserved, and what is buffered in the common stock, does not move. The last of two fences of one name and place wins.
    Raises NotEnoughStock, UnknownSku, UnknownLocation, InvalidInput.
    """
    wanted = _resolve(fences)
    for pool in {pool for _place, pool in wanted}:
        ensure_levels([place for place, name in wanted if name == pool], pool)
    places = {place for place, _pool in wanted}
    ensure_levels(list(places))
    lock_places(places)
    rows = StockLevel.objects.select_related("sku").filter(
        sku_id__in={sku for sku, _location in places}, location_id__in={location for _sku, location in places}
    )
    levels = {((row.sku_id, row.location_id), row.pool): row for row in rows}
    deltas = _deltas(wanted, levels)
    apply_deltas(deltas=deltas, actor=actor)
    return len(deltas) // 2


def _resolve(fences: Sequence[Fence]) -> dict[tuple[Place, str], int]:
    skus = skus_by_code([each.sku for each in fences])
    locations = locations_by_code([each.location for each in fences])
    unknown_skus = sorted({each.sku for each in fences} - set(skus))
    unknown_locations = sorted({each.location for each in fences} - set(locations))
    if unknown_skus:
        raise UnknownSku(unknown_skus)
    if unknown_locations:
        raise UnknownLocation(unknown_locations)
    if any(not each.pool or not 0 <= each.quantity < LARGEST for each in fences):
        raise InvalidInput(_("A ring-fence needs a name and a quantity from zero to a thousand million."))
    return {((skus[each.sku], locations[each.location]), each.pool): each.quantity for each in fences}


def _deltas(wanted: dict[tuple[Place, str], int], levels: dict[tuple[Place, str], StockLevel]) -> list[Delta]:
    free = {place: level.available or 0 for (place, pool), level in levels.items() if not pool}
    deltas, short = [], []
    for (place, pool), quantity in wanted.items():
        fence, common = levels[place, pool], levels[place, ""]
        more = quantity - fence.on_hand
        if not more:
            continue
        if more > free[place] or -more > fence.on_hand - fence.reserved:
            left = free[place] if more > 0 else fence.on_hand - fence.reserved
            short.append(Shortage(fence.sku.code, abs(more), max(left, 0)))
        free[place] -= more
        deltas += [
            Delta(fence.pk, Bucket.ON_HAND, more, MovementReason.POOL, "pool", pool),
            Delta(common.pk, Bucket.ON_HAND, -more, MovementReason.POOL, "pool", pool),
        ]
    if short:
        raise NotEnoughStock(short)
    return deltas
