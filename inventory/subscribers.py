"""Reactions to what the room itself tells: buffers follow what their rules look at, counts teach how sure stock is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from inventory.enums import CountState
from inventory.events import CONFIDENCE_CHANGED, COUNT_CHANGED, SKUS_CHANGED, STOCK_CHANGED
from inventory.services import follow_changes, learn_from_counts
from oms.events.registry import subscribe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.events.types import DeliveredEvent


@subscribe(STOCK_CHANGED, SKUS_CHANGED, CONFIDENCE_CHANGED, name="inventory.follow_changes", queue="default", batch=50)
def let_buffers_follow(batch: Sequence[DeliveredEvent]) -> None:
    """The buffers of SKUs that changed, or of which levels did, are what the rules say again."""
    # A file of SKUs names its first ones only.
    more = any(event.payload.get("count", 0) > len(event.payload["skus"]) for event in batch)
    sku_ids = {UUID(sku) for event in batch for sku in event.payload["skus"]}
    follow_changes(sku_ids=sku_ids, and_more=more, now=timezone.now())


@subscribe(COUNT_CHANGED, name="inventory.learn_from_counts", queue="default")
def learn_from_posted_counts(batch: Sequence[DeliveredEvent]) -> None:
    """What was counted showed whether the figures were right."""
    learn_from_counts(count_ids={event.subject_id for event in batch if event.payload["state"] == CountState.POSTED})
