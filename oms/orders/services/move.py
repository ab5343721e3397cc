"""The one function that moves units between states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from inventory.services import split_reservations
from inventory.types import Split
from oms.database.rows import insert_rows
from oms.orders.enums import GONE
from oms.orders.errors import IllegalMove, NotEnoughUnits
from oms.orders.locks import groups_of, lock_orders
from oms.orders.models import UnitGroup
from oms.orders.rules import WAITING, may_move, status_of
from oms.orders.types import MovedUnits
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.orders.models import Order
    from oms.orders.types import UnitMove

    Choose = Callable[[Sequence[UnitGroup]], Sequence[UnitMove]]

# One statement whatever the number of rows; bulk_update would build a CASE per column and row.
_UPDATE_GROUPS = """
UPDATE orders_unitgroup g SET quantity = a.quantity, state = a.state, location_id = a.location_id, work_id = a.work_id,
       reason = a.reason, changed_at = a.changed_at
FROM jsonb_to_recordset(%(rows)s::jsonb)
     AS a(id uuid, quantity int, state text, location_id uuid, work_id uuid, reason text, changed_at timestamptz)
WHERE g.tenant_id = %(tenant)s AND g.id = a.id
"""
_UPDATE_ORDERS = """
UPDATE orders_order o SET status = a.status, closed_at = a.closed_at, updated_at = %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS a(id uuid, status text, closed_at timestamptz)
WHERE o.tenant_id = %(tenant)s AND o.id = a.id
"""


@transaction.atomic
def move_units(*, order_ids: Iterable[UUID], moves: Sequence[UnitMove] | Choose, now: datetime) -> list[MovedUnits]:
    """Move units of these orders, all or none, and derive the orders' status from where their units are now.

    A move of part of a group splits it, and its reservation with it: units that have none go first. `moves` may also choose from the groups once they are
    locked. Locks the orders. The answer follows the moves. Raises IllegalMove, which names the present state, and
    NotEnoughUnits when a group is smaller than the move or not of these orders.
    """
    orders = lock_orders(order_ids)
    groups = {group.pk: group for group in groups_of([order.pk for order in orders])}
    chosen = moves(list(groups.values())) if callable(moves) else moves
    moved = [_move(groups, move, now) for move in chosen]
    split_reservations(splits=_splits(moved, groups), now=now)
    touched = [groups[pk] for pk in sorted({each.group_id for each in moved} | {each.from_group_id for each in moved})]
    _write_groups([group for group in touched if not group._state.adding])
    insert_rows([group for group in touched if group._state.adding])
    _derive_status(orders, groups.values(), now)
    return moved


def _move(groups: dict[UUID, UnitGroup], move: UnitMove, now: datetime) -> MovedUnits:
    group = groups.get(move.group_id)
    if group is None:
        raise NotEnoughUnits(_("These units do not belong to the order."), unit_group=str(move.group_id))
    quantity = group.quantity if move.quantity is None else move.quantity
    if not 0 < quantity <= group.quantity:
        raise NotEnoughUnits(
            _("There are %(there)s units, not %(asked)s.") % {"there": group.quantity, "asked": quantity},
            unit_group=str(group.pk),
        )
    if not may_move(group.state, move.to):
        raise IllegalMove(group_id=group.pk, state=group.state, to=move.to)
    before, source = group.state, group
    if quantity < group.quantity:
        group = _split(source, quantity)
        groups[group.pk] = group
    group.state, group.reason, group.changed_at = move.to, move.reason, now
    group.location_id = None if move.to in WAITING else move.location_id or group.location_id
    group.work_id = None if move.to in WAITING else move.work_id or group.work_id
    return MovedUnits(group.pk, source.pk, group.line_id, group.sku_id, quantity, before, move.to, group.location_id)


def _splits(moved: Sequence[MovedUnits], groups: Mapping[UUID, UnitGroup]) -> list[Split]:
    """What each split leaves with the group it was taken from, in the order of the moves."""
    splits: list[Split] = []
    left: dict[UUID, int] = {}
    for each in reversed(moved):
        if each.is_split:
            keep = left.get(each.from_group_id, groups[each.from_group_id].quantity)
            splits.append(Split(each.from_group_id, keep, each.group_id))
            left[each.from_group_id] = keep + each.quantity
    return splits[::-1]


def _split(source: UnitGroup, quantity: int) -> UnitGroup:
    source.quantity -= quantity
    return UnitGroup(
        id=new_id(),
        order_id=source.order_id,
        line_id=source.line_id,
        sku_id=source.sku_id,
        quantity=quantity,
        state=source.state,
        location_id=source.location_id,
        work_id=source.work_id,
    )


def _derive_status(orders: Sequence[Order], groups: Iterable[UnitGroup], now: datetime) -> None:
    states: dict[UUID, set[str]] = {}
    for group in groups:
        states.setdefault(group.order_id, set()).add(group.state)
    changed = []
    for order in orders:
        status = status_of(states[order.pk])
        done = not (states[order.pk] - GONE - {"CANCELLED"})
        if status != order.status or done != (order.closed_at is not None):
            order.status, order.closed_at, order.updated_at = status, now if done else None, now
            changed.append(order)
    rows = [{"id": order.pk, "status": order.status, "closed_at": order.closed_at} for order in changed]
    _execute(_UPDATE_ORDERS, rows, now)


def _write_groups(groups: Sequence[UnitGroup]) -> None:
    names = ("id", "quantity", "state", "location_id", "work_id", "reason", "changed_at")
    rows = [{name: getattr(group, name) for name in names} for group in groups]
    _execute(_UPDATE_GROUPS, rows, None)


def _execute(sql: str, rows: Sequence[dict[str, Any]], now: datetime | None) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                sql, {"tenant": current_tenant_id(), "rows": orjson.dumps(rows, default=str).decode(), "now": now}
            )
