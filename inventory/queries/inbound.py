"""Purchase orders, what they brought, and everything that is to come."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.db.models import DecimalField, ExpressionWrapper, F, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from inventory.enums import SupplyKind
from inventory.errors import DocumentNotFound
from inventory.models import PurchaseOrder, PurchaseOrderLine, Receipt, ShippingNotice, ShippingNoticeLine
from inventory.rules.inbound import fill, supply_of
from inventory.types import ReceivedCost, Supply
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

# Purchase order lines with something to come, and what is announced of each.
_LINES = """
SELECT l.sku_id, o.location_id, coalesce(l.expected_date, o.expected_date), l.quantity - l.received - l.cancelled, o.id, o.number, l.id, l.promised,
       coalesce(n.days, '{}'::date[]), coalesce(n.units, '{}'::int[])
FROM inventory_purchaseorder o
JOIN inventory_purchaseorderline l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
LEFT JOIN LATERAL (
    SELECT array_agg(s.expected_date ORDER BY s.expected_date, a.id) AS days,
           array_agg(a.quantity - a.received ORDER BY s.expected_date, a.id) AS units
    FROM inventory_shippingnoticeline a JOIN inventory_shippingnotice s ON s.tenant_id = a.tenant_id AND s.id = a.notice_id
    WHERE a.tenant_id = l.tenant_id AND a.line_id = l.id AND a.received < a.quantity
) n ON true
WHERE o.tenant_id = %(tenant)s AND o.state IN ('CONFIRMED', 'RECEIVING') AND l.quantity > l.received + l.cancelled
  AND (%(every)s OR l.sku_id = ANY(%(skus)s::uuid[])) AND (%(everywhere)s OR o.location_id = ANY(%(places)s::uuid[]))
ORDER BY o.number, l.position
"""
# What is requested is reserved at its source, so it is not counted there; what is missing after the receipt comes no more.
_TRANSFERS = """
SELECT l.sku_id, t.destination_id, t.expected_date,
       CASE t.state WHEN 'REQUESTED' THEN l.quantity ELSE l.dispatched - (l.received - l.extra) - l.lost - l.returned END, t.id, t.number, l.id, l.promised
FROM inventory_transfer t JOIN inventory_transferline l ON l.tenant_id = t.tenant_id AND l.transfer_id = t.id
WHERE t.tenant_id = %(tenant)s AND t.state IN ('REQUESTED', 'DISPATCHED')
  AND (%(every)s OR l.sku_id = ANY(%(skus)s::uuid[])) AND (%(everywhere)s OR t.destination_id = ANY(%(places)s::uuid[]))
ORDER BY t.number, l.id, l.promised
"""


def inbound_supply(
    *,
    sku_ids: Collection[UUID] | None,
    location_ids: Collection[UUID] | None = None,
    until: date | None = None,
    without: Mapping[UUID, int] = MappingProxyType({}),
) -> list[Supply]:
    """What is to come of these SKUs to these places, by day, from purchase orders, their notices and transfers; earliest first.

    Without SKUs, of all; without places, anywhere. With `until`, what comes by that day: then units whose day is unknown are left
    out. A day that has passed is a delay, and still counts. What is promised of a line are its earliest units; `without` leaves
    so many promises of a line out.
    """
    parameters: dict[str, Any] = {
        "every": sku_ids is None,
        "skus": list(sku_ids or ()),
        "everywhere": location_ids is None,
        "places": list(location_ids or ()),
    }
    found = []
    for sku, place, expected, coming, document, number, line, promised, days, units in select(_LINES, parameters):
        parts = supply_of(coming=coming, expected=expected, announced=list(zip(days, units, strict=True)))
        kept = fill(promised - without.get(line, 0), [part for _day, part in parts])
        for (day, part), taken in zip(parts, kept, strict=True):
            found.append(Supply(sku, place, day, part, SupplyKind.PURCHASE, document, number, line, taken))
    for sku, place, day, coming, document, number, line, promised in select(_TRANSFERS, parameters):
        if coming > 0:
            kept_here = promised - without.get(line, 0)
            found.append(Supply(sku, place, day, coming, SupplyKind.TRANSFER, document, number, line, kept_here))
    if until is not None:
        found = [each for each in found if each.day is not None and each.day <= until]
    return sorted(found, key=lambda each: (each.day or date.max, each.number, each.sku_id))


def received_costs(
    *, sku_ids: Collection[UUID] | None = None, since: datetime | None = None, until: datetime | None = None
) -> list[ReceivedCost]:
    """Every receipt with its unit cost, oldest first; a correction is a negative one."""
    rows = Receipt.objects.order_by("recorded_at", "pk")
    if sku_ids is not None:
        rows = rows.filter(sku_id__in=list(sku_ids))
    if since is not None:
        rows = rows.filter(recorded_at__gte=since)
    if until is not None:
        rows = rows.filter(recorded_at__lt=until)
    fields = ("pk", "sku_id", "location_id", "quantity", "unit_cost", "recorded_at")
    return [ReceivedCost(*row) for row in rows.values_list(*fields)]


def purchase_orders() -> QuerySet[PurchaseOrder]:
    """Every purchase order with its location, newest first; `units`, `came` and `waiting` are sums over its lines."""
    lines = PurchaseOrderLine.objects.filter(order_id=OuterRef("pk")).order_by().values("order_id")

    def total(what: Any) -> Any:
        return Coalesce(Subquery(lines.annotate(total=Sum(what)).values("total")), 0)

    coming = Greatest(F("quantity") - F("received") - F("cancelled"), 0)
    cost = ExpressionWrapper(F("quantity") * F("unit_cost"), output_field=DecimalField(max_digits=18, decimal_places=4))
    return (
        PurchaseOrder.objects.select_related("location")
        .annotate(
            units=total("quantity"),
            came=total("received"),
            waiting=total(ExpressionWrapper(coming, output_field=IntegerField())),
            amount=Subquery(lines.annotate(total=Sum(cost)).values("total")),
        )
        .order_by("-created_at", "-pk")
    )


def get_purchase_order(order_id: UUID) -> PurchaseOrder:
    """One purchase order with its location and sums. Raises DocumentNotFound."""
    found = purchase_orders().filter(pk=order_id).first()
    if found is None:
        raise DocumentNotFound(_("There is no such purchase order."))
    return found


def purchase_lines(order_ids: Collection[UUID]) -> QuerySet[PurchaseOrderLine]:
    """The lines of purchase orders with their SKUs, in their order."""
    rows = PurchaseOrderLine.objects.filter(order_id__in=list(order_ids)).select_related("sku")
    return rows.order_by("order_id", "position", "pk")


def notices_of(order_id: UUID) -> list[tuple[ShippingNotice, list[ShippingNoticeLine]]]:
    """The shipping notices of a purchase order with their lines, the earliest first."""
    notices = list(ShippingNotice.objects.filter(order_id=order_id).order_by("expected_date", "pk"))
    lines: dict[UUID, list[ShippingNoticeLine]] = {notice.pk: [] for notice in notices}
    rows = ShippingNoticeLine.objects.filter(notice_id__in=list(lines)).select_related("line__sku")
    for row in rows.order_by("line__position", "pk"):
        lines[row.notice_id].append(row)
    return [(notice, lines[notice.pk]) for notice in notices]


def receipts() -> QuerySet[Receipt]:
    """Every receipt with its SKU, location and order, newest first."""
    return Receipt.objects.select_related("sku", "location", "line__order").order_by("-recorded_at", "-pk")
