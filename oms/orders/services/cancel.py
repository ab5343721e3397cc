from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.services import release
from oms.events.services import record
from oms.orders.enums import UnitState
from oms.orders.errors import NotEnoughUnits, NothingToCancel
from oms.orders.events import SUBJECT, UNITS_CANCELLED
from oms.orders.locks import groups_of, lock_order
from oms.orders.models import OrderLine
from oms.orders.queries import units_by_line
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
    """Cancel all units that have not left, or the given quantities by order line or by kit, and give their stock back.

    A kit is cancelled with all its parts. Raises OrderNotFound, NothingToCancel, NotEnoughUnits when a line has fewer units, or a
    kit's scarcest part is enough for fewer, that can still be cancelled.
    """
    order = lock_order(order_id)
    groups = [group for group in groups_of([order.pk]) if group.state in CANCELLABLE]
    moves = _moves(groups, None if quantities is None else _by_part(order.pk, groups, quantities), reason)
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


def _by_part(order_id: UUID, groups: Sequence[UnitGroup], quantities: Mapping[UUID, int]) -> dict[UUID, int]:
    """The quantities by order line: of a kit, those of its parts. Raises NotEnoughUnits."""
    kits = _parts_of_kits(order_id)
    there = units_by_line(groups)
    by_line: Counter[UUID] = Counter()
    for sold_id, wanted in quantities.items():
        mine = kits.get(sold_id)
        if mine is None:
            by_line[sold_id] += wanted
            continue
        most = min(there[part.pk] // (part.per_kit or 1) for part in mine)
        if not 0 < wanted <= most:
            raise _not_enough(sold_id, most, wanted)
        for part in mine:
            by_line[part.pk] += wanted * (part.per_kit or 1)
    return by_line


def _parts_of_kits(order_id: UUID) -> dict[UUID, list[OrderLine]]:
    kits: dict[UUID, list[OrderLine]] = {}
    for part in OrderLine.objects.filter(order_id=order_id, kit__isnull=False).order_by("position"):
        kits.setdefault(cast("UUID", part.kit_id), []).append(part)
    return kits


def _not_enough(line_id: UUID, there: int, asked: int) -> NotEnoughUnits:
    return NotEnoughUnits(
        _("%(there)s units can be cancelled, not %(asked)s.") % {"there": there, "asked": asked}, line=str(line_id)
    )


@transaction.atomic
def cancel_broken_kits(*, order_id: UUID, reason: str, now: datetime) -> int:
    """Cancel what has not left of the kits of which a part was cancelled; return how many units. Doing it again changes nothing."""
    kits = _parts_of_kits(order_id)
    if not kits:
        return 0
    lock_order(order_id)
    groups = groups_of([order_id])
    left = units_by_line(group for group in groups if group.state in CANCELLABLE)
    cancelled = units_by_line(group for group in groups if group.state == UnitState.CANCELLED)
    quantities: dict[UUID, int] = {}
    for parts in kits.values():
        broken = max(-(-cancelled[part.pk] // (part.per_kit or 1)) for part in parts)
        for part in parts:
            quantities[part.pk] = min(broken * (part.per_kit or 1) - cancelled[part.pk], left[part.pk])
    quantities = {line_id: units for line_id, units in quantities.items() if units > 0}
    if quantities:
        cancel_units(order_id=order_id, quantities=quantities, reason=reason, now=now)
    return sum(quantities.values())


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
            raise _not_enough(line_id, sum(group.quantity for group in mine), wanted)
    return moves
