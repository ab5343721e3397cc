"""Files that were imported: one with rows that could not be read, and one that is short and waits for a person."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from django.utils import timezone

from inventory.queries import active_places, stock_levels
from inventory.services.imports import receive_file, work_on
from inventory.services.imports.receive import ImportRequest
from oms.local.retailer.documents import WHO
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from inventory.models import StockLevel

KEPT = 3


def files(tenant_id: UUID) -> None:
    """Bring both to their end: the first is applied but for its faults, the second has lost most of its rows on the way."""
    with tenant_scope(tenant_id):
        partner = next(place for place in active_places() if place.kind == "THREE_PL")
        there = list(stock_levels().filter(location_id=partner.id, pool=""))
    counted = [_row(level, level.on_hand + (at % 10 == 0)) for at, level in enumerate(there[:60])]
    faults = [
        ("SAC-ANCIEN-01", partner.code, "4"),
        (there[0].sku.code, "ENTREPOT-9", "2"),
        (there[1].sku.code, partner.code, "2,5"),
    ]
    _import(tenant_id, "stock-logisticien.csv", [*counted, *faults], ImportRequest(mode="DELTA"))
    short = [_row(level, level.on_hand) for level in there[: len(there) // KEPT]]
    _import(tenant_id, "stock-logisticien-complet.csv", short, ImportRequest(mode="FULL"))


def _row(level: StockLevel, on_hand: int) -> tuple[str, str, str]:
    return level.sku.code, level.location.code, str(on_hand)


def _import(tenant_id: UUID, name: str, rows: Iterable[tuple[str, str, str]], wanted: ImportRequest) -> None:
    text = StringIO()
    csv.writer(text, delimiter=";").writerows([("sku", "location", "on_hand"), *rows])
    with tenant_scope(tenant_id):
        run, _new = receive_file(
            content=BytesIO(text.getvalue().encode()), name=name, wanted=wanted, now=timezone.now(), actor=WHO
        )
    while not work_on(tenant_id=tenant_id, run_id=run.pk):
        pass
