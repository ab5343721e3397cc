from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from oms.orders.api.serializers import OrderIn, OrderSummaryOut
from oms.orders.api.viewsets import OrderViewSet
from oms.orders.queries import channels, get_order, orders
from oms.rest.serializers import parse, show, show_each
from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from orchestration.api.intake import to_new_order, to_outcome
from orchestration.api.serializers import BulkOut, DecisionOut, DecisionsOut, OrdersIn, PlacedOrderOut
from orchestration.queries import decisions_of
from orchestration.services import place_orders

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.orders.types import Intake, NewOrder
    from oms.rest.requests import ApiRequest

    Outcome = NewOrder | Intake | Exception


class PlacedOrderViewSet(OrderViewSet):
    """Orders: accepted once, reserved and given to a location in the same transaction."""

    permissions = {
        **OrderViewSet.permissions,
        "create": Permission.ORDERS_WRITE,
        "bulk": Permission.ORDERS_WRITE,
        "decisions": Permission.ROUTING_READ,
    }
    costs = {"bulk": 20}
    large = frozenset({"bulk"})

    @extend_schema(request=OrderIn, responses={201: PlacedOrderOut, 200: PlacedOrderOut})
    def create(self, request: ApiRequest) -> Response:
        """Place one order. The same (channel, external id) again gives 200 and the order as it is."""
        now = timezone.now()
        body = self.read(OrderIn)
        order = to_new_order(body, _channels([body["channel"]]), now=now)
        (placed,) = place_orders(orders=[order], now=now, actor=request.access.actor)
        if placed.refusal is not None:
            raise placed.refusal
        row = orders().filter(external_id=order.external_id, channel_id=order.channel_id).get()
        answer = {**show(OrderSummaryOut, row), "created": placed.created}
        return Response(answer, status=status.HTTP_201_CREATED if placed.created else status.HTTP_200_OK)

    @extend_schema(request=OrdersIn, responses={200: BulkOut})
    def bulk(self, request: ApiRequest) -> Response:
        """Place up to 500 orders at once; each is accepted or refused alone, and `results` says which, in their order."""
        now = timezone.now()
        bodies = self.read(OrdersIn)["orders"]
        outcomes = _read_each(bodies, now)
        good = [index for index, outcome in enumerate(outcomes) if not isinstance(outcome, Exception)]
        placed = place_orders(orders=[outcomes[index] for index in good], now=now, actor=request.access.actor)
        for index, intake in zip(good, placed, strict=True):
            outcomes[index] = intake
        results = [
            to_outcome(index, body, outcome, request.path)
            for index, (body, outcome) in enumerate(zip(bodies, outcomes, strict=True))
        ]
        created = sum(each["created"] for each in results)
        refused = sum(each["problem"] is not None for each in results)
        known = len(results) - created - refused
        return Response({"created": created, "known": known, "refused": refused, "results": results})

    @extend_schema(responses={200: DecisionsOut})
    def decisions(self, _request: ApiRequest, **_path: str) -> Response:
        """Why the order's units go where they go, newest decision first."""
        order = get_order(self.id_in_path)
        found = show_each(DecisionOut, decisions_of(order.pk))
        return Response({"results": found, "next": None, "previous": None})


def _channels(codes: Iterable[str]) -> dict[str, tuple[UUID, str]]:
    rows = channels().filter(code__in=set(codes)).values_list("code", "pk", "currency")
    return {code: (channel_id, currency) for code, channel_id, currency in rows}


def _read_each(bodies: Sequence[dict[str, Any]], now: datetime) -> list[Any]:
    """Each body as an order, or the reason it is none."""
    known = _channels(body["channel"] for body in bodies if isinstance(body.get("channel"), str))
    outcomes: list[Outcome] = []
    for body in bodies:
        try:
            outcomes.append(to_new_order(parse(OrderIn, body), known, now=now))
        except (ValidationError, OmsError) as refusal:
            outcomes.append(refusal)
    return outcomes
