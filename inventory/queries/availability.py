"""The one function that says what can be sold. No other code computes availability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from inventory.models import Sku
from inventory.rules import sellable
from inventory.types import Availability, Contribution
from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from inventory.models import StockView

_MEMBERS = """
l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s::uuid[]) AND l.pool = '' AND p.tenant_id = l.tenant_id AND p.id = l.location_id AND p.active
AND (%(everything)s OR p.code = ANY(%(codes)s) OR p.kind = ANY(%(kinds)s) OR p.groups && %(groups)s::varchar[])
"""
_TOTALS = f"""
SELECT l.sku_id, sum(greatest(l.on_hand - l.reserved - l.buffer, 0)) FILTER (WHERE l.known), bool_or(l.known)
FROM inventory_stocklevel l, inventory_location p WHERE {_MEMBERS} GROUP BY l.sku_id
"""
_ROWS = f"""
SELECT l.sku_id, p.id, p.code, p.name, l.on_hand, l.reserved, l.buffer, greatest(l.on_hand - l.reserved - l.buffer, 0), l.known, l.as_of
FROM inventory_stocklevel l, inventory_location p WHERE {_MEMBERS} ORDER BY l.sku_id, p.code
"""


def availability(*, view: StockView, sku_ids: Sequence[UUID], explain: bool = False) -> list[Availability]:
    """Available to sell of each SKU on the view, in the order asked, in units; with `explain`, each location's contribution.

    A SKU without any level has 0; one whose every source is unknown has None, which is not a number to publish.
    """
    codes = dict(Sku.objects.filter(pk__in=list(sku_ids)).values_list("pk", "code"))
    contributions = _contributions(view, sku_ids) if explain else {}
    totals = _totals(view, sku_ids) if not explain else {sku: _sum(rows) for sku, rows in contributions.items()}
    found = []
    for sku_id in sku_ids:
        if sku_id not in codes:
            continue
        total, known = totals.get(sku_id, (0, True))
        quantity = sellable(total, percentage=view.percentage, buffer=view.buffer, cap=view.cap) if known else None
        rows = tuple(contributions.get(sku_id, ()))
        found.append(Availability(sku_id, codes[sku_id], quantity, total, view.percentage, view.buffer, view.cap, rows))
    return found


def _parameters(view: StockView, sku_ids: Sequence[UUID]) -> dict[str, Any]:
    return {
        "tenant": current_tenant_id(),
        "skus": list(sku_ids),
        "everything": not (view.location_codes or view.kinds or view.groups),
        "codes": list(view.location_codes),
        "kinds": list(view.kinds),
        "groups": list(view.groups),
    }


def _totals(view: StockView, sku_ids: Sequence[UUID]) -> dict[UUID, tuple[int, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, _parameters(view, sku_ids))
        return {sku_id: (int(total or 0), known) for sku_id, total, known in cursor.fetchall()}


def _contributions(view: StockView, sku_ids: Sequence[UUID]) -> dict[UUID, list[Contribution]]:
    found: dict[UUID, list[Contribution]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, _parameters(view, sku_ids))
        for sku_id, *rest in cursor.fetchall():
            found.setdefault(sku_id, []).append(Contribution(*rest))
    return found


def _sum(rows: Sequence[Contribution]) -> tuple[int, bool]:
    known = [row.available for row in rows if row.known]
    return sum(known), bool(known) or not rows
