"""The one function that says what can be sold. No other code computes availability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from inventory.rules import sellable
from inventory.types import Availability, Contribution
from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from inventory.models import StockView

    # The SKU's code, the sum of its known sources, whether any is known, and each location's part.
    Found = tuple[str, int, bool, tuple[Contribution, ...]]

_MEMBERS = """
l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s::uuid[]) AND l.pool = '' AND p.tenant_id = l.tenant_id AND p.id = l.location_id AND p.active
AND (%(everything)s OR p.code = ANY(%(codes)s) OR p.kind = ANY(%(kinds)s) OR p.groups && %(groups)s::varchar[])
"""
_TOTALS = f"""
SELECT s.id, s.code, coalesce(t.total, 0), coalesce(t.known, true) FROM inventory_sku s LEFT JOIN (
    SELECT l.sku_id, sum(greatest(l.on_hand - l.reserved - l.buffer, 0)) FILTER (WHERE l.known) AS total, bool_or(l.known) AS known
    FROM inventory_stocklevel l, inventory_location p WHERE {_MEMBERS} GROUP BY l.sku_id
) t ON t.sku_id = s.id
WHERE s.tenant_id = %(tenant)s AND s.id = ANY(%(skus)s::uuid[])
"""
_ROWS = f"""
SELECT s.id, s.code, c.* FROM inventory_sku s LEFT JOIN (
    SELECT l.sku_id, p.id, p.code, p.name, l.on_hand, l.reserved, l.buffer, greatest(l.on_hand - l.reserved - l.buffer, 0), l.known, l.as_of
    FROM inventory_stocklevel l, inventory_location p WHERE {_MEMBERS}
) c ON c.sku_id = s.id
WHERE s.tenant_id = %(tenant)s AND s.id = ANY(%(skus)s::uuid[]) ORDER BY s.id, c.code
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
        "tenant": current_tenant_id(),
        "skus": list(sku_ids),
        "everything": not (view.location_codes or view.kinds or view.groups),
        "codes": list(view.location_codes),
        "kinds": list(view.kinds),
        "groups": list(view.groups),
    }


def _totals(view: StockView, sku_ids: Sequence[UUID]) -> dict[UUID, Found]:
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, _parameters(view, sku_ids))
        return {sku_id: (code, int(total), known, ()) for sku_id, code, total, known in cursor.fetchall()}


def _explained(view: StockView, sku_ids: Sequence[UUID]) -> dict[UUID, Found]:
    codes: dict[UUID, str] = {}
    rows: dict[UUID, list[Contribution]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, _parameters(view, sku_ids))
        for sku_id, code, place, *rest in cursor.fetchall():
            codes[sku_id] = code
            if place is not None:
                rows.setdefault(sku_id, []).append(Contribution(*rest))
    return {sku_id: (code, *_sum(rows.get(sku_id, [])), tuple(rows.get(sku_id, []))) for sku_id, code in codes.items()}


def _sum(rows: Sequence[Contribution]) -> tuple[int, bool]:
    known = [row.available for row in rows if row.known]
    return sum(known), bool(known) or not rows
