"""Purchase orders, transfers and counts for tests, through the services that the product itself uses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from inventory.models import CountLine, PurchaseOrder, PurchaseOrderLine, StockLevel, Transfer, TransferLine
from inventory.services import (
    confirm_purchase_order,
    create_purchase_order,
    create_transfer,
    dispatch_transfer,
    request_transfer,
)
from inventory.types import NewPurchase, NewPurchaseLine, TransferUnits

if TYPE_CHECKING:
    from datetime import datetime

    from inventory.models import Location, Sku

SOON = date(2026, 12, 1)


def make_purchase(
    place: Location, *lines: tuple[Sku, int], now: datetime, confirmed: bool = True, cost: str = "4.00", **fields: Any
) -> PurchaseOrder:
    """Units on their way from a supplier, expected on SOON."""
    wanted = tuple(NewPurchaseLine(sku.code, quantity, Decimal(cost)) for sku, quantity in lines)
    purchase = NewPurchase(
        **{"supplier": "Faïencerie", "location_id": place.pk, "expected_date": SOON, **fields}, lines=wanted
    )
    order = create_purchase_order(purchase=purchase, now=now)
    return confirm_purchase_order(order_id=order.pk, now=now) if confirmed else order


def make_transfer(
    source: Location, destination: Location, *lines: tuple[Sku, int], now: datetime, upto: str = "PROPOSED"
) -> Transfer:
    """A transfer brought so far on its way, expected on SOON."""
    transfer = create_transfer(
        source_id=source.pk,
        destination_id=destination.pk,
        units=[TransferUnits(sku.pk, quantity) for sku, quantity in lines],
        expected_date=SOON,
        now=now,
    )
    if upto in {"REQUESTED", "DISPATCHED"}:
        transfer = request_transfer(transfer_id=transfer.pk, now=now)
    if upto == "DISPATCHED":
        transfer = dispatch_transfer(transfer_id=transfer.pk, now=now)
    return transfer


def line_of(document: PurchaseOrder | Transfer, sku: Sku) -> Any:
    """The document's line of a SKU, as it is now."""
    if isinstance(document, PurchaseOrder):
        return PurchaseOrderLine.objects.get(order=document, sku=sku)
    return TransferLine.objects.get(transfer=document, sku=sku)


def count_line(count: Any, sku: Sku) -> CountLine:
    return CountLine.objects.get(count=count, sku=sku)


def stock(sku: Sku, place: Location) -> tuple[int, int, int, int]:
    """On hand, reserved, damaged and in transit; nothing where there is no level."""
    row = StockLevel.objects.filter(sku=sku, location=place, pool="").first()
    return (row.on_hand, row.reserved, row.damaged, row.in_transit) if row else (0, 0, 0, 0)
