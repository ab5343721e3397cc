from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from oms.orders.api.serializers import OrderIn, OrderSummaryOut
from oms.orders.api.viewsets import OrderViewSet
from oms.orders.queries import channels_by_code, get_order, summaries
from oms.orders.types import Intake, NewOrder
from oms.rest.serializers import parse, show, show_each
from oms.rest.together import Answer, Together
from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from orchestration.api.intake import to_new_order, to_outcome
from orchestration.api.serializers import BulkOut, DecisionOut, DecisionsOut, OrdersIn, PlacedOrderOut
from orchestration.queries import decisions_of
from orchestration.services import place_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpResponse

    from oms.orders.models import Order
    from oms.rest.requests import ApiRequest
    from oms.tenancy.types import Actor


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
    outside = frozenset({"create"})

    @extend_schema(request=OrderIn, responses={201: PlacedOrderOut, 200: PlacedOrderOut})
    def create(self, request: ApiRequest) -> Response | HttpResponse:
        """Place one order. The same (channel, external id) again gives 200 and the order as it is."""
        return _PLACING.respond(request, self.read(OrderIn))

    @extend_schema(request=OrdersIn, responses={200: BulkOut})
    def bulk(self, request: ApiRequest) -> Response:
        """Place up to 500 orders at once; each is accepted or refused alone, and `results` says which, in their order."""
        now = timezone.now()
        bodies = self.read(OrdersIn)["orders"]
        known = channels_by_code(body["channel"] for body in bodies if isinstance(body.get("channel"), str))
        asked = [_attempt(body, lambda each: to_new_order(parse(OrderIn, each), known, now=now)) for body in bodies]
        outcomes = _place(asked, now=now, actor=request.access.actor)
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


def _serve(bodies: Sequence[dict[str, Any]], actor: Actor) -> list[Answer | Exception]:
    """Place the orders of valid bodies; what each request is answered."""
    now = timezone.now()
    known = channels_by_code(body["channel"] for body in bodies)
    asked = [_attempt(body, lambda each: to_new_order(each, known, now=now)) for body in bodies]
    outcomes = _place(asked, now=now, actor=actor)
    placed = [each.order_id for each in outcomes if isinstance(each, Intake) and each.order_id is not None]
    rows = summaries(placed)
    return [_answer(each, rows) if isinstance(each, Intake) else each for each in outcomes]


_PLACING = Together(_serve)


def _answer(placed: Intake, rows: Mapping[UUID, Order]) -> Answer | Exception:
    if placed.order_id is None:
        return cast("Exception", placed.refusal)
    code = status.HTTP_201_CREATED if placed.created else status.HTTP_200_OK
    return Answer(code, {**show(OrderSummaryOut, rows[placed.order_id]), "created": placed.created})


def _place(asked: Sequence[NewOrder | Exception], *, now: datetime, actor: Actor) -> list[Intake | Exception]:
    """What became of each order; what is none already stays as it is."""
    good = [each for each in asked if isinstance(each, NewOrder)]
    placed = iter(place_orders(orders=good, now=now, actor=actor))
    return [next(placed) if isinstance(each, NewOrder) else each for each in asked]


def _attempt(body: dict[str, Any], read: Callable[[dict[str, Any]], NewOrder]) -> NewOrder | Exception:
    """The body as an order, or the reason it is none."""
    try:
        return read(body)
    except (ValidationError, OmsError) as refusal:
        return refusal
