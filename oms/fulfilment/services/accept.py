from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.errors import WrongState
from oms.fulfilment.events import FULFILMENT_ACCEPTED, SUBJECT
from oms.fulfilment.locks import lock_wave
from oms.fulfilment.models import FulfilmentOrder
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID


def accept(*, fulfilment_id: UUID, now: datetime, actor: Actor = SYSTEM) -> FulfilmentOrder:
    """The location takes the work; accepting twice is a no-op. Raises FulfilmentNotFound, WrongState."""
    return accept_wave(fulfilment_ids=[fulfilment_id], now=now, actor=actor)[0]


@transaction.atomic
def accept_wave(*, fulfilment_ids: Collection[UUID], now: datetime, actor: Actor = SYSTEM) -> list[FulfilmentOrder]:
    """Accept many works at once, all or none; the answer follows the ids. Raises FulfilmentNotFound, WrongState."""
    rows = [row for row, _lines in lock_wave(fulfilment_ids)]
    fresh = [row for row in rows if row.state != FulfilmentState.ACCEPTED]
    for row in fresh:
        if row.state != FulfilmentState.TO_ACCEPT:
            raise WrongState(row)
        row.state, row.accepted_at = FulfilmentState.ACCEPTED, now
    FulfilmentOrder.objects.filter(pk__in=[row.pk for row in fresh]).update(
        state=FulfilmentState.ACCEPTED, accepted_at=now
    )
    record_many(
        [
            NewEvent(
                FULFILMENT_ACCEPTED,
                SUBJECT,
                row.order_id,
                {"fulfilment": str(row.pk), "location": str(row.location_id)},
                actor,
            )
            for row in fresh
        ]
    )
    return rows
