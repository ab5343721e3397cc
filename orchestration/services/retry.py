"""Units that wait and get another chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from inventory.queries import skus_in_stock, skus_to_come
from oms.events.services import record
from oms.orders.enums import UnitState
from oms.orders.queries import groups_by_id, orders_to_route, orders_waiting_for
from oms.tenancy.models import new_id
from orchestration.events import MORE_WAITING
from orchestration.services.exclude import exclude
from orchestration.services.route import route_orders

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from orchestration.types import Refusal

WAITING_FOR_STOCK = (UnitState.PARKED, UnitState.BACKORDERED)
BATCH = 50


@transaction.atomic
def route_refused(*, refusals: Sequence[Refusal], now: datetime, trigger: str) -> None:
    """Route refused units again, elsewhere."""
    for each in refusals:
        exclude(order_id=each.order_id, location_id=each.location_id, sku_ids=each.sku_ids, reason=each.reason, now=now)
    route_orders(order_ids={each.order_id for each in refusals}, now=now, trigger=trigger)


@transaction.atomic
def route_parked(*, sku_ids: Collection[UUID], now: datetime, after: UUID | None = None) -> int:
    """Try again the units that wait for these SKUs, where there is some to sell or to wait for; return how many orders were tried.

    The most urgent are tried first; an event hands those that follow `after` them to a transaction of their own.
    """
    there = skus_in_stock(sku_ids) | skus_to_come(sku_ids)
    waiting = orders_waiting_for(there, WAITING_FOR_STOCK, limit=BATCH, after=after) if there else []
    if waiting:
        route_orders(order_ids=waiting, now=now, trigger="stock.changed", states=WAITING_FOR_STOCK)
    if len(waiting) == BATCH:
        skus = sorted(str(sku_id) for sku_id in there)
        record(MORE_WAITING, "stock", new_id(), {"skus": skus, "after": str(waiting[-1])})
    return len(waiting)


@transaction.atomic
def route_settled(*, holder_ids: Collection[UUID], now: datetime) -> None:
    """Route units whose supply has arrived, which is reserved for them, or will not come."""
    orders = {group.order_id for group in groups_by_id(holder_ids) if group.state in WAITING_FOR_STOCK}
    if orders:
        route_orders(order_ids=orders, now=now, trigger="stock.changed", states=WAITING_FOR_STOCK)


def route_waiting(*, now: datetime) -> int:
    """Route what no event has routed: the net under the outbox. Return how many orders."""
    waiting = orders_to_route(BATCH)
    if waiting:
        route_orders(order_ids=waiting, now=now, trigger="sweep")
    return len(waiting)
