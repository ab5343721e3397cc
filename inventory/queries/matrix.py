"""What there is of many SKUs at many places, summed by the database: the cells of the stock matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf

from inventory.enums import SkuKind
from inventory.models import Sku
from inventory.queries.stock import LEFT, SOLD
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from django.db.models import QuerySet

K = TypeVar("K")

# The index `sku_family` has the same words.
_FAMILY = "coalesce(nullif(s.product, ''), s.code)"
_COMMON = "l.pool = '' AND l.known"
_CELLS = f"""
SELECT {{key}}, CASE WHEN l.location_id = ANY(%(shown)s::uuid[]) THEN l.location_id END,
       coalesce(sum({LEFT}) FILTER (WHERE {_COMMON}), 0)::int, coalesce(sum(greatest({LEFT}, 0)) FILTER (WHERE {_COMMON}), 0)::int,
       sum(l.on_hand)::int, sum(l.reserved)::int, sum(l.buffer)::int, sum(l.quarantined + l.damaged)::int, sum(l.in_transit)::int,
       coalesce(sum(sold.units), 0)::int, coalesce(bool_or(l.known) FILTER (WHERE l.pool = ''), true), max(l.as_of)
FROM inventory_sku s JOIN inventory_stocklevel l ON l.tenant_id = s.tenant_id AND l.sku_id = s.id
LEFT JOIN LATERAL (
    SELECT -sum(m.quantity) AS units FROM inventory_stockmovement m
    WHERE %(since)s::timestamptz IS NOT NULL AND m.tenant_id = l.tenant_id AND m.level_id = l.id AND m.recorded_at >= %(since)s::timestamptz
      AND {SOLD}
) sold ON true
WHERE s.tenant_id = %(tenant)s AND {{which}} = ANY(%(keys)s) AND l.location_id = ANY(%(places)s::uuid[])
GROUP BY 1, 2
"""
_BY_SKU = _CELLS.format(key="s.id", which="s.id")
_BY_FAMILY = _CELLS.format(key=_FAMILY, which=_FAMILY)
_FAMILIES = f"""
SELECT {_FAMILY}, count(*)::int, min(s.price), max(s.price) FROM inventory_sku s
WHERE s.tenant_id = %(tenant)s AND s.kind <> 'VIRTUAL' AND {_FAMILY} = ANY(%(keys)s::text[]) GROUP BY 1 HAVING count(*) > 1
"""


class Stand(NamedTuple):
    """What there is, in units. `left` may be negative; `sells` counts a deficit as nothing, as availability does.

    Both are of the common stock that is known; the other figures include what is ring-fenced. `sold` is of the window asked for.
    """

    left: int = 0
    sells: int = 0
    on_hand: int = 0
    reserved: int = 0
    buffer: int = 0
    aside: int = 0
    in_transit: int = 0
    sold: int = 0
    known: bool = True
    as_of: datetime | None = None


class Family(NamedTuple):
    """The variants of a product: how many, and between which prices."""

    variants: int
    least: Decimal | None
    most: Decimal | None


def skus_by_family() -> QuerySet[Sku]:
    """What has stock of its own, with `family`: the product, or the SKU's own code where it has none."""
    rows = Sku.objects.exclude(kind=SkuKind.VIRTUAL)
    return rows.annotate(family=Coalesce(NullIf(F("product"), Value("")), F("code"))).order_by("family", "pk")


def stands_of_skus(
    sku_ids: Collection[UUID], *, shown: Collection[UUID], places: Collection[UUID], since: datetime | None = None
) -> dict[tuple[UUID, UUID | None], Stand]:
    """What there is of each SKU at each shown place, and under None at the other places together."""
    return _stands(_BY_SKU, list(sku_ids), shown, places, since)


def stands_of_families(
    names: Collection[str], *, shown: Collection[UUID], places: Collection[UUID], since: datetime | None = None
) -> dict[tuple[str, UUID | None], Stand]:
    """The same, of all variants of each product."""
    return _stands(_BY_FAMILY, list(names), shown, places, since)


def families(names: Collection[str]) -> dict[str, Family]:
    """Those of the products that have several variants."""
    return {name: Family(*row) for name, *row in select(_FAMILIES, {"keys": list(names)})}


def _stands(
    statement: str, keys: list[K], shown: Collection[UUID], places: Collection[UUID], since: datetime | None
) -> dict[tuple[K, UUID | None], Stand]:
    parameters: dict[str, Any] = {"keys": keys, "shown": list(shown), "places": list(places), "since": since}
    rows = select(statement, parameters) if keys else []
    return {(key, place): Stand(*row) for key, place, *row in rows}
