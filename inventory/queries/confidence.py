"""How sure one may be of stock: the estimator of `inventory.rules.confidence` as a statement, and who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Max, Q

from inventory.enums import Evidence
from inventory.models import StockObservation
from inventory.rules.confidence import (
    FIRST_GUESS,
    HALF_LIFE,
    LOCATION_STRENGTH,
    SKU_STRENGTH,
    TENANT_STRENGTH,
)
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID

    from inventory.models import StockLevel


def fading(since: str, until: str = "%(now)s::timestamptz") -> str:
    """SQL for what a weight of one is worth later; nothing grows by being looked at before its time."""
    age = f"greatest(extract(epoch FROM {until} - {since}), 0)"
    return f"power(0.5::float8, ({age} / {HALF_LIFE.total_seconds()})::float8)"


# CTEs: `belief` is what is thought of each location, before any SKU is looked at. They need `%(now)s`.
BELIEFS = f"""
faded AS MATERIALIZED (
    SELECT location_id, successes * {fading("as_of")} AS successes, failures * {fading("as_of")} AS failures
    FROM inventory_locationconfidence WHERE tenant_id = %(tenant)s
), tenant_belief AS MATERIALIZED (
    SELECT ({TENANT_STRENGTH} * {FIRST_GUESS}::float8 + coalesce(sum(successes), 0)) / ({TENANT_STRENGTH} + coalesce(sum(successes + failures), 0)) AS mean
    FROM faded
), belief AS MATERIALIZED (
    SELECT p.id AS location_id, ({LOCATION_STRENGTH} * t.mean + coalesce(f.successes, 0)) / ({LOCATION_STRENGTH} + coalesce(f.successes + f.failures, 0)) AS mean
    FROM inventory_location p CROSS JOIN tenant_belief t LEFT JOIN faded f ON f.location_id = p.id WHERE p.tenant_id = %(tenant)s
)
"""
# Of a level `l` with its location's belief `b` and its own evidence `e`, if any.
OF_LEVEL = f"""
(({SKU_STRENGTH} * b.mean + coalesce(e.successes * {fading("e.as_of")}, 0))
 / ({SKU_STRENGTH} + coalesce((e.successes + e.failures) * {fading("e.as_of")}, 0)))
"""
EVIDENCE = (
    "inventory_stockconfidence e ON e.tenant_id = %(tenant)s AND e.sku_id = l.sku_id AND e.location_id = l.location_id"
)
_OF_SKUS = f"""
WITH {BELIEFS}
SELECT l.sku_id, l.location_id, {OF_LEVEL} FROM inventory_stocklevel l JOIN belief b ON b.location_id = l.location_id LEFT JOIN {EVIDENCE}
WHERE l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s::uuid[]) AND l.pool = ''
"""


class Seen(NamedTuple):
    """What was observed of a SKU at a location, and when it was counted last."""

    picked: int
    missing: int
    counted: int
    counted_at: datetime | None


def confidences(sku_ids: Collection[UUID], *, now: datetime) -> dict[tuple[UUID, UUID], float]:
    """How likely the stock of these SKUs is right, from 0 to 1, by (SKU, location) with a level."""
    return {row[:2]: row[2] for row in select(_OF_SKUS, {"skus": list(sku_ids), "now": now})}


def attach_confidence(levels: Iterable[StockLevel], *, now: datetime) -> None:
    """Give each level its `confidence` in percent, with one decimal; a ring-fence lies on the same shelf."""
    rows = list(levels)
    found = confidences({row.sku_id for row in rows}, now=now)
    for row in rows:
        share = found.get((row.sku_id, row.location_id))
        vars(row)["confidence"] = None if share is None else round(100 * share, 1)


def seen_of(sku_id: UUID) -> dict[UUID, Seen]:
    """What was observed of a SKU, by location."""
    counts = Q(kind__in=[Evidence.COUNT_RIGHT, Evidence.COUNT_WRONG])
    rows = StockObservation.objects.filter(sku_id=sku_id).values("location_id").order_by()
    found = rows.annotate(
        picked=Count("pk", filter=Q(kind=Evidence.PICKED)),
        missing=Count("pk", filter=Q(kind=Evidence.MISSING)),
        counted=Count("pk", filter=counts),
        counted_at=Max("occurred_at", filter=counts),
    )
    return {row["location_id"]: Seen(row["picked"], row["missing"], row["counted"], row["counted_at"]) for row in found}
