"""Orders as their channel and their customer know them: a kit is one line, whatever is prepared for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oms.orders.models import KitLine, OrderLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from oms.orders.models import UnitGroup


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as it was sold, with the order lines that are prepared for it: itself, or the parts of a kit."""

    row: OrderLine | KitLine
    parts: tuple[OrderLine, ...]

    @property
    def is_kit(self) -> bool:
        return isinstance(self.row, KitLine)

    def whole(self, units: Mapping[UUID, int]) -> int:
        """How many of what was sold these units by order line make: of a kit, as many as its scarcest part is enough for."""
        return min(units.get(part.pk, 0) // (part.per_kit or 1) for part in self.parts)


def sold_lines(order_ids: Iterable[UUID]) -> list[SoldLine]:
    """The lines of orders as they were sold, by order and position."""
    ids = list(order_ids)
    lines = list(OrderLine.objects.select_related("sku", "kit__sku").filter(order_id__in=ids).order_by("position"))
    parts: dict[UUID, list[OrderLine]] = {}
    for line in lines:
        if line.kit_id is not None:
            parts.setdefault(line.kit_id, []).append(line)
    plain = [SoldLine(line, (line,)) for line in lines if line.kit_id is None]
    kits = [SoldLine(mine[0].kit, tuple(mine)) for mine in parts.values() if mine[0].kit is not None]
    return sorted([*plain, *kits], key=lambda sold: (sold.row.order_id, sold.row.position))


def units_by_line(groups: Iterable[UnitGroup]) -> Counter[UUID]:
    """How many units of each order line these groups are."""
    units: Counter[UUID] = Counter()
    for group in groups:
        units[group.line_id] += group.quantity
    return units
