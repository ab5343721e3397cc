"""Reactions to what the room itself tells: buffers follow what their rules look at."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone

from inventory.events import SKUS_CHANGED, STOCK_CHANGED
from inventory.services import follow_changes
from oms.events.registry import subscribe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oms.events.types import DeliveredEvent


@subscribe(STOCK_CHANGED, SKUS_CHANGED, name="inventory.follow_changes", queue="default", batch=50)
def let_buffers_follow(batch: Sequence[DeliveredEvent]) -> None:
    """The buffers of SKUs that changed, or of which levels did, are what the rules say again."""
    # A file of SKUs names its first ones only.
    more = any(event.payload.get("count", 0) > len(event.payload["skus"]) for event in batch)
    sku_ids = {UUID(sku) for event in batch for sku in event.payload["skus"]}
    follow_changes(sku_ids=sku_ids, and_more=more, now=timezone.now())
