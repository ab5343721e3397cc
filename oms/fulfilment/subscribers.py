"""Reactions to what happens to orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from oms.events.registry import subscribe
from oms.fulfilment.services import withdraw
from oms.orders.events import ORDER_HELD, UNITS_CANCELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.events.types import DeliveredEvent


@subscribe(UNITS_CANCELLED, ORDER_HELD, name="fulfilment.withdraw", queue="critical")
def withdraw_cancelled_work(batch: Sequence[DeliveredEvent]) -> None:
    """Cancelled and held units leave the locations' queues."""
    withdraw(order_ids=sorted({event.subject_id for event in batch}), now=timezone.now())
