"""Every lock of the room: orders first, in key order; their groups are guarded by the order's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oms.orders.errors import OrderNotFound
from oms.orders.models import Order, UnitGroup

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def lock_order(order_id: UUID) -> Order:
    """The order, locked. Raises OrderNotFound."""
    found = lock_orders([order_id])
    if not found:
        raise OrderNotFound
    return found[0]


def lock_orders(order_ids: Iterable[UUID]) -> list[Order]:
    """Those of the orders that exist, locked in key order."""
    rows = Order.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(order_ids))
    return list(rows.order_by("pk"))


def groups_of(order_ids: Iterable[UUID]) -> list[UnitGroup]:
    """The unit groups of locked orders."""
    return list(UnitGroup.objects.filter(order_id__in=list(order_ids)).order_by("order_id", "line_id", "pk"))
