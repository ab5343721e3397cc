from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.db import transaction

from oms.events.services import record
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.events import FULFILMENT_CANCELLED, SUBJECT
from oms.fulfilment.locks import lock_open_of_orders
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.services.refuse import shrink
from oms.fulfilment.services.units import write_lines
from oms.orders.enums import UnitState
from oms.orders.queries import unit_groups
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID


@transaction.atomic
def withdraw(*, order_ids: Collection[UUID], now: datetime) -> int:
    """Take off the locations' work whatever is no longer theirs: units that were cancelled or held meanwhile.

    Compares each open fulfilment order with the units that still name it; running it again changes nothing.
    Return how many fulfilment orders changed.
    """
    rows = lock_open_of_orders(order_ids)
    groups = [
        group
        for group in unit_groups([row.order_id for row in rows])
        if group.work_id and group.state != UnitState.CANCELLED
    ]
    left: dict[tuple[UUID, UUID], int] = {}
    picked: dict[tuple[UUID, UUID], int] = {}
    for group in groups:
        key = (cast("UUID", group.work_id), group.line_id)
        left[key] = left.get(key, 0) + group.quantity
        if group.state != UnitState.ASSIGNED:
            picked[key] = picked.get(key, 0) + group.quantity
    return sum(_shrink_to(row, left, picked, now) for row in rows)


def _shrink_to(
    row: FulfilmentOrder, left: Mapping[tuple[UUID, UUID], int], picked: Mapping[tuple[UUID, UUID], int], now: datetime
) -> int:
    lines = list(FulfilmentLine.objects.filter(fulfilment_id=row.pk))
    changed = [line for line in lines if line.quantity != left.get((row.pk, line.line_id), 0)]
    if not changed:
        return 0
    gone = 0
    for line in changed:
        gone += line.quantity - left.get((row.pk, line.line_id), 0)
        line.quantity = left.get((row.pk, line.line_id), 0)
        line.picked = picked.get((row.pk, line.line_id), 0)
    write_lines(changed)
    shrink(row, gone, FulfilmentState.CANCELLED, now)
    row.save(update_fields=["units", "state", "closed_at"])
    record(
        FULFILMENT_CANCELLED,
        SUBJECT,
        row.order_id,
        {"fulfilment": str(row.pk), "location": str(row.location_id), "units": gone},
        SYSTEM,
    )
    return 1
