from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oms.events.services import record
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.errors import WrongState
from oms.fulfilment.events import FULFILMENT_ACCEPTED, SUBJECT
from oms.fulfilment.locks import lock_fulfilment
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oms.fulfilment.models import FulfilmentOrder


@transaction.atomic
def accept(*, fulfilment_id: UUID, now: datetime, actor: Actor = SYSTEM) -> FulfilmentOrder:
    """The location takes the work; accepting twice is a no-op. Raises FulfilmentNotFound, WrongState."""
    row, _lines = lock_fulfilment(fulfilment_id)
    if row.state == FulfilmentState.ACCEPTED:
        return row
    if row.state != FulfilmentState.TO_ACCEPT:
        raise WrongState(row.state)
    row.state, row.accepted_at = FulfilmentState.ACCEPTED, now
    row.save(update_fields=["state", "accepted_at"])
    record(
        FULFILMENT_ACCEPTED, SUBJECT, row.order_id, {"fulfilment": str(row.pk), "location": str(row.location_id)}, actor
    )
    return row
