from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from oms.events.api.serializers import EventOut
from oms.events.queries import timeline
from oms.orders.api.filters import OrderFilters
from oms.orders.api.serializers import CancelIn, HoldIn, OrderOut, OrderSummaryOut, ReleaseIn
from oms.orders.events import SUBJECT
from oms.orders.models import Order
from oms.orders.queries import get_order, order_detail, orders, sold_lines
from oms.orders.services import cancel_units, hold_order, release_holds
from oms.rest.serializers import show
from oms.rest.viewsets import Listed
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from oms.rest.requests import ApiRequest


class OrderViewSet(Listed[Order]):
    """What customers asked for, and how far each unit is."""

    permissions = {
        "list": Permission.ORDERS_READ,
        "retrieve": Permission.ORDERS_READ,
        "timeline": Permission.ORDERS_READ,
        "cancel": Permission.ORDERS_WRITE,
        "hold": Permission.ORDERS_WRITE,
        "release": Permission.ORDERS_WRITE,
    }
    parameters = {"timeline": ("limit", "cursor")}
    serializer_class = OrderSummaryOut
    filterset_class = OrderFilters

    def get_queryset(self) -> QuerySet[Order]:
        return orders()

    @extend_schema(responses={200: OrderOut})
    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        """One order with its lines, the groups its units are in, and its holds."""
        return self._shown(self.id_in_path)

    @extend_schema(responses={200: EventOut(many=True)})
    def timeline(self, _request: ApiRequest, **_path: str) -> Response:
        """What happened to the order, in its own order."""
        order = get_order(self.id_in_path)
        return self.page(timeline(subject_type=SUBJECT, subject_id=order.pk), EventOut)

    @extend_schema(request=CancelIn, responses={200: OrderOut})
    def cancel(self, request: ApiRequest, **_path: str) -> Response:
        """Cancel all units that have not left, or the given quantities; their stock is given back."""
        order_id = get_order(self.id_in_path).pk
        body = self.read(CancelIn)
        quantities = _by_line(order_id, body["lines"]) if "lines" in body else None
        cancel_units(
            order_id=order_id,
            now=timezone.now(),
            reason=body["reason"],
            quantities=quantities,
            actor=request.access.actor,
        )
        return self._shown(order_id)

    @extend_schema(request=HoldIn, responses={200: OrderOut})
    def hold(self, request: ApiRequest, **_path: str) -> Response:
        """Keep the units that nobody has picked from being prepared; they keep their stock."""
        hold_order(order_id=self.id_in_path, now=timezone.now(), actor=request.access.actor, **self.read(HoldIn))
        return self._shown(self.id_in_path)

    @extend_schema(request=ReleaseIn, responses={200: OrderOut})
    def release(self, request: ApiRequest, **_path: str) -> Response:
        """End the order's holds; when none is left, its units are routed."""
        release_holds(order_id=self.id_in_path, now=timezone.now(), actor=request.access.actor, **self.read(ReleaseIn))
        return self._shown(self.id_in_path)

    def _shown(self, order_id: UUID) -> Response:
        return Response(show(OrderOut, order_detail(order_id)))


def _by_line(order_id: UUID, asked: Iterable[dict[str, Any]]) -> dict[UUID, int]:
    """Quantities by line as it was sold; a SKU stands for its line as long as there is one. Raises ValidationError."""
    lines = [sold.row for sold in sold_lines([order_id])]
    quantities: dict[UUID, int] = {}
    for index, each in enumerate(asked):
        mine = [line.pk for line in lines if line.pk == each.get("line") or line.sku.code == each.get("sku")]
        if len(mine) != 1:
            sentence = "The order has no such line." if not mine else "Several lines have this SKU: name the line."
            raise ValidationError({"lines": [{} for _before in range(index)] + [{"line": [sentence]}]})
        quantities[mine[0]] = quantities.get(mine[0], 0) + each["quantity"]
    return quantities
