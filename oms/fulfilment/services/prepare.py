from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oms.events.services import record
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.errors import InvalidPick, NotAllPicked, WrongState
from oms.fulfilment.events import FULFILMENT_PACKED, FULFILMENT_PICKED, SUBJECT
from oms.fulfilment.locks import lock_fulfilment
from oms.fulfilment.models import FulfilmentLine
from oms.fulfilment.services.refuse import refuse
from oms.fulfilment.services.units import move_work
from oms.orders.enums import UnitState
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from oms.fulfilment.models import FulfilmentOrder

WORKABLE = (FulfilmentState.TO_ACCEPT, FulfilmentState.ACCEPTED, FulfilmentState.PICKING)


@transaction.atomic
def pick(*, fulfilment_id: UUID, picked: Mapping[UUID, int], now: datetime, actor: Actor = SYSTEM) -> FulfilmentOrder:
    """Set how many units of each line are picked so far; a line that is not named keeps its count.

    Work that was not accepted is accepted by picking it. Raises FulfilmentNotFound, WrongState, InvalidPick.
    """
    row, lines = lock_fulfilment(fulfilment_id)
    if row.state not in WORKABLE:
        raise WrongState(row.state)
    _check(lines, picked)
    changes = [line for line in lines if picked.get(line.pk, line.picked) != line.picked]
    more = {line.line_id: picked[line.pk] - line.picked for line in changes if picked[line.pk] > line.picked}
    fewer = {line.line_id: line.picked - picked[line.pk] for line in changes if picked[line.pk] < line.picked}
    move_work(row, more, before=(UnitState.ASSIGNED,), after=UnitState.PICKED, now=now)
    move_work(row, fewer, before=(UnitState.PICKED,), after=UnitState.ASSIGNED, now=now)
    for line in changes:
        line.picked = picked[line.pk]
    FulfilmentLine.objects.bulk_update(changes, ["picked"])
    row.state, row.accepted_at = FulfilmentState.PICKING, row.accepted_at or now
    row.save(update_fields=["state", "accepted_at"])
    if changes:
        counts = [{"sku": line.sku.code, "picked": line.picked, "of": line.quantity} for line in changes]
        record(FULFILMENT_PICKED, SUBJECT, row.order_id, {"fulfilment": str(row.pk), "lines": counts}, actor)
    return row


def _check(lines: list[FulfilmentLine], picked: Mapping[UUID, int]) -> None:
    known = {line.pk: line for line in lines}
    for line_id, count in picked.items():
        line = known.get(line_id)
        if line is None:
            raise InvalidPick(_("This line is not part of the fulfilment order."), line=str(line_id))
        if not 0 <= count <= line.quantity:
            raise InvalidPick(
                _("%(sku)s: between 0 and %(most)s units can be picked.")
                % {"sku": line.sku.code, "most": line.quantity},
                line=str(line_id),
            )


@transaction.atomic
def pack(*, fulfilment_id: UUID, now: datetime, missing: str = "", actor: Actor = SYSTEM) -> FulfilmentOrder:
    """Close the parcel with what was picked. Units that were not need the reason they are `missing`, and go back to routing.

    Raises FulfilmentNotFound, WrongState, NotAllPicked.
    """
    row, lines = lock_fulfilment(fulfilment_id)
    if row.state != FulfilmentState.PICKING:
        raise WrongState(row.state)
    short = {line.pk: line.quantity - line.picked for line in lines if line.picked < line.quantity}
    if not any(line.picked for line in lines):
        raise NotAllPicked(_("Nothing is picked: refuse the work instead."))
    if short and not missing:
        raise NotAllPicked(
            _("%(count)s units are not picked; say why.") % {"count": sum(short.values())}, missing=sum(short.values())
        )
    if short:
        refuse(fulfilment_id=row.pk, reason=missing, quantities=short, now=now, actor=actor)
        row, lines = lock_fulfilment(fulfilment_id)
    move_work(
        row,
        {line.line_id: line.picked for line in lines if line.picked},
        before=(UnitState.PICKED,),
        after=UnitState.PACKED,
        now=now,
    )
    row.state, row.picked_at, row.packed_at = FulfilmentState.PACKED, row.picked_at or now, now
    row.save(update_fields=["state", "picked_at", "packed_at"])
    record(
        FULFILMENT_PACKED,
        SUBJECT,
        row.order_id,
        {"fulfilment": str(row.pk), "location": str(row.location_id), "units": row.units},
        actor,
    )
    return row
