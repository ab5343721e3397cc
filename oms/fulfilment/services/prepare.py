from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from inventory.queries import sku_codes
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.errors import InvalidPick, NotAllPicked, WrongState
from oms.fulfilment.events import FULFILMENT_PACKED, FULFILMENT_PICKED, SUBJECT
from oms.fulfilment.locks import lock_fulfilment, lock_wave
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services.refuse import refuse
from oms.fulfilment.services.units import move_wave, write_lines
from oms.fulfilment.types import Step
from oms.orders.enums import UnitState
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.fulfilment.models import FulfilmentLine

WORKABLE = (FulfilmentState.TO_ACCEPT, FulfilmentState.ACCEPTED, FulfilmentState.PICKING)


def pick(*, fulfilment_id: UUID, picked: Mapping[UUID, int], now: datetime, actor: Actor = SYSTEM) -> FulfilmentOrder:
    """Set how many units of each line are picked so far; a line that is not named keeps its count.

    Work that was not accepted is accepted by picking it. Raises FulfilmentNotFound, WrongState, InvalidPick.
    """
    return pick_wave(picked={fulfilment_id: picked}, now=now, actor=actor)[0]


@transaction.atomic
def pick_wave(
    *, picked: Mapping[UUID, Mapping[UUID, int]], now: datetime, actor: Actor = SYSTEM
) -> list[FulfilmentOrder]:
    """Pick many works at once, all or none: how many units of each line, by fulfilment order; see `pick`."""
    wave = lock_wave(picked)
    changes = [(row, _changes(row, lines, picked[row.pk])) for row, lines in wave]
    move_wave([(row, [_step(line, count) for line, count in changed]) for row, changed in changes], now=now)
    for line, count in (each for _row, changed in changes for each in changed):
        line.picked = count
    write_lines([line for _row, changed in changes for line, _count in changed])
    rows = [row for row, _lines in wave]
    for row in rows:
        row.state, row.accepted_at = FulfilmentState.PICKING, row.accepted_at or now
    FulfilmentOrder.objects.filter(pk__in=list(picked)).update(
        state=FulfilmentState.PICKING, accepted_at=Coalesce("accepted_at", Value(now))
    )
    codes = sku_codes({line.sku_id for _row, changed in changes for line, _count in changed})
    record_many([_picked(row, [line for line, _count in changed], codes, actor) for row, changed in changes if changed])
    return rows


def _changes(
    row: FulfilmentOrder, lines: Sequence[FulfilmentLine], picked: Mapping[UUID, int]
) -> list[tuple[FulfilmentLine, int]]:
    if row.state not in WORKABLE:
        raise WrongState(row)
    _check(lines, picked)
    return [(line, picked[line.pk]) for line in lines if picked.get(line.pk, line.picked) != line.picked]


def _step(line: FulfilmentLine, count: int) -> Step:
    if count > line.picked:
        return Step(line.line_id, count - line.picked, UnitState.ASSIGNED, UnitState.PICKED)
    return Step(line.line_id, line.picked - count, UnitState.PICKED, UnitState.ASSIGNED)


def _picked(row: FulfilmentOrder, lines: Sequence[FulfilmentLine], codes: Mapping[UUID, str], actor: Actor) -> NewEvent:
    counts = [{"sku": codes[line.sku_id], "picked": line.picked, "of": line.quantity} for line in lines]
    return NewEvent(FULFILMENT_PICKED, SUBJECT, row.order_id, {"fulfilment": str(row.pk), "lines": counts}, actor)


def _check(lines: Sequence[FulfilmentLine], picked: Mapping[UUID, int]) -> None:
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
    if missing:
        row, lines = lock_fulfilment(fulfilment_id)
        _require_some(row, lines)
        short = _short(lines)
        if short:
            refuse(fulfilment_id=row.pk, reason=missing, quantities=short, now=now, actor=actor)
    return pack_wave(fulfilment_ids=[fulfilment_id], now=now, actor=actor)[0]


@transaction.atomic
def pack_wave(*, fulfilment_ids: Collection[UUID], now: datetime, actor: Actor = SYSTEM) -> list[FulfilmentOrder]:
    """Close the parcels of many works that are wholly picked, all or none; the answer follows the ids.

    Raises FulfilmentNotFound, WrongState, NotAllPicked.
    """
    wave = lock_wave(fulfilment_ids)
    for row, lines in wave:
        _require_some(row, lines)
        short = sum(_short(lines).values())
        if short:
            raise NotAllPicked(
                _("%(count)s units are not picked; say why.") % {"count": short}, missing=short, fulfilment=row.number
            )
    steps = [
        (row, [Step(each.line_id, each.picked, UnitState.PICKED, UnitState.PACKED) for each in lines if each.picked])
        for row, lines in wave
    ]
    move_wave(steps, now=now)
    rows = [row for row, _lines in wave]
    for row in rows:
        row.state, row.picked_at, row.packed_at = FulfilmentState.PACKED, row.picked_at or now, now
    FulfilmentOrder.objects.filter(pk__in=list(fulfilment_ids)).update(
        state=FulfilmentState.PACKED, picked_at=Coalesce("picked_at", Value(now)), packed_at=now
    )
    record_many([NewEvent(FULFILMENT_PACKED, SUBJECT, row.order_id, _packed(row), actor) for row in rows])
    return rows


def _require_some(row: FulfilmentOrder, lines: Sequence[FulfilmentLine]) -> None:
    if row.state != FulfilmentState.PICKING:
        raise WrongState(row)
    if not any(line.picked for line in lines):
        raise NotAllPicked(_("Nothing is picked: refuse the work instead."), fulfilment=row.number)


def _short(lines: Sequence[FulfilmentLine]) -> dict[UUID, int]:
    return {line.pk: line.quantity - line.picked for line in lines if line.picked < line.quantity}


def _packed(row: FulfilmentOrder) -> dict[str, object]:
    return {"fulfilment": str(row.pk), "location": str(row.location_id), "units": row.units}
