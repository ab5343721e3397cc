"""Every lock of the room: orders first, in key order; their groups are guarded by the order's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oms.database.rows import read_rows
from oms.orders.errors import OrderNotFound
from oms.orders.models import Order, UnitGroup

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

_LOCKED = "id = ANY(%(orders)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_OF_ORDERS = "order_id = ANY(%(orders)s::uuid[]) ORDER BY order_id, line_id, id"


def lock_order(order_id: UUID) -> Order:
    """The order, locked. Raises OrderNotFound."""
    found = read_rows(Order, _LOCKED, {"orders": [order_id]})
    if not found:
        raise OrderNotFound
    return found[0]


def lock_orders(order_ids: Iterable[UUID]) -> list[Order]:
    """Those of the orders that exist, locked in key order; read are only the columns that working on them asks for."""
    names = ("number", "method", "status", "payment_state", "closed_at")
    return read_rows(Order, _LOCKED, {"orders": list(order_ids)}, names=names)


def groups_of(order_ids: Iterable[UUID]) -> list[UnitGroup]:
    """The unit groups of locked orders."""
    return read_rows(UnitGroup, _OF_ORDERS, {"orders": list(order_ids)})
