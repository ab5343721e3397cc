from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from inventory.enums import MovementReason, ReservationState
from inventory.events import RESERVATION_EXPIRED
from inventory.locks import lock_expired
from inventory.services.settle import end
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def expire_reservations(*, now: datetime, limit: int = 500) -> int:
    """End the baskets that ran out, at most `limit` at a time; return how many."""
    rows = lock_expired(now=now, limit=limit)
    end(rows=rows, state=ReservationState.EXPIRED, reason=MovementReason.RELEASE, now=now, actor=SYSTEM)
    record_many([NewEvent(RESERVATION_EXPIRED, "reservation", row.pk, {"reference": row.reference}) for row in rows])
    return len(rows)
