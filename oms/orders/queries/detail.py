from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oms.orders.enums import GONE, UnitState
from oms.orders.queries.orders import get_order, holds_of, unit_groups
from oms.orders.queries.sold import sold_lines, units_by_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from oms.orders.models import Hold, KitLine, Order, OrderLine, UnitGroup
    from oms.orders.queries.sold import SoldLine


@dataclass(frozen=True, slots=True)
class LineDetail:
    """A line as it was sold, with the groups its units are in or, of a kit, with its parts and how many whole ones left or will not."""

    line: OrderLine | KitLine
    groups: tuple[UnitGroup, ...] = ()
    parts: tuple[LineDetail, ...] = ()
    gone: int = 0
    cancelled: int = 0


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
    lines = tuple(_line(sold, groups) for sold in sold_lines([order.pk]))
    return OrderDetail(order, lines, tuple(holds_of(order.pk)))


def _line(sold: SoldLine, groups: Mapping[UUID, Sequence[UnitGroup]]) -> LineDetail:
    parts = tuple(LineDetail(part, tuple(groups.get(part.pk, ()))) for part in sold.parts)
    mine = [group for part in parts for group in part.groups]
    gone = units_by_line(group for group in mine if group.state in GONE)
    cancelled = units_by_line(group for group in mine if group.state == UnitState.CANCELLED)
    own, rest = ((), parts) if sold.is_kit else (parts[0].groups, ())
    return LineDetail(sold.row, own, rest, sold.whole(gone), sold.whole(cancelled))
