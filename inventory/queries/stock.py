from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from inventory.enums import OPEN_STATES
from inventory.models import Reservation, StockLevel, StockMovement
from oms.database.rows import select
from oms.tenancy.context import current_tenant_id
from oms.tenancy.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from inventory.models import Sku


def stock_levels() -> QuerySet[StockLevel]:
    """Every level with its SKU and location, by SKU and location."""
    return StockLevel.objects.select_related("sku", "location").order_by("sku__code", "location__code", "pk")


def get_level(level_id: UUID) -> StockLevel:
    """One level with its SKU and location. Raises NotFound."""
    found = stock_levels().filter(pk=level_id).first()
    if found is None:
        raise NotFound(_("There is no such stock level."))
    return found


def stock_movements() -> QuerySet[StockMovement]:
    """The ledger with its SKU and location, newest first."""
    return StockMovement.objects.select_related("level__sku", "level__location").order_by("-recorded_at", "-pk")


_USED = """
SELECT key FROM inventory_stockmovement WHERE tenant_id = %(tenant)s AND key = ANY(%(keys)s::varchar[]) AND key <> ''
UNION ALL
SELECT k.key FROM unnest(%(keys)s::varchar[]) k(key) JOIN inventory_spentkey s ON s.tenant_id = %(tenant)s AND s.id = md5(k.key)::uuid
WHERE k.key <> ''
"""


def used_keys(keys: Collection[str]) -> set[str]:
    """Those of the keys that a movement has or, in the part of the ledger that is no longer kept, had."""
    wanted = [key for key in keys if key]
    return {key for (key,) in select(_USED, {"keys": wanted})} if wanted else set()


def reservations() -> QuerySet[Reservation]:
    """Every reservation with its SKU and location, newest first."""
    return Reservation.objects.select_related("level__sku", "level__location").order_by("-created_at", "-pk")


def reserved_for(holder_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many units each of these holders that has any has reserved."""
    if not holder_ids:
        return {}
    rows = Reservation.objects.filter(holder_id__in=list(holder_ids), state__in=OPEN_STATES)
    return dict(rows.values_list("holder_id").annotate(Sum("quantity")))


def on_hand_at(location_id: UUID, sku_ids: Collection[UUID]) -> list[tuple[Sku, int]]:
    """What a location has on hand of these SKUs, what is ring-fenced included, by code; SKUs it never had are left out."""
    levels = stock_levels().filter(location_id=location_id, sku_id__in=list(sku_ids))
    return [(sku, sum(level.on_hand for level in rows)) for sku, rows in groupby(levels, key=lambda level: level.sku)]


class StockRow(NamedTuple):
    """One level as the router's snapshot sees it; nothing is available where the number is not known.

    `available` may be negative: a count fell under what is reserved.
    """

    sku_id: UUID
    location_id: UUID
    available: int
    on_hand: int
    reserved: int
    buffer: int
    as_of: datetime | None
    known: bool


# Of a level `l`: what is left of it. A buffer by itself makes no deficit.
LEFT = "greatest(l.on_hand - l.reserved - l.buffer, least(l.on_hand - l.reserved, 0))"
# Of a movement `m`: customers took it. Transfers are no sales.
SOLD = "m.bucket = 'ON_HAND' AND m.reason IN ('DISPATCH', 'STORE_SALE')"
_CELLS = f"""
SELECT l.sku_id, l.location_id, CASE WHEN l.known THEN {LEFT} ELSE 0 END,
       l.on_hand, l.reserved, l.buffer, greatest(l.as_of, p.stock_as_of), l.known
FROM inventory_stocklevel l JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
WHERE l.tenant_id = %s AND l.sku_id = ANY(%s::uuid[]) AND l.pool = ''
"""


_FENCED = """
SELECT l.sku_id, l.location_id, l.pool, greatest(l.on_hand - l.reserved - l.buffer, 0)
FROM inventory_stocklevel l
WHERE l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s::uuid[]) AND l.pool = ANY(%(pools)s::varchar[]) AND l.known
"""


def fenced_units(sku_ids: Collection[UUID], pools: Collection[str]) -> dict[tuple[UUID, UUID, str], int]:
    """What these ring-fences can give of these SKUs, by (SKU, location, pool), read without a lock."""
    rows = select(_FENCED, {"skus": list(sku_ids), "pools": list(pools)}) if pools else []
    return {row[:3]: row[3] for row in rows}


_IN_STOCK = """
SELECT DISTINCT l.sku_id FROM inventory_stocklevel l
WHERE l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s::uuid[]) AND l.known AND l.on_hand - l.reserved - l.buffer > 0
"""


def skus_in_stock(sku_ids: Collection[UUID]) -> set[UUID]:
    """Those of the SKUs of which some place has something left, ring-fenced or not."""
    return {sku_id for (sku_id,) in select(_IN_STOCK, {"skus": list(sku_ids)})}


def stock_cells(sku_ids: Collection[UUID]) -> list[StockRow]:
    """The common stock of these SKUs at every location, read without a lock."""
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, [current_tenant_id(), list(sku_ids)])
        return [StockRow._make(row) for row in cursor.fetchall()]
