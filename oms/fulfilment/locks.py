"""Every lock of the room. Order everywhere: the orders first, then their fulfilment orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oms.fulfilment.enums import OPEN_STATES, FulfilmentState
from oms.fulfilment.errors import FulfilmentNotFound
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.orders.services import lock_for_work

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID


def lock_fulfilment(fulfilment_id: UUID) -> tuple[FulfilmentOrder, list[FulfilmentLine]]:
    """The fulfilment order and its lines, under its order's lock. Raises FulfilmentNotFound."""
    order_id = FulfilmentOrder.objects.filter(pk=fulfilment_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise FulfilmentNotFound
    lock_for_work(order_ids=[order_id])
    row = (
        FulfilmentOrder.objects.select_for_update(of=("self",), no_key=True)
        .select_related("location", "order")
        .get(pk=fulfilment_id)
    )
    return row, list(
        FulfilmentLine.objects.filter(fulfilment_id=row.pk)
        .select_related("sku", "line")
        .order_by("line__position", "pk")
    )


def lock_open_of_orders(order_ids: Iterable[UUID]) -> list[FulfilmentOrder]:
    """The open fulfilment orders of these orders, under the orders' locks."""
    wanted = list(order_ids)
    lock_for_work(order_ids=wanted)
    rows = FulfilmentOrder.objects.select_for_update(of=("self",), no_key=True).filter(
        order_id__in=wanted, state__in=OPEN_STATES
    )
    return list(rows.order_by("pk"))


def unanswered(*, now: datetime, limit: int) -> list[UUID]:
    """Fulfilment orders whose time to answer is over; not locked, because their order must be locked first."""
    rows = FulfilmentOrder.objects.filter(state=FulfilmentState.TO_ACCEPT, accept_by__lte=now).order_by(
        "accept_by", "pk"
    )
    return list(rows.values_list("pk", flat=True)[:limit])
