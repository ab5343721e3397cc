"""Reactions to what this room itself tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from oms.events.registry import subscribe
from oms.orders.events import UNITS_CANCELLED
from oms.orders.services import cancel_broken_kits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.events.types import DeliveredEvent


@subscribe(UNITS_CANCELLED, name="orders.cancel_broken_kits", queue="default")
def cancel_what_is_left_of_kits(batch: Sequence[DeliveredEvent]) -> None:
    """Nobody wants the rest of a kit of which one part will never come."""
    reasons = {event.subject_id: event.payload["reason"] for event in batch}
    for order_id in sorted(reasons):
        cancel_broken_kits(order_id=order_id, reason=reasons[order_id], now=timezone.now())
