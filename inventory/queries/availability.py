"""The one function that says what can be sold. No other code computes availability."""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from inventory.enums import SupplyKind
from inventory.queries.kits import parts_of
from inventory.queries.members import chosen_by
from inventory.queries.supply import coming_to
from inventory.rules.kits import available_kits
from inventory.rules.outlook import outlook_of
from inventory.rules.stock import sellable
from inventory.types import Availability, Contribution
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from inventory.models import StockView
    from inventory.types import Coming, Outlook

# The places of a view; all places that are active when the view chooses none.
_ACTIVE = "SELECT p.id FROM inventory_location p WHERE p.tenant_id = %(tenant)s AND p.active"
_CLOSED = "SELECT p.id FROM inventory_location p WHERE p.tenant_id = %(tenant)s AND NOT p.active"
_LEVELS = "l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s::uuid[]) AND l.pool = ANY(%(pools)s::varchar[])"
# Few places are closed: to leave them out costs nothing, to join five hundred open ones costs as much as reading the stock.
# The sums come first whatever the planner believes: beside the SKUs it would take them for few, and once for each.
_TOTALS = """
WITH total AS MATERIALIZED (
    SELECT l.sku_id, sum(CASE WHEN l.known THEN greatest(l.on_hand - l.reserved - l.buffer, 0) END) AS units
    FROM inventory_stocklevel l WHERE {levels} AND l.location_id {places} GROUP BY l.sku_id
)
SELECT s.id, s.code, coalesce(total.units, 0), total.sku_id IS NULL OR total.units IS NOT NULL
FROM inventory_sku s LEFT JOIN total ON total.sku_id = s.id
WHERE s.tenant_id = %(tenant)s AND s.id = ANY(%(skus)s::uuid[])
"""
_ROWS = """
SELECT s.id, s.code, c.* FROM inventory_sku s LEFT JOIN (
    SELECT l.sku_id, p.id, p.code, p.name, l.pool, l.on_hand, l.reserved, l.buffer, greatest(l.on_hand - l.reserved - l.buffer, 0), l.known,
           greatest(l.as_of, p.stock_as_of)
    FROM inventory_stocklevel l JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
    WHERE {levels} AND p.active {chosen}
) c ON c.sku_id = s.id
WHERE s.tenant_id = %(tenant)s AND s.id = ANY(%(skus)s::uuid[]) ORDER BY s.id, c.code, c.pool DESC
"""


class _Found(NamedTuple):
    """The SKU's code, the sum of its known sources, whether any is known, and each location's part."""

    code: str
    total: int
    known: bool
    rows: tuple[Contribution, ...] = ()


def availability(*, view: StockView, sku_ids: Sequence[UUID], explain: bool = False) -> list[Availability]:
    """Available to sell of each SKU on the view, in the order asked, in units; with `explain`, what each location adds. What
    each document with units to come adds is always told.

    A SKU without any level has 0; one whose every source is unknown has None, which is not a number to publish. A virtual
    kit has what its components, which are asked for in the same statement, are enough for.
    """
    parts = parts_of(sku_ids)
    every = list(dict.fromkeys([*sku_ids, *(part.sku_id for kit in parts.values() for part in kit)]))
    found = _explained(view, every) if explain else _totals(view, every)
    coming = coming_to(view, every) if view.supply else {}
    own = {
        sku_id: _availability(view, sku_id, found[sku_id], coming.get(sku_id, ()))
        for sku_id in every
        if sku_id in found
    }
    return [
        available_kits(own[sku_id], parts[sku_id], own) if sku_id in parts else own[sku_id]
        for sku_id in sku_ids
        if sku_id in own
    ]


def availability_by_date(
    *, view: StockView, sku_ids: Sequence[UUID], today: date, by: date | None = None
) -> list[Outlook]:
    """What the view can promise of each SKU at once, and in all from each day that something arrives, in the order asked.

    Counts the documents that the view sells from; all where it sells none, for what a date is asked of is the future. No
    horizon but `by` applies.
    """
    ahead = copy(view)
    ahead.supply = [] if view.pool_only else view.supply or list(SupplyKind.values)
    ahead.horizon = None
    return [outlook_of(found, today=today, by=by) for found in availability(view=ahead, sku_ids=sku_ids)]


def _availability(view: StockView, sku_id: UUID, found: _Found, coming: Sequence[Coming]) -> Availability:
    inbound = sum(each.adds for each in coming)
    here = sellable(found.total, percentage=view.percentage, buffer=view.buffer, cap=view.cap)
    both = sellable(found.total + inbound, percentage=view.percentage, buffer=view.buffer, cap=view.cap)
    return Availability(
        sku_id,
        found.code,
        both if found.known else None,
        found.total,
        view.percentage,
        view.buffer,
        view.cap,
        found.rows,
        inbound=inbound,
        at_once=here if found.known else None,
        coming=tuple(coming),
    )


def _totals(view: StockView, sku_ids: Sequence[UUID]) -> dict[UUID, _Found]:
    chosen = chosen_by(view)
    parameters = {"skus": list(sku_ids), "pools": view.pools, **chosen.parameters}
    found = select(_totals_at(chosen.where), parameters)
    return {sku_id: _Found(code, int(total), known) for sku_id, code, total, known in found}


@cache
def _totals_at(chosen: str) -> str:
    return _TOTALS.format(levels=_LEVELS, places=f"IN ({_ACTIVE} AND {chosen})" if chosen else f"NOT IN ({_CLOSED})")


def _explained(view: StockView, sku_ids: Sequence[UUID]) -> dict[UUID, _Found]:
    chosen = chosen_by(view)
    statement = _ROWS.format(levels=_LEVELS, chosen=f"AND {chosen.where}" if chosen.where else "")
    parameters: dict[str, Any] = {"skus": list(sku_ids), "pools": view.pools, **chosen.parameters}
    codes: dict[UUID, str] = {}
    rows: defaultdict[UUID, list[Contribution]] = defaultdict(list)
    for sku_id, code, held, *rest in select(statement, parameters):
        codes[sku_id] = code
        if held is not None:
            rows[sku_id].append(Contribution(*rest))
    return {sku_id: _Found(code, *_sum(rows[sku_id]), tuple(rows[sku_id])) for sku_id, code in codes.items()}


def _sum(rows: Sequence[Contribution]) -> tuple[int, bool]:
    known = [row.available for row in rows if row.known]
    return sum(known), bool(known) or not rows
