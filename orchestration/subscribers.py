"""Reactions to what the rooms below tell."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from inventory.events import STOCK_CHANGED
from oms.events.registry import subscribe
from oms.fulfilment.events import FULFILMENT_EXPIRED, FULFILMENT_REFUSED
from oms.orders.events import ORDER_RELEASED
from orchestration.services import route_after_refusal, route_orders, route_parked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.events.types import DeliveredEvent


@subscribe(ORDER_RELEASED, name="orchestration.route_released", queue="critical")
def route_released(batch: Sequence[DeliveredEvent]) -> None:
    """Units that are no longer held find their location."""
    route_orders(order_ids={event.subject_id for event in batch}, now=timezone.now(), trigger="order.released")


@subscribe(FULFILMENT_REFUSED, FULFILMENT_EXPIRED, name="orchestration.route_refused", queue="critical")
def route_refused(batch: Sequence[DeliveredEvent]) -> None:
    """What a location could not serve goes elsewhere."""
    for event in sorted(batch, key=lambda each: each.subject_id):
        route_after_refusal(
            order_id=event.subject_id,
            location_id=UUID(event.payload["location"]),
            sku_ids=[UUID(each) for each in event.payload["skus"]],
            reason=event.payload.get("reason", "EXPIRED"),
            now=timezone.now(),
            trigger=event.kind,
        )


@subscribe(STOCK_CHANGED, name="orchestration.retry_parked", queue="default", batch=200)
def retry_parked(batch: Sequence[DeliveredEvent]) -> None:
    """Parked and backordered units are tried again when there is something to sell."""
    route_parked(sku_ids={UUID(sku) for event in batch for sku in event.payload["skus"]}, now=timezone.now())
