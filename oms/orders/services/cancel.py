from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.services import release
from oms.events.services import record
from oms.orders.enums import UnitState
from oms.orders.errors import NotEnoughUnits, NothingToCancel
from oms.orders.events import SUBJECT, UNITS_CANCELLED
from oms.orders.locks import groups_of, lock_order
from oms.orders.rules import CANCELLABLE
from oms.orders.services.move import move_units
from oms.orders.types import MovedUnits, UnitMove
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.orders.models import UnitGroup

# Units that nobody has touched go first.
_LEAST_ADVANCED = tuple(UnitState)


@transaction.atomic
def cancel_units(
    *,
    order_id: UUID,
    now: datetime,
    reason: str,
    quantities: Mapping[UUID, int] | None = None,
    actor: Actor = SYSTEM,
) -> list[MovedUnits]:
    """Cancel all units that have not left, or the given quantities by order line, and give their stock back.

    Raises OrderNotFound, NothingToCancel, NotEnoughUnits when a line has fewer units that can still be cancelled.
    """
    order = lock_order(order_id)
    groups = [group for group in groups_of([order.pk]) if group.state in CANCELLABLE]
    moves = _moves(groups, quantities, reason)
    if not moves:
        raise NothingToCancel(_("No unit of this order can be cancelled any more."), status=order.status)
    moved = move_units(order_ids=[order.pk], moves=moves, now=now)
    release(holder_ids=[each.group_id for each in moved], now=now, actor=actor)
    units = [
        {"group": str(each.group_id), "line": str(each.line_id), "quantity": each.quantity, "was": str(each.before)}
        for each in moved
    ]
    record(UNITS_CANCELLED, SUBJECT, order.pk, {"reason": reason, "units": units}, actor)
    return moved


def _moves(groups: Sequence[UnitGroup], quantities: Mapping[UUID, int] | None, reason: str) -> list[UnitMove]:
    if quantities is None:
        return [UnitMove(group.pk, UnitState.CANCELLED, reason=reason) for group in groups]
    moves = []
    for line_id, wanted in quantities.items():
        left = wanted
        mine = [group for group in groups if group.line_id == line_id]
        for group in sorted(mine, key=lambda each: (_LEAST_ADVANCED.index(UnitState(each.state)), each.pk)):
            part = min(left, group.quantity)
            if part:
                moves.append(UnitMove(group.pk, UnitState.CANCELLED, quantity=part, reason=reason))
            left -= part
        if left or wanted <= 0:
            there = sum(group.quantity for group in mine)
            raise NotEnoughUnits(
                _("%(there)s units can be cancelled, not %(asked)s.") % {"there": there, "asked": wanted},
                line=str(line_id),
            )
    return moves
