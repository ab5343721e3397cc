from __future__ import annotations

from typing import TYPE_CHECKING

from inventory.events import STOCK_CHANGED, STOCK_SHORT
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

PER_EVENT = 500
# Whoever serves a deficit locks the orders of all its levels.
SHORT_PER_EVENT = 20


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


def stock_short(level_ids: Iterable[UUID]) -> None:
    """Tell the rooms above which levels can no longer serve what is reserved of them."""
    distinct = sorted({str(level_id) for level_id in level_ids})
    parts = [distinct[start : start + SHORT_PER_EVENT] for start in range(0, len(distinct), SHORT_PER_EVENT)]
    record_many([NewEvent(STOCK_SHORT, "stock", new_id(), {"levels": part}) for part in parts])
