from __future__ import annotations

from typing import TYPE_CHECKING

from inventory.events import STOCK_CHANGED
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

PER_EVENT = 500


def stock_changed(sku_ids: Iterable[UUID]) -> None:
    """Tell the rooms above whose availability may have moved; once per batch, whatever the number of levels."""
    distinct = sorted({str(sku_id) for sku_id in sku_ids})
    record_many(
        [
            NewEvent(STOCK_CHANGED, "stock", new_id(), {"skus": distinct[start : start + PER_EVENT]})
            for start in range(0, len(distinct), PER_EVENT)
        ]
    )
