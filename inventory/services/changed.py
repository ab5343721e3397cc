from __future__ import annotations

from typing import TYPE_CHECKING

from inventory.events import STOCK_CHANGED
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

PER_EVENT = 500


def stock_changed(sku_ids: Iterable[UUID], *, freed: Collection[UUID] = ()) -> None:
    """Tell the rooms above whose availability may have moved, and where it rose; once per batch of levels."""
    distinct = sorted({str(sku_id) for sku_id in sku_ids})
    rose = {str(sku_id) for sku_id in freed}
    events = []
    for start in range(0, len(distinct), PER_EVENT):
        skus = distinct[start : start + PER_EVENT]
        payload = {"skus": skus, "freed": [sku_id for sku_id in skus if sku_id in rose]}
        events.append(NewEvent(STOCK_CHANGED, "stock", new_id(), payload))
    record_many(events)
