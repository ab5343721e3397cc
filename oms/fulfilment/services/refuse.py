from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.services import release, write_off
from oms.events.services import record
from oms.fulfilment.enums import REFUSABLE, FulfilmentState, RefusalReason, StockEffect
from oms.fulfilment.errors import InvalidPick, WrongState
from oms.fulfilment.events import FULFILMENT_REFUSED, SUBJECT
from oms.fulfilment.locks import lock_fulfilment, lock_neighbours
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.rules import MOVEMENTS, effect_of
from oms.fulfilment.services.units import move_work, write_lines
from oms.orders.enums import UnitState
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID


@transaction.atomic
def refuse(
    *,
    fulfilment_id: UUID,
    reason: str,
    now: datetime,
    quantities: Mapping[UUID, int] | None = None,
    cascade: bool = False,
    actor: Actor = SYSTEM,
) -> FulfilmentOrder:
    """The location cannot serve the units, all that are not picked or the given quantities by fulfilment line.

    Stock changes as the reason declares; the units go back to routing. With `cascade` the location's other work that is
    not picked gives up its units of the same SKUs too. Raises FulfilmentNotFound, WrongState, InvalidPick.
    """
    if reason not in RefusalReason:
        raise InvalidPick(_("Unknown reason %(reason)s.") % {"reason": reason}, reason=reason)
    locked = lock_neighbours(fulfilment_id) if cascade else set()
    row, lines = lock_fulfilment(fulfilment_id)
    if row.state not in REFUSABLE:
        raise WrongState(row)
    refused = _refused(lines, quantities)
    _give_back(row, refused, reason, now, actor)
    if cascade:
        for other in _others(row, locked, {line.sku_id for line in refused}):
            _cascade(other, {line.sku_id for line in refused}, reason, now, actor)
    return row


def _refused(lines: Sequence[FulfilmentLine], quantities: Mapping[UUID, int] | None) -> dict[FulfilmentLine, int]:
    if quantities is None:
        refused = {line: line.quantity - line.picked for line in lines if line.quantity > line.picked}
    else:
        refused = {line: quantities[line.pk] for line in lines if line.pk in quantities}
        if len(refused) != len(quantities):
            raise InvalidPick(_("This line is not part of the fulfilment order."))
    for line, count in refused.items():
        if not 0 < count <= line.quantity - line.picked:
            most = line.quantity - line.picked
            raise InvalidPick(
                _("%(sku)s: between 1 and %(most)s units can be refused.") % {"sku": line.sku.code, "most": most}
            )
    if not refused:
        raise InvalidPick(_("Every unit is picked: unpick what you refuse."))
    return refused


def _give_back(
    row: FulfilmentOrder,
    refused: Mapping[FulfilmentLine, int],
    reason: str,
    now: datetime,
    actor: Actor,
    *,
    cascaded: bool = False,
) -> None:
    moved = move_work(
        row,
        {line.line_id: count for line, count in refused.items()},
        before=UnitState.ASSIGNED,
        after=UnitState.PENDING,
        now=now,
        reason=reason,
    )
    release(holder_ids=[each.group_id for each in moved], now=now, actor=actor)
    effect = effect_of(reason)
    if effect != StockEffect.NONE:
        by_sku: dict[UUID, int] = {}
        for line, count in refused.items():
            by_sku[line.sku_id] = by_sku.get(line.sku_id, 0) + count
        write_off(
            location_id=row.location_id,
            quantities=by_sku,
            reason=MOVEMENTS[effect],
            cause_type="fulfilment",
            cause_id=str(row.pk),
            actor=actor,
        )
    for line, count in refused.items():
        line.quantity -= count
    write_lines(refused)
    shrink(row, sum(refused.values()), FulfilmentState.REFUSED, now)
    row.refusal_reason = reason
    row.save(update_fields=["units", "state", "closed_at", "refusal_reason"])
    payload = {
        "fulfilment": str(row.pk),
        "location": str(row.location_id),
        "reason": reason,
        "effect": effect,
        "units": sum(refused.values()),
        "skus": sorted({str(line.sku_id) for line in refused}),
        "groups": [str(each.group_id) for each in moved],
        **({"cascaded": True} if cascaded else {}),
    }
    record(FULFILMENT_REFUSED, SUBJECT, row.order_id, payload, actor)


def shrink(row: FulfilmentOrder, units: int, ended_as: str, now: datetime) -> None:
    """Take units off the work; without any left it ends. The caller saves."""
    row.units -= units
    if row.units == 0:
        row.state, row.closed_at = ended_as, now


def _others(row: FulfilmentOrder, locked: Collection[UUID], sku_ids: Collection[UUID]) -> list[UUID]:
    """The location's other work of these SKUs, in orders that are locked already."""
    found = FulfilmentLine.objects.filter(
        fulfilment__location_id=row.location_id,
        fulfilment__order_id__in=locked,
        fulfilment__state__in=REFUSABLE,
        sku_id__in=sku_ids,
        quantity__gt=0,
    )
    distinct = found.exclude(fulfilment_id=row.pk).order_by("fulfilment_id").values_list("fulfilment_id", flat=True)
    return list(dict.fromkeys(distinct))


def _cascade(fulfilment_id: UUID, sku_ids: Collection[UUID], reason: str, now: datetime, actor: Actor) -> None:
    row, lines = lock_fulfilment(fulfilment_id)
    mine = {
        line: line.quantity - line.picked for line in lines if line.sku_id in sku_ids and line.quantity > line.picked
    }
    if row.state in REFUSABLE and mine:
        _give_back(row, mine, reason, now, actor, cascaded=True)
