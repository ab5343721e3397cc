from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orchestration.models import Exclusion

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

EXCLUDED_FOR = timedelta(days=7)


def exclude(*, order_id: UUID, location_id: UUID, sku_ids: Collection[UUID], reason: str, now: datetime) -> Exclusion:
    """Do not ask this location for these SKUs of the order again for a week."""
    return Exclusion.objects.create(
        order_id=order_id,
        location_id=location_id,
        sku_ids=list(sku_ids),
        reason=reason,
        since=now,
        until=now + EXCLUDED_FOR,
    )
