from __future__ import annotations

from typing import TYPE_CHECKING

from inventory.services import release
from oms.events.services import record
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.events import FULFILMENT_EXPIRED, SUBJECT
from oms.fulfilment.locks import lock_fulfilment, unanswered
from oms.fulfilment.services.units import move_work
from oms.orders.enums import UnitState
from oms.tenancy.context import tenant_scope
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


def expire_unanswered(*, tenant_id: UUID, now: datetime, limit: int = 200) -> int:
    """Take work back from locations that did not answer in time, each in a transaction of its own; return how many."""
    with tenant_scope(tenant_id):
        waiting = unanswered(now=now, limit=limit)
    done = 0
    for fulfilment_id in waiting:
        with tenant_scope(tenant_id):
            done += _expire(fulfilment_id, now)
    return done


def _expire(fulfilment_id: UUID, now: datetime) -> int:
    row, lines = lock_fulfilment(fulfilment_id)
    if row.state != FulfilmentState.TO_ACCEPT or row.accept_by > now:
        return 0
    quantities = {line.line_id: line.quantity for line in lines if line.quantity}
    moved = move_work(row, quantities, before=UnitState.ASSIGNED, after=UnitState.PENDING, now=now, reason="EXPIRED")
    release(holder_ids=[each.group_id for each in moved], now=now)
    row.state, row.closed_at = FulfilmentState.EXPIRED, now
    row.save(update_fields=["state", "closed_at"])
    payload = {
        "fulfilment": str(row.pk),
        "location": str(row.location_id),
        "groups": [str(each.group_id) for each in moved],
        "skus": sorted({str(line.sku_id) for line in lines}),
    }
    record(FULFILMENT_EXPIRED, SUBJECT, row.order_id, payload, SYSTEM)
    return 1
