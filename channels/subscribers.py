"""Reactions to what the rooms below tell."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from channels.models import Listing
from channels.queries import connections
from channels.services import mark_all_dirty, mark_dirty, queue_commands
from channels.services.listings import recognise
from channels.services.reports import reports_of
from inventory.events import SKUS_CHANGED, STOCK_CHANGED, VIEW_CHANGED
from oms.events.registry import subscribe
from oms.fulfilment.events import FULFILMENT_COLLECTED, FULFILMENT_READY, FULFILMENT_SHIPPED
from oms.orders.events import UNITS_CANCELLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from oms.events.types import DeliveredEvent


@subscribe(STOCK_CHANGED, name="channels.mark_dirty", queue="stock", batch=500)
def mark_changed_stock(batch: Sequence[DeliveredEvent]) -> None:
    """Every channel that offers a SKU is owed its number, from the moment the stock moved."""
    since: dict[UUID, datetime] = {}
    for event in batch:
        for sku in event.payload["skus"]:
            since.setdefault(UUID(sku), event.recorded_at)
    mark_dirty(since=since)


@subscribe(VIEW_CHANGED, name="channels.compare_view", queue="default")
def compare_after_view_change(batch: Sequence[DeliveredEvent]) -> None:
    """What a view's channels may sell is compared with what they were told."""
    views = {event.subject_id for event in batch}
    codes = {event.payload["code"] for event in batch}
    for connection in connections():
        view = connection.channel.stock_view
        if (view.pk in views) if view else ("all" in codes):
            mark_all_dirty(connection_id=connection.pk, now=timezone.now(), again=False)


@subscribe(SKUS_CHANGED, name="channels.recognise", queue="default")
def recognise_new_skus(_batch: Sequence[DeliveredEvent]) -> None:
    """Listings whose SKU did not exist yet may be linked now."""
    waiting = set(
        Listing.objects.filter(sku=None, withdrawn_at=None).values_list("connection_id", flat=True).distinct()
    )
    for connection in connections().filter(pk__in=waiting):
        recognise(connection_id=connection.pk, now=timezone.now())


@subscribe(
    FULFILMENT_SHIPPED,
    FULFILMENT_COLLECTED,
    FULFILMENT_READY,
    UNITS_CANCELLED,
    name="channels.report",
    queue="critical",
)
def report_to_channels(batch: Sequence[DeliveredEvent]) -> None:
    """The channel learns what became of its order."""
    queue_commands(commands=reports_of(batch, now=timezone.now()))
