from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oms.orders.queries.orders import get_order, holds_of, lines_of, unit_groups

if TYPE_CHECKING:
    from uuid import UUID

    from oms.orders.models import Hold, Order, OrderLine, UnitGroup


@dataclass(frozen=True, slots=True)
class LineDetail:
    """A line with the groups its units are in."""

    line: OrderLine
    groups: tuple[UnitGroup, ...]


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order with everything that belongs to it."""

    order: Order
    lines: tuple[LineDetail, ...]
    holds: tuple[Hold, ...]


def order_detail(order_id: UUID) -> OrderDetail:
    """One order, its lines with their unit groups, and its holds. Raises OrderNotFound."""
    order = get_order(order_id)
    groups: dict[UUID, list[UnitGroup]] = {}
    for group in unit_groups([order.pk]):
        groups.setdefault(group.line_id, []).append(group)
    lines = tuple(LineDetail(line, tuple(groups.get(line.pk, ()))) for line in lines_of([order.pk]))
    return OrderDetail(order, lines, tuple(holds_of(order.pk)))
