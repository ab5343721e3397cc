"""Reactions to what happens to orders and to work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from oms.events.registry import subscribe
from oms.fulfilment.events import FULFILMENT_PACKED, FULFILMENT_REFUSED
from oms.fulfilment.services import learn_from_work, withdraw
from oms.orders.events import ORDER_HELD, UNITS_CANCELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.events.types import DeliveredEvent


@subscribe(UNITS_CANCELLED, ORDER_HELD, name="fulfilment.withdraw", queue="critical")
def withdraw_cancelled_work(batch: Sequence[DeliveredEvent]) -> None:
    """Cancelled and held units leave the locations' queues."""
    withdraw(order_ids=sorted({event.subject_id for event in batch}), now=timezone.now())


@subscribe(FULFILMENT_PACKED, FULFILMENT_REFUSED, name="fulfilment.learn_from_work", queue="default", batch=200)
def learn_what_work_showed(batch: Sequence[DeliveredEvent]) -> None:
    """What was packed was there; what could not be had was not."""
    learn_from_work(batch=batch)
