"""Moving average cost: what a receipt does to the cost of a SKU for a legal entity.

Only receipts move it; whatever leaves, leaves at the average. docs/valuation.md has the rules and their rounding.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from inventory.events import COST_CHANGED
from inventory.locks import lock_costs
from inventory.models import CostChange
from inventory.queries.catalogue import locations_by_id
from inventory.rules import moving_average
from oms.database.rows import insert_rows, select
from oms.events.services import record
from oms.tenancy.context import current_tenant_id
from oms.tenancy.errors import InvalidInput
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from inventory.models import SkuCost
    from inventory.types import Received

    # A SKU and a legal entity; a receipt and its unit cost.
    Pair = tuple[UUID, UUID]
    Costed = tuple[Received, Decimal]

_OPEN = """
INSERT INTO inventory_skucost (id, tenant_id, sku_id, legal_entity_id, opening, average, version, changed_at)
SELECT a.id, %(tenant)s, a.sku_id, a.legal_entity_id, s.cost, s.cost, 0, clock_timestamp()
FROM unnest(%(ids)s::uuid[], %(skus)s::uuid[], %(entities)s::uuid[]) AS a(id, sku_id, legal_entity_id)
JOIN inventory_sku s ON s.tenant_id = %(tenant)s AND s.id = a.sku_id
WHERE NOT EXISTS (SELECT 1 FROM inventory_skucost c WHERE c.tenant_id = %(tenant)s AND c.sku_id = a.sku_id
                  AND c.legal_entity_id = a.legal_entity_id)
ORDER BY a.sku_id, a.legal_entity_id
ON CONFLICT (tenant_id, sku_id, legal_entity_id) DO NOTHING
"""
_UNOPENED = """
SELECT DISTINCT l.sku_id, p.legal_entity_id FROM inventory_stocklevel l
JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
JOIN inventory_sku s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id AND s.cost IS NOT NULL
WHERE l.tenant_id = %(tenant)s AND NOT EXISTS (
    SELECT 1 FROM inventory_skucost c WHERE c.tenant_id = l.tenant_id AND c.sku_id = l.sku_id AND c.legal_entity_id = p.legal_entity_id)
LIMIT %(limit)s
"""
# What the entity owns of a SKU, wherever it lies, the units just received among it.
_OWNED = """
SELECT l.sku_id, p.legal_entity_id, sum(l.on_hand + l.quarantined + l.damaged + l.in_transit), clock_timestamp()
FROM inventory_stocklevel l JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
WHERE l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s::uuid[]) AND p.legal_entity_id = ANY(%(entities)s::uuid[])
GROUP BY l.sku_id, p.legal_entity_id
"""
_CHANGE = """
UPDATE inventory_skucost c SET average = a.average, version = a.version, changed_at = clock_timestamp()
FROM unnest(%(ids)s::uuid[], %(averages)s::numeric[], %(versions)s::bigint[]) AS a(id, average, version)
WHERE c.tenant_id = %(tenant)s AND c.id = a.id
"""


@transaction.atomic
def revalue(*, receipts: Sequence[Received], actor: Actor = SYSTEM) -> int:
    """Move the average cost by what was received; return how many receipts did, without those whose key was used before.

    Call it in the transaction that put the units on their levels, after `apply_deltas`: the levels come first in the
    order of locks. A receipt without a unit cost comes in at the present average and changes nothing; one of less than no
    units corrects another. An entity that has units of no known cost takes the first known one for all. Raises InvalidInput.
    """
    costed = [(each, each.unit_cost) for each in receipts if each.unit_cost is not None]
    if any(not each.quantity or cost < 0 for each, cost in costed):
        raise InvalidInput(_("A receipt has units and a cost that is not negative."))
    if not costed:
        return 0
    by_pair = _by_pair(costed)
    _open(by_pair)
    rows = lock_costs(by_pair)
    used = _used_keys(costed)
    fresh = {pair: left for pair, found in by_pair.items() if (left := _not_yet(found, used))}
    owned = _owned(fresh)
    changes = [change for pair, found in fresh.items() for change in _changes(rows[pair], found, *owned[pair], actor)]
    if not changes:
        return 0
    insert_rows(changes)
    _keep(rows, changes)
    record(COST_CHANGED, "cost", new_id(), {"skus": sorted({str(change.sku_id) for change in changes})}, actor)
    return len(changes)


@transaction.atomic(savepoint=False)
def average_costs(*, sku_ids: Collection[UUID], location_id: UUID) -> dict[UUID, Decimal | None]:
    """The average cost of each SKU for the location's legal entity, locked; None where none is known. Call it after the levels' lock."""
    entity_id = locations_by_id([location_id])[location_id].legal_entity_id
    pairs = [(sku_id, entity_id) for sku_id in sku_ids]
    _open(pairs)
    return {sku_id: row.average for (sku_id, _entity), row in lock_costs(pairs).items()}


@transaction.atomic(savepoint=False)
def open_costs(*, limit: int = 5000) -> int:
    """Keep the catalogue's cost as the opening average of what lies somewhere and has none yet; return for how many."""
    pairs: list[Pair] = [(sku_id, entity_id) for sku_id, entity_id in select(_UNOPENED, {"limit": limit})]
    _open(pairs)
    return len(pairs)


def _open(pairs: Collection[Pair]) -> None:
    ordered = sorted(pairs)
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "tenant": current_tenant_id(),
                "ids": [new_id() for _pair in ordered],
                "skus": [sku_id for sku_id, _entity_id in ordered],
                "entities": [entity_id for _sku_id, entity_id in ordered],
            },
        )


def _by_pair(costed: Sequence[Costed]) -> dict[Pair, list[Costed]]:
    places = locations_by_id({each.location_id for each, _cost in costed})
    found: dict[Pair, list[Costed]] = defaultdict(list)
    for each, cost in costed:
        found[each.sku_id, places[each.location_id].legal_entity_id].append((each, cost))
    return found


def _used_keys(costed: Sequence[Costed]) -> set[str]:
    keys = [each.key for each, _cost in costed if each.key]
    return set(CostChange.objects.filter(key__in=keys).values_list("key", flat=True)) if keys else set()


def _not_yet(costed: Sequence[Costed], used: set[str]) -> list[Costed]:
    """Those whose key was not used before, each key once."""
    fresh = {(each.key or index): (each, cost) for index, (each, cost) in enumerate(costed) if each.key not in used}
    return list(fresh.values())


def _owned(pairs: Collection[Pair]) -> dict[Pair, tuple[int, datetime]]:
    """Read after the lock: what another receipt has brought is there."""
    wanted = {"skus": [sku_id for sku_id, _entity in pairs], "entities": [entity_id for _sku, entity_id in pairs]}
    return {(sku_id, entity_id): (int(units), at) for sku_id, entity_id, units, at in select(_OWNED, wanted)}


def _changes(row: SkuCost, costed: Sequence[Costed], owned: int, at: datetime, actor: Actor) -> list[CostChange]:
    """One change for each receipt, each from where the one before ended; the row is left at the end of the last."""
    units = max(owned - sum(each.quantity for each, _cost in costed), 0)
    made = []
    for each, cost in costed:
        average = moving_average(units, row.average, each.quantity, cost)
        row.version += 1
        made.append(
            CostChange(
                sku_id=row.sku_id,
                legal_entity_id=row.legal_entity_id,
                version=row.version,
                quantity_before=units,
                average_before=row.average,
                received=each.quantity,
                unit_cost=cost,
                average=average,
                key=each.key,
                actor=actor.to_json(),
                recorded_at=at,
            )
        )
        row.average = average
        units += each.quantity
    return made


def _keep(rows: dict[Pair, SkuCost], changes: Sequence[CostChange]) -> None:
    moved = [rows[pair] for pair in dict.fromkeys((change.sku_id, change.legal_entity_id) for change in changes)]
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGE,
            {
                "tenant": current_tenant_id(),
                "ids": [row.pk for row in moved],
                "averages": [row.average for row in moved],
                "versions": [row.version for row in moved],
            },
        )
