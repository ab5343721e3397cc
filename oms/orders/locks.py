"""Every lock of the room: orders first, in key order; their groups are guarded by the order's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oms.orders.errors import OrderNotFound
from oms.orders.models import Order, UnitGroup

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet


def lock_order(order_id: UUID) -> Order:
    """The order, locked. Raises OrderNotFound."""
    found = _locked([order_id]).first()
    if found is None:
        raise OrderNotFound
    return found


def lock_orders(order_ids: Iterable[UUID]) -> list[Order]:
    """Those of the orders that exist, locked in key order; read are only the columns that moving their units asks for."""
    return list(_locked(order_ids).only("number", "method", "status", "closed_at"))


def _locked(order_ids: Iterable[UUID]) -> QuerySet[Order]:
    rows = Order.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(order_ids))
    return rows.order_by("pk")


def groups_of(order_ids: Iterable[UUID]) -> list[UnitGroup]:
    """The unit groups of locked orders."""
    return list(UnitGroup.objects.filter(order_id__in=list(order_ids)).order_by("order_id", "line_id", "pk"))
