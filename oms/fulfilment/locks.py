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

    Locked = tuple[FulfilmentOrder, list[FulfilmentLine]]


def lock_fulfilment(fulfilment_id: UUID) -> Locked:
    """The fulfilment order and its lines, under its order's lock. Raises FulfilmentNotFound."""
    (locked,) = lock_wave([fulfilment_id])
    return locked


def lock_wave(fulfilment_ids: Iterable[UUID]) -> list[Locked]:
    """Fulfilment orders with their lines, under their orders' locks; the answer follows the ids, each once.

    Raises FulfilmentNotFound.
    """
    wanted = list(dict.fromkeys(fulfilment_ids))
    owners = dict(FulfilmentOrder.objects.filter(pk__in=wanted).values_list("pk", "order_id"))
    if any(each not in owners for each in wanted):
        raise FulfilmentNotFound
    lock_for_work(order_ids=set(owners.values()))
    rows = FulfilmentOrder.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted)
    found = {row.pk: (row, list[FulfilmentLine]()) for row in rows.order_by("pk")}
    lines = FulfilmentLine.objects.filter(fulfilment_id__in=wanted)
    for line in lines.order_by("line__position", "pk"):
        found[line.fulfilment_id][1].append(line)
    return [found[each] for each in wanted]


def lock_neighbours(fulfilment_id: UUID) -> set[UUID]:
    """The order of this work and those of its location's other open work with one of its SKUs, locked together.

    Whoever changes them one after another must hold them all first: the others wait for these orders or for their stock.
    """
    mine = FulfilmentLine.objects.filter(fulfilment_id=fulfilment_id)
    others = FulfilmentLine.objects.filter(
        fulfilment__location_id__in=mine.values("fulfilment__location_id"),
        fulfilment__state__in=OPEN_STATES,
        sku_id__in=mine.values("sku_id"),
    )
    return {order.pk for order in lock_for_work(order_ids=others.values_list("fulfilment__order_id", flat=True))}


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
