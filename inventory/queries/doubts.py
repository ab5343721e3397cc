"""Where a count pays most: doubt, times what it puts at stake; docs/confidence.md has the formula."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from inventory.enums import CountState, LocationKind
from inventory.queries.confidence import BELIEFS, EVIDENCE, OF_LEVEL
from inventory.queries.stock import SOLD
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

# What customers took within this time is what they may want within the next one.
WINDOW = timedelta(days=28)
# What was counted that lately is not counted again.
REST = timedelta(days=14)
COUNTED_KINDS = (LocationKind.STORE, LocationKind.WAREHOUSE, LocationKind.THREE_PL)
# One unit at least is at stake wherever there is any.
_DOUBTS = f"""
WITH {BELIEFS}, sold AS (
    SELECT m.level_id, -sum(m.quantity) AS units FROM inventory_stockmovement m
    WHERE m.tenant_id = %(tenant)s AND m.recorded_at >= %(since)s AND {SOLD}
    GROUP BY m.level_id
), resting AS (
    SELECT DISTINCT n.sku_id, c.location_id FROM inventory_countline n
    JOIN inventory_stockcount c ON c.tenant_id = n.tenant_id AND c.id = n.count_id
    WHERE n.tenant_id = %(tenant)s AND (c.state = ANY(%(open)s::text[]) OR (c.state = 'POSTED' AND n.counted_at >= %(rested)s))
), cell AS (
    SELECT s.id AS sku_id, s.code AS sku, s.name AS sku_name, p.id AS location_id, p.code AS location, p.name AS location_name, l.on_hand,
           l.reserved, greatest(coalesce(sold.units, 0), 0) AS sold, coalesce(s.price, s.cost, 1) AS price, {OF_LEVEL} AS confidence
    FROM inventory_stocklevel l
    JOIN inventory_sku s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id AND s.active
    JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id AND p.active AND p.kind = ANY(%(kinds)s::text[])
    JOIN belief b ON b.location_id = l.location_id
    LEFT JOIN {EVIDENCE}
    LEFT JOIN sold ON sold.level_id = l.id
    WHERE l.tenant_id = %(tenant)s AND l.pool = '' AND l.known AND l.on_hand > 0 AND (%(everywhere)s OR p.id = ANY(%(places)s::uuid[]))
      AND NOT EXISTS (SELECT 1 FROM resting r WHERE r.sku_id = l.sku_id AND r.location_id = l.location_id)
), staked AS (
    SELECT cell.*, least(on_hand, reserved + greatest(sold, 1)) AS units FROM cell
), ranked AS (
    SELECT staked.*, (1 - confidence) * units * price AS cost,
           row_number() OVER (PARTITION BY location_id ORDER BY (1 - confidence) * units * price DESC, sku) AS rank FROM staked
)
SELECT sku_id, sku, sku_name, location_id, location, location_name, on_hand, reserved, sold::int, units::int, price, confidence, cost
FROM ranked WHERE rank <= %(most)s ORDER BY sum(cost) OVER (PARTITION BY location_id) DESC, location, rank
"""


class Doubt(NamedTuple):
    """A SKU at a location worth counting: `units` are at stake, and `cost` is what the doubt about them is worth."""

    sku_id: UUID
    sku: str
    sku_name: str
    location_id: UUID
    location: str
    location_name: str
    on_hand: int
    reserved: int
    sold: int
    units: int
    price: Decimal
    confidence: float
    cost: float


class MicroCount(NamedTuple):
    """What is proposed to be counted at one location, the costliest doubt first."""

    location_id: UUID
    location: str
    location_name: str
    cost: float
    lines: tuple[Doubt, ...]


def micro_counts(*, now: datetime, most: int = 10, location_ids: Collection[UUID] | None = None) -> list[MicroCount]:
    """For each location the SKUs most worth counting, the location where most is at stake first."""
    parameters: dict[str, Any] = {
        "now": now,
        "since": now - WINDOW,
        "rested": now - REST,
        "open": [str(CountState.COUNTING), str(CountState.REVIEW)],
        "kinds": [str(kind) for kind in COUNTED_KINDS],
        "everywhere": location_ids is None,
        "places": list(location_ids or ()),
        "most": most,
    }
    found = [Doubt._make(row) for row in select(_DOUBTS, parameters)]
    made = []
    for place, rows in groupby(found, key=lambda each: (each.location_id, each.location, each.location_name)):
        lines = tuple(rows)
        made.append(MicroCount(*place, sum(line.cost for line in lines), lines))
    return made
