"""Learning how sure one may be of stock, each observation once; the estimator is `inventory.rules.confidence`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from inventory.enums import CountState, Evidence
from inventory.events import CONFIDENCE_CHANGED
from inventory.models import CountLine
from inventory.queries.confidence import fading
from inventory.rules.confidence import WEIGHTS
from inventory.types import Observed
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

PER_EVENT = 500


def _weight(side: int) -> str:
    """SQL for what an observation weighs for (0) or against (1)."""
    return "CASE kind " + " ".join(f"WHEN '{kind}' THEN {sides[side]}" for kind, sides in WEIGHTS.items()) + " END"


def _summed(table: str, place: str) -> str:
    """Add what is fresh to the row of each place, both as at the later moment: in any order the sum is the same."""
    later = "greatest(c.as_of, excluded.as_of)"
    before, added = fading("c.as_of", later), fading("excluded.as_of", later)
    once = fading("s.occurred_at", "s.latest")
    return f"""
    INSERT INTO {table} AS c (id, tenant_id, {place}, successes, failures, as_of)
    SELECT gen_random_uuid(), %(tenant)s, {place}, sum(s.good * {once}), sum(s.bad * {once}), s.latest
    FROM (SELECT {place}, occurred_at, {_weight(0)} AS good, {_weight(1)} AS bad, max(occurred_at) OVER (PARTITION BY {place}) AS latest
          FROM fresh) s
    GROUP BY {place}, s.latest ORDER BY {place}
    ON CONFLICT (tenant_id, {place}) DO UPDATE SET as_of = {later},
        successes = c.successes * {before} + excluded.successes * {added}, failures = c.failures * {before} + excluded.failures * {added}
"""


_LEARN = f"""
WITH fresh AS (
    INSERT INTO inventory_stockobservation (id, tenant_id, sku_id, location_id, kind, key, occurred_at)
    SELECT gen_random_uuid(), %(tenant)s, o.sku_id, o.location_id, o.kind, o.key, o.occurred_at
    FROM unnest(%(skus)s::uuid[], %(locations)s::uuid[], %(kinds)s::text[], %(keys)s::text[], %(times)s::timestamptz[])
      AS o(sku_id, location_id, kind, key, occurred_at)
    ORDER BY o.key
    ON CONFLICT (tenant_id, key) DO NOTHING
    RETURNING sku_id, location_id, kind, occurred_at
), by_sku AS ({_summed("inventory_stockconfidence", "sku_id, location_id")}
), by_location AS ({_summed("inventory_locationconfidence", "location_id")}
)
SELECT DISTINCT sku_id FROM fresh
"""


@transaction.atomic(savepoint=False)
def learn(*, observations: Sequence[Observed]) -> list[UUID]:
    """Take observations into account, each key once and in any order; return the SKUs of which something new was learned."""
    if not observations:
        return []
    parameters: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "skus": [each.sku_id for each in observations],
        "locations": [each.location_id for each in observations],
        "kinds": [str(each.kind) for each in observations],
        "keys": [each.key for each in observations],
        "times": [each.occurred_at for each in observations],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LEARN, parameters)
        skus = sorted(sku_id for (sku_id,) in cursor.fetchall())
    parts = [skus[start : start + PER_EVENT] for start in range(0, len(skus), PER_EVENT)]
    record_many(
        [NewEvent(CONFIDENCE_CHANGED, "stock", new_id(), {"skus": [str(each) for each in part]}) for part in parts]
    )
    return skus


def learn_from_counts(*, count_ids: Collection[UUID]) -> list[UUID]:
    """What posted counts showed, line by line; a line that nobody counted shows nothing."""
    lines = CountLine.objects.filter(count_id__in=list(count_ids), count__state=CountState.POSTED, posted__isnull=False)
    return learn(
        observations=[
            Observed(
                line.sku_id,
                line.count.location_id,
                Evidence.COUNT_WRONG if line.posted else Evidence.COUNT_RIGHT,
                f"count:{line.pk}",
                line.counted_at or line.count.created_at,
            )
            for line in lines.select_related("count").order_by("pk")
        ]
    )
