from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.queries import reserved_for
from oms.events.services import record
from oms.orders.enums import HoldReason, UnitState
from oms.orders.errors import NotHeld, NothingToHold
from oms.orders.events import ORDER_HELD, ORDER_RELEASED, SUBJECT
from oms.orders.locks import groups_of, lock_order
from oms.orders.models import Hold, Order, UnitGroup
from oms.orders.rules import HOLDABLE
from oms.orders.services.move import move_units
from oms.orders.types import UnitMove
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

NO_STOCK = "NO_STOCK"


@transaction.atomic
def hold_order(
    *,
    order_id: UUID,
    now: datetime,
    reason: str = HoldReason.MANUAL,
    note: str = "",
    due_at: datetime | None = None,
    actor: Actor = SYSTEM,
) -> Hold:
    """Keep the order's units that nobody has picked from being routed or prepared; they keep what stock they have.

    Raises OrderNotFound, NothingToHold.
    """
    order = lock_order(order_id)
    groups = [group for group in groups_of([order.pk]) if group.state in HOLDABLE]
    if not groups:
        raise NothingToHold(_("Every unit of this order is held, picked or gone already."), status=order.status)
    kept = reserved_for([group.pk for group in groups])
    moves = [
        UnitMove(group.pk, UnitState.HELD, reason=reason if kept.get(group.pk, 0) == group.quantity else NO_STOCK)
        for group in groups
    ]
    moved = move_units(order_ids=[order.pk], moves=moves, now=now)
    hold = Hold.objects.create(
        order_id=order.pk, reason=reason, note=note, owner=actor.label, due_at=due_at, created_at=now
    )
    payload = {"reason": str(reason), "note": note, "groups": [str(each.group_id) for each in moved]}
    record(ORDER_HELD, SUBJECT, order.pk, payload, actor)
    return hold


@transaction.atomic
def release_holds(*, order_id: UUID, now: datetime, reason: str = "", actor: Actor = SYSTEM) -> Order:
    """End the order's holds, or those of one reason; when none is left its units may be routed.

    Raises OrderNotFound, NotHeld.
    """
    order = lock_order(order_id)
    holds = Hold.objects.filter(order_id=order.pk, released_at=None)
    ended = (holds.filter(reason=reason) if reason else holds).update(released_at=now)
    if not ended:
        raise NotHeld(_("This order is not on hold."), status=order.status)
    if holds.exists():
        return order
    held = [group for group in groups_of([order.pk]) if group.state == UnitState.HELD]
    moves = [UnitMove(group.pk, UnitState.PENDING) for group in held]
    move_units(order_ids=[order.pk], moves=moves, now=now)
    record(ORDER_RELEASED, SUBJECT, order.pk, {"groups": [str(group.pk) for group in held]}, actor)
    return Order.objects.get(pk=order.pk)


def note_missing_stock(*, group_ids: Iterable[UUID]) -> None:
    """Say openly of held units that no stock is kept for them."""
    UnitGroup.objects.filter(pk__in=list(group_ids), state=UnitState.HELD).update(reason=NO_STOCK)
