"""Reactions to what the rooms below tell."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from inventory.events import STOCK_CHANGED, STOCK_SHORT, SUPPLY_SETTLED
from oms.events.registry import subscribe
from oms.fulfilment.events import FULFILMENT_EXPIRED, FULFILMENT_REFUSED
from oms.orders.events import ORDER_RELEASED
from orchestration.events import MORE_WAITING
from orchestration.services import route_orders, route_parked, route_refused, route_settled, serve_short
from orchestration.types import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.events.types import DeliveredEvent


@subscribe(ORDER_RELEASED, name="orchestration.route_released", queue="critical")
def route_released(batch: Sequence[DeliveredEvent]) -> None:
    """Units that are no longer held find their location."""
    route_orders(order_ids={event.subject_id for event in batch}, now=timezone.now(), trigger="order.released")


@subscribe(FULFILMENT_REFUSED, name="orchestration.route_refused", queue="critical")
def route_what_was_refused(batch: Sequence[DeliveredEvent]) -> None:
    """What a location could not serve goes elsewhere."""
    route_refused(refusals=[_refusal(event) for event in batch], now=timezone.now(), trigger=FULFILMENT_REFUSED)


@subscribe(FULFILMENT_EXPIRED, name="orchestration.route_expired", queue="critical")
def route_what_was_not_answered(batch: Sequence[DeliveredEvent]) -> None:
    """What a location did not answer for goes elsewhere."""
    route_refused(refusals=[_refusal(event) for event in batch], now=timezone.now(), trigger=FULFILMENT_EXPIRED)


def _refusal(event: DeliveredEvent) -> Refusal:
    return Refusal(
        event.subject_id,
        UUID(event.payload["location"]),
        frozenset(UUID(each) for each in event.payload["skus"]),
        event.payload.get("reason", "EXPIRED"),
    )


@subscribe(STOCK_CHANGED, name="orchestration.retry_parked", queue="default", batch=200)
def retry_parked(batch: Sequence[DeliveredEvent]) -> None:
    """Parked and backordered units are tried again when there is more to sell; stock that falls helps none of them."""
    # An event of an earlier release does not say what was freed.
    freed = {UUID(sku) for event in batch for sku in event.payload.get("freed", event.payload["skus"])}
    if freed:
        route_parked(sku_ids=freed, now=timezone.now())


@subscribe(SUPPLY_SETTLED, name="orchestration.route_settled", queue="critical", batch=20)
def route_what_was_settled(batch: Sequence[DeliveredEvent]) -> None:
    """What came for somebody is prepared; what will not come is sought elsewhere."""
    holders = {UUID(each) for event in batch for each in event.payload["holders"]}
    route_settled(holder_ids=holders, now=timezone.now())


@subscribe(MORE_WAITING, name="orchestration.retry_more", queue="default", batch=1)
def retry_more(batch: Sequence[DeliveredEvent]) -> None:
    """One at a time: each locks orders, and they come before levels."""
    for event in batch:
        skus = {UUID(sku) for sku in event.payload["skus"]}
        route_parked(sku_ids=skus, now=timezone.now(), after=UUID(event.payload["after"]))


@subscribe(STOCK_SHORT, name="orchestration.serve_short", queue="critical", batch=1)
def serve_what_fell_short(batch: Sequence[DeliveredEvent]) -> None:
    """Orders that a level can no longer serve are served from elsewhere. One event at a time: each locks orders."""
    for event in batch:
        serve_short(level_ids=[UUID(each) for each in event.payload["levels"]], now=timezone.now())
