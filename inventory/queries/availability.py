"""The one function that says what can be sold. No other code computes availability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inventory.rules import sellable
from inventory.types import Availability, Contribution
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from inventory.models import StockView

    # The SKU's code, the sum of its known sources, whether any is known, and each location's part.
    Found = tuple[str, int, bool, tuple[Contribution, ...]]

# The places of a view; all places that are active when the view names none.
_CHOSEN = "(p.code = ANY(%(codes)s::text[]) OR p.kind = ANY(%(kinds)s::text[]) OR p.groups && %(groups)s::varchar[])"
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
_TOTALS_EVERYWHERE = _TOTALS.format(levels=_LEVELS, places=f"NOT IN ({_CLOSED})")
_TOTALS_AT_CHOSEN = _TOTALS.format(levels=_LEVELS, places=f"IN ({_ACTIVE} AND {_CHOSEN})")
_ROWS = f"""
SELECT s.id, s.code, c.* FROM inventory_sku s LEFT JOIN (
    SELECT l.sku_id, p.id, p.code, p.name, l.pool, l.on_hand, l.reserved, l.buffer, greatest(l.on_hand - l.reserved - l.buffer, 0), l.known,
           greatest(l.as_of, p.stock_as_of)
    FROM inventory_stocklevel l JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
    WHERE {_LEVELS} AND p.active AND (%(everywhere)s OR {_CHOSEN})
) c ON c.sku_id = s.id
WHERE s.tenant_id = %(tenant)s AND s.id = ANY(%(skus)s::uuid[]) ORDER BY s.id, c.code, c.pool DESC
"""


def availability(*, view: StockView, sku_ids: Sequence[UUID], explain: bool = False) -> list[Availability]:
    """Available to sell of each SKU on the view, in the order asked, in units; with `explain`, each location's contribution.

    A SKU without any level has 0; one whose every source is unknown has None, which is not a number to publish.
    """
    found = _explained(view, sku_ids) if explain else _totals(view, sku_ids)
    return [_availability(view, sku_id, found[sku_id]) for sku_id in sku_ids if sku_id in found]


def _availability(view: StockView, sku_id: UUID, found: Found) -> Availability:
    code, total, known, rows = found
    quantity = sellable(total, percentage=view.percentage, buffer=view.buffer, cap=view.cap) if known else None
    return Availability(sku_id, code, quantity, total, view.percentage, view.buffer, view.cap, rows)


def _parameters(view: StockView, sku_ids: Sequence[UUID]) -> dict[str, Any]:
    return {
        "skus": list(sku_ids),
        "pools": view.pools,
        "everywhere": _is_everywhere(view),
        "codes": list(view.location_codes),
        "kinds": list(view.kinds),
        "groups": list(view.groups),
    }


def _is_everywhere(view: StockView) -> bool:
    return not (view.location_codes or view.kinds or view.groups)


def _totals(view: StockView, sku_ids: Sequence[UUID]) -> dict[UUID, Found]:
    statement = _TOTALS_EVERYWHERE if _is_everywhere(view) else _TOTALS_AT_CHOSEN
    found = select(statement, _parameters(view, sku_ids))
    return {sku_id: (code, int(total), known, ()) for sku_id, code, total, known in found}


def _explained(view: StockView, sku_ids: Sequence[UUID]) -> dict[UUID, Found]:
    codes: dict[UUID, str] = {}
    rows: dict[UUID, list[Contribution]] = {}
    for sku_id, code, place, *rest in select(_ROWS, _parameters(view, sku_ids)):
        codes[sku_id] = code
        if place is not None:
            rows.setdefault(sku_id, []).append(Contribution(*rest))
    return {sku_id: (code, *_sum(rows.get(sku_id, [])), tuple(rows.get(sku_id, []))) for sku_id, code in codes.items()}


def _sum(rows: Sequence[Contribution]) -> tuple[int, bool]:
    known = [row.available for row in rows if row.known]
    return sum(known), bool(known) or not rows
