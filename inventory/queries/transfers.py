"""Transfers, and where stock should move."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from inventory.enums import TransferState
from inventory.errors import DocumentNotFound
from inventory.models import Transfer, TransferEntry, TransferLine
from inventory.queries.inbound import inbound_supply
from inventory.queries.stock import SOLD
from inventory.rules.transfers import Cell, Policy, propose
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from inventory.rules.transfers import Proposal

# What customers took at each place within the window, and the SKUs that a place may lack before anything is to come: the others,
# which are most, need not be read.
_CELLS = f"""
WITH sold AS (
    SELECT m.level_id, -sum(m.quantity) AS units FROM inventory_stockmovement m
    WHERE m.tenant_id = %(tenant)s AND m.recorded_at >= %(since)s AND {SOLD}
    GROUP BY m.level_id
), lacked AS MATERIALIZED (
    SELECT DISTINCT l.sku_id FROM sold JOIN inventory_stocklevel l ON l.tenant_id = %(tenant)s AND l.id = sold.level_id
    WHERE sold.units * %(target)s > greatest(l.on_hand - l.reserved - l.buffer, 0) * %(window)s
)
SELECT l.sku_id, l.location_id, l.on_hand - l.reserved - l.buffer, coalesce(sold.units, 0), p.kind IN ('STORE', 'WAREHOUSE', 'THREE_PL')
FROM inventory_stocklevel l
JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
JOIN inventory_sku s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id
LEFT JOIN sold ON sold.level_id = l.id
WHERE l.tenant_id = %(tenant)s AND l.pool = '' AND l.known AND p.active AND s.active
  AND l.sku_id IN (SELECT sku_id FROM lacked) AND (%(category)s = '' OR s.category = %(category)s)
"""


def transfer_cells(*, policy: Policy, now: datetime, category: str = "") -> list[Cell]:
    """What the proposals are computed from: each SKU that some place may lack, at every place that can give or take."""
    parameters: dict[str, Any] = {
        "since": now - timedelta(days=policy.window),
        "window": policy.window,
        "target": policy.target,
        "category": category,
    }
    coming: dict[tuple[UUID, UUID], int] = {}
    for each in inbound_supply(sku_ids=None):
        place = (each.sku_id, each.location_id)
        coming[place] = coming.get(place, 0) + each.quantity
    return [
        Cell(sku, place, max(available, 0), coming.get((sku, place), 0), max(sold, 0), gives=ours, takes=ours)
        for sku, place, available, sold, ours in select(_CELLS, parameters)
    ]


def transfer_proposals(*, policy: Policy, now: datetime, category: str = "") -> list[Proposal]:
    """What should move where at this moment; the formula is `inventory.rules.transfers`."""
    return propose(transfer_cells(policy=policy, now=now, category=category), policy)


def transfers() -> QuerySet[Transfer]:
    """Every transfer with its places, newest first; `units` and `lines` are sums over its lines."""
    lines = TransferLine.objects.filter(transfer_id=OuterRef("pk")).order_by().values("transfer_id")
    open_units = F("dispatched") - F("received") + F("extra") - F("lost") - F("returned")
    return (
        Transfer.objects.select_related("source", "destination")
        .annotate(
            units=Coalesce(Subquery(lines.annotate(total=Sum("quantity")).values("total")), 0),
            lines=Coalesce(Subquery(lines.annotate(total=Count("pk")).values("total")), 0),
            on_the_way=Coalesce(Subquery(lines.annotate(total=Sum(open_units)).values("total")), 0),
        )
        .order_by("-created_at", "-pk")
    )


def get_transfer(transfer_id: UUID) -> Transfer:
    """One transfer with its places and sums. Raises DocumentNotFound."""
    found = transfers().filter(pk=transfer_id).first()
    if found is None:
        raise DocumentNotFound(_("There is no such transfer."))
    return found


def transfer_lines(transfer_ids: Collection[UUID]) -> QuerySet[TransferLine]:
    """The lines of transfers with their SKUs, by SKU."""
    rows = TransferLine.objects.filter(transfer_id__in=list(transfer_ids)).select_related("sku")
    return rows.order_by("transfer_id", "sku__code", "pk")


def requested_lines(line_ids: Collection[UUID]) -> QuerySet[TransferLine]:
    """Those of the lines whose units wait at the source, with their transfers, the newest transfer first."""
    rows = TransferLine.objects.filter(pk__in=list(line_ids), transfer__state=TransferState.REQUESTED)
    return rows.select_related("transfer").order_by("-transfer__requested_at", "-transfer_id", "pk")


def transfer_entries(transfer_id: UUID) -> QuerySet[TransferEntry]:
    """What became of a transfer's units, newest first."""
    rows = TransferEntry.objects.filter(line__transfer_id=transfer_id).select_related("line__sku")
    return rows.order_by("-recorded_at", "-pk")
