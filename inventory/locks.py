"""Every lock of the room that is not inside a writing statement. Order: references, kits and documents, reservations, levels, costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from inventory.enums import OPEN_STATES, ReservationState, SupplyState
from inventory.errors import DocumentNotFound
from inventory.models import (
    CountLine,
    PurchaseOrder,
    PurchaseOrderLine,
    Reservation,
    Sku,
    SkuCost,
    StockCount,
    StockLevel,
    StockView,
    SupplyReservation,
    Transfer,
    TransferLine,
)
from oms.database.rows import read_rows
from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID

# The order of every statement that writes levels.
_LEVELS = """
SELECT l.id FROM unnest(%s::uuid[], %s::uuid[]) AS place(sku_id, location_id)
JOIN inventory_stocklevel l ON l.tenant_id = %s AND l.sku_id = place.sku_id AND l.location_id = place.location_id
ORDER BY l.sku_id, l.location_id, l.pool
FOR NO KEY UPDATE OF l
"""


# A SKU's cost for a legal entity, after the levels of the same receipt.
_COSTS = """
(sku_id, legal_entity_id) IN (SELECT * FROM unnest(%(skus)s::uuid[], %(entities)s::uuid[]))
ORDER BY sku_id, legal_entity_id
FOR NO KEY UPDATE
"""


def lock_open_reservations(holder_ids: Iterable[UUID]) -> list[Reservation]:
    """The open reservations of these holders, locked in key order."""
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).filter(
        holder_id__in=list(holder_ids), state__in=OPEN_STATES
    )
    return list(rows.order_by("pk"))


def lock_reservations_of(reference: str) -> list[Reservation]:
    """The open reservations made under a reference, locked in key order."""
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).filter(
        reference=reference, state__in=OPEN_STATES
    )
    return list(rows.order_by("pk"))


def lock_references(references: Iterable[str]) -> None:
    """Let nobody else reserve under these references until the transaction ends; there may be no row yet to lock.

    Locked in one order, so that two calls cannot wait for each other.
    """
    tenant_id = current_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 1)) FROM unnest(%s::text[]) AS name",
            [sorted({f"{tenant_id} {reference}" for reference in references})],
        )


def lock_kits(sku_id: UUID) -> Sku | None:
    """One SKU; until the transaction ends nobody else changes what kits are made of, gives this one levels, or makes it a part."""
    lock_references(["kits"])
    return Sku.objects.select_for_update().filter(pk=sku_id).order_by("pk").first()


def lock_places(places: Collection[tuple[UUID, UUID]]) -> None:
    """Lock the levels of these (SKU, location) pairs, ring-fences too."""
    skus, locations = [sku for sku, _location in places], [location for _sku, location in places]
    with connection.cursor() as cursor:
        cursor.execute(_LEVELS, [skus, locations, current_tenant_id()])


def lock_views() -> list[StockView]:
    """Every stock view, by code; nobody else saves one until the transaction ends, for what one hands down reaches others."""
    lock_references(["stock views"])
    return list(StockView.objects.order_by("code", "pk"))


def lock_costs(pairs: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], SkuCost]:
    """The costs of these (SKU, legal entity) pairs that exist, as they are after any wait."""
    skus, entities = [sku for sku, _entity in pairs], [entity for _sku, entity in pairs]
    rows = read_rows(SkuCost, _COSTS, {"skus": skus, "entities": entities})
    return {(row.sku_id, row.legal_entity_id): row for row in rows}


def lock_expired(*, now: datetime, limit: int) -> list[Reservation]:
    """Baskets that ran out and nobody else is handling."""
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(
        state=ReservationState.SOFT, expires_at__lte=now
    )
    return list(rows.order_by("pk")[:limit])


def lock_purchase(order_id: UUID) -> tuple[PurchaseOrder, dict[UUID, PurchaseOrderLine]]:
    """A purchase order and its lines by id, in their order, under the order's lock. Raises DocumentNotFound."""
    rows = PurchaseOrder.objects.select_for_update(of=("self",), no_key=True).filter(pk=order_id)
    order = next(iter(rows.order_by("pk")), None)
    if order is None:
        raise DocumentNotFound(_("There is no such purchase order."))
    lines = PurchaseOrderLine.objects.filter(order_id=order_id).select_related("sku").order_by("position", "pk")
    return order, {line.pk: line for line in lines}


def lock_transfer(transfer_id: UUID) -> tuple[Transfer, dict[UUID, TransferLine]]:
    """A transfer and its lines by id, under the transfer's lock. Raises DocumentNotFound."""
    rows = Transfer.objects.select_for_update(of=("self",), no_key=True).filter(pk=transfer_id)
    transfer = next(iter(rows.order_by("pk")), None)
    if transfer is None:
        raise DocumentNotFound(_("There is no such transfer."))
    lines = TransferLine.objects.filter(transfer_id=transfer_id).select_related("sku").order_by("sku__code", "pk")
    return transfer, {line.pk: line for line in lines}


def lock_documents(purchase_ids: Iterable[UUID], transfer_ids: Iterable[UUID]) -> None:
    """Lock purchase orders, then transfers, each in key order: whoever promises what is to come, or takes it in, holds its document."""
    for model, ids in ((PurchaseOrder, set(purchase_ids)), (Transfer, set(transfer_ids))):
        if ids:
            rows = model.objects.filter(pk__in=ids).order_by("pk").values_list("pk")
            list(rows.select_for_update(of=("self",), no_key=True))


def lock_supply_reservations(**which: Any) -> list[SupplyReservation]:
    """Units to come that are kept for those who wait, locked in key order; after their documents."""
    rows = SupplyReservation.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(state=SupplyState.WAITING, **which).order_by("pk"))


def lock_count(count_id: UUID) -> StockCount:
    """A count; nobody else posts, ends or widens it until the transaction ends. Raises DocumentNotFound."""
    rows = StockCount.objects.select_for_update(of=("self",), no_key=True).filter(pk=count_id)
    count = next(iter(rows.order_by("pk")), None)
    if count is None:
        raise DocumentNotFound(_("There is no such count."))
    return count


def lock_count_lines(count_id: UUID, sku_ids: Collection[UUID] | None = None) -> list[CountLine]:
    """The lines of a count with their SKUs, all or some, locked in key order; after the count itself where both are locked."""
    rows = CountLine.objects.select_for_update(of=("self",), no_key=True).filter(count_id=count_id)
    if sku_ids is not None:
        rows = rows.filter(sku_id__in=list(sku_ids))
    return list(rows.select_related("sku").order_by("pk"))


def lock_levels_by_id(level_ids: Collection[UUID]) -> list[StockLevel]:
    """These levels, locked in the ledger's order."""
    rows = StockLevel.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(level_ids))
    return list(rows.order_by("sku_id", "location_id", "pool"))


def lock_levels_at(location_id: UUID, sku_ids: Collection[UUID]) -> list[StockLevel]:
    """Every level of these SKUs at a location, ring-fenced ones too, in the ledger's order."""
    rows = StockLevel.objects.select_for_update(of=("self",), no_key=True).filter(
        location_id=location_id, sku_id__in=list(sku_ids)
    )
    return list(rows.order_by("sku_id", "location_id", "pool"))
