from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response

from inventory.api.filters import PurchaseFilters, ReceiptFilters
from inventory.api.lines import named
from inventory.api.places import codes_in_query, location_of, locations_in_query, refuse_elsewhere
from inventory.api.serializers.inbound import (
    NoticeIn,
    PurchaseIn,
    PurchaseOut,
    PurchaseSummaryOut,
    ReasonIn,
    ReceiptOut,
    ReceiveIn,
    RescheduleIn,
    ShownPurchase,
    SuppliesOut,
)
from inventory.models import PurchaseOrder, Receipt
from inventory.queries import (
    get_purchase_order,
    inbound_supply,
    locations_by_id,
    notices_of,
    purchase_lines,
    purchase_orders,
    receipts,
    sku_codes,
)
from inventory.services import (
    announce_shipment,
    cancel_purchase_order,
    close_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    receive_purchase_order,
    reschedule_purchase_order,
)
from inventory.types import Arrival, NewNotice, NewPurchase, NewPurchaseLine
from oms.rest.errors import InvalidParameters
from oms.rest.serializers import show
from oms.rest.viewsets import Listed, TenantViewSet
from oms.tenancy.models import new_id
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.rest.requests import ApiRequest

STEPS = ("confirm", "notices", "reschedule", "receive", "close", "cancel")


class PurchaseOrderViewSet(Listed[PurchaseOrder]):
    """What is bought from suppliers, from the draft to the last unit received."""

    permissions = {
        **dict.fromkeys(("list", "retrieve"), Permission.STOCK_READ),
        **dict.fromkeys(("create", *STEPS), Permission.STOCK_WRITE),
    }
    open_to_bound = frozenset({"list", "retrieve", "receive"})
    serializer_class = PurchaseSummaryOut
    filterset_class = PurchaseFilters

    def get_queryset(self) -> QuerySet[PurchaseOrder]:
        rows = purchase_orders()
        return rows if self.access.locations is None else rows.filter(location_id__in=self.access.locations)

    @extend_schema(responses={200: PurchaseOut})
    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        """One purchase order with its lines and shipping notices."""
        return self._shown(self._mine())

    @extend_schema(request=PurchaseIn, responses={201: PurchaseOut})
    def create(self, request: ApiRequest) -> Response:
        """Write a purchase order down as a draft; `confirm` makes it supply that is to come."""
        body = self.read(PurchaseIn)
        place, lines = location_of(body.pop("location")), body.pop("lines")
        bought = tuple(NewPurchaseLine(**line) for line in lines)
        purchase = NewPurchase(location_id=place, lines=bought, **body)
        order = create_purchase_order(purchase=purchase, now=timezone.now(), actor=request.access.actor)
        return self._shown(order, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: PurchaseOut})
    def confirm(self, request: ApiRequest, **_path: str) -> Response:
        """The supplier has agreed; confirming twice changes nothing."""
        order = self._mine()
        return self._shown(confirm_purchase_order(order_id=order.pk, now=timezone.now(), actor=request.access.actor))

    @extend_schema(request=NoticeIn, responses={200: PurchaseOut})
    def notices(self, _request: ApiRequest, **_path: str) -> Response:
        """Announce a shipment of the supplier: its units are expected on its day instead of the order's."""
        order, body = self._mine(), self.read(NoticeIn)
        lines = list(purchase_lines([order.pk]))
        units = {line_id: each["quantity"] for line_id, each in named(lines, body.pop("lines"))}
        announce_shipment(order_id=order.pk, notice=NewNotice(units=units, **body), now=timezone.now())
        return self._shown(order)

    @extend_schema(request=RescheduleIn, responses={200: PurchaseOut})
    def reschedule(self, request: ApiRequest, **_path: str) -> Response:
        """Expect the order or lines of it on other days. Orders that wait for it are tried again, and may wait for another delivery then."""
        order, body = self._mine(), self.read(RescheduleIn)
        lines = list(purchase_lines([order.pk]))
        days = {line_id: each["expected_date"] for line_id, each in named(lines, body.get("lines", []))}
        day = body.get("expected_date", ...)
        moved = reschedule_purchase_order(order_id=order.pk, days=days, expected_date=day, actor=request.access.actor)
        return self._shown(moved)

    @extend_schema(request=ReceiveIn, responses={200: PurchaseOut})
    def receive(self, request: ApiRequest, **_path: str) -> Response:
        """Put units that came on hand, damaged ones aside. Units that waited for stock are tried again at once."""
        order, body = self._mine(), self.read(ReceiveIn)
        arrivals = [
            Arrival(line_id, each["quantity"], each["damaged"], each["reason"])
            for line_id, each in named(list(purchase_lines([order.pk])), body["lines"])
        ]
        receive_purchase_order(
            order_id=order.pk,
            arrivals=arrivals,
            key=body.get("key") or new_id().hex,
            now=timezone.now(),
            actor=request.access.actor,
        )
        return self._shown(order)

    @extend_schema(request=ReasonIn, responses={200: PurchaseOut})
    def close(self, request: ApiRequest, **_path: str) -> Response:
        """Nothing more will come: what was not received is cancelled, which wants a `reason`."""
        order, reason = self._mine(), self.read(ReasonIn)["reason"]
        now, actor = timezone.now(), request.access.actor
        return self._shown(close_purchase_order(order_id=order.pk, now=now, reason=reason, actor=actor))

    @extend_schema(request=ReasonIn, responses={200: PurchaseOut})
    def cancel(self, request: ApiRequest, **_path: str) -> Response:
        """Nothing of it will come; possible until something was received."""
        order, reason = self._mine(), self.read(ReasonIn)["reason"]
        now, actor = timezone.now(), request.access.actor
        return self._shown(cancel_purchase_order(order_id=order.pk, now=now, reason=reason, actor=actor))

    def _mine(self) -> PurchaseOrder:
        order = get_purchase_order(self.id_in_path)
        refuse_elsewhere(self.access, order.location_id)
        return order

    def _shown(self, order: PurchaseOrder, answer: int = status.HTTP_200_OK) -> Response:
        full = get_purchase_order(order.pk)
        shown = ShownPurchase(full, list(purchase_lines([order.pk])), notices_of(order.pk))
        return Response(show(PurchaseOut, shown), status=answer)


class ReceiptViewSet(Listed[Receipt]):
    """What came in on purchase orders, at what it cost, newest first."""

    permissions = {"list": Permission.STOCK_READ}
    open_to_bound = frozenset({"list"})
    serializer_class = ReceiptOut
    filterset_class = ReceiptFilters

    def get_queryset(self) -> QuerySet[Receipt]:
        rows = receipts()
        return rows if self.access.locations is None else rows.filter(location_id__in=self.access.locations)


class SupplyViewSet(TenantViewSet[PurchaseOrder]):
    """What is to come."""

    permissions = {"retrieve": Permission.STOCK_READ}
    parameters = {"retrieve": ("sku", "location", "until")}
    serializer_class = SuppliesOut

    @extend_schema(
        parameters=[
            OpenApiParameter("sku", str, many=True, required=True, description="SKU codes: repeated, or with commas."),
            OpenApiParameter("location", str, many=True, description="Location codes; without any, everywhere."),
            OpenApiParameter("until", {"type": "string", "format": "date"}, description="What comes by this day."),
        ],
        responses={200: SuppliesOut},
    )
    def retrieve(self, request: ApiRequest) -> Response:
        """Units to come by day, from open purchase orders, shipping notices and transfers, earliest first."""
        skus = codes_in_query(request, "sku")
        found = inbound_supply(
            sku_ids=skus,
            location_ids=locations_in_query(request, self.access),
            until=_day(request.query_params.get("until")),
        )
        codes = sku_codes({each.sku_id for each in found})
        places = locations_by_id({each.location_id for each in found})
        rows = [
            {
                "sku": codes[each.sku_id],
                "location": places[each.location_id].code,
                "expected_date": each.day,
                "quantity": each.quantity,
                "kind": each.kind,
                "document": each.document_id,
                "number": each.number,
            }
            for each in found
        ]
        return Response({"results": rows})


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidParameters({"until": ["Give an ISO date, e.g. 2026-12-24."]}) from None
