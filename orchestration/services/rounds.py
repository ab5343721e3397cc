"""What changes between two rounds of planning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from inventory.enums import OPEN_STATES
from inventory.queries import reservations
from orchestration.rules.records import Round, Shortage
from orchestration.types import StockCell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from inventory.types import Ask
    from orchestration.types import OrderView, Plan, Snapshot

EMPTY = StockCell(0)


def with_own_reservations(snapshot: Snapshot, views: Sequence[OrderView]) -> tuple[Snapshot, frozenset[UUID]]:
    """Count what the units have reserved already as available to them; return also which units have some."""
    groups = [line.unit_group_id for view in views for line in view.lines]
    rows = list(reservations().filter(holder_id__in=groups, state__in=OPEN_STATES))
    if not rows:
        return snapshot, frozenset()
    stock, fenced = dict(snapshot.stock), dict(snapshot.fenced)
    for row in rows:
        place = (row.level.sku_id, row.level.location_id)
        if row.level.pool:
            fence = (*place, row.level.pool)
            fenced[fence] = fenced.get(fence, 0) + row.quantity
            continue
        cell = stock.get(place, EMPTY)
        stock[place] = cell._replace(available=cell.available + row.quantity, reserved=cell.reserved - row.quantity)
    return replace(snapshot, stock=stock, fenced=fenced), frozenset(row.holder_id for row in rows)


def without(snapshot: Snapshot, missing: Sequence[Ask]) -> Snapshot:
    """The snapshot without the stock of the places that fell short."""
    short = {(ask.sku_id, ask.location_id) for ask in missing if not ask.pool}
    shut = {(ask.sku_id, ask.location_id, ask.pool) for ask in missing if ask.pool}
    return replace(
        snapshot,
        stock={place: cell._replace(available=0) if place in short else cell for place, cell in snapshot.stock.items()},
        fenced={fence: units for fence, units in snapshot.fenced.items() if fence not in shut},
    )


def kept_rounds(
    plans: Sequence[Plan], missing: Sequence[Ask], earlier: Mapping[UUID, tuple[Round, ...]]
) -> dict[UUID, tuple[Round, ...]]:
    """For each order that fell short, its rounds so far with the one that has just failed."""
    short: dict[str, list[Shortage]] = {}
    for ask in missing:
        short.setdefault(ask.reference, []).append(Shortage(ask.location_id, ask.sku_id, ask.quantity, 0))
    return {
        made.order_id: (
            *earlier.get(made.order_id, ()),
            Round(made.decision.decided_at, made.decision.placements, tuple(short[f"order:{made.order_id}"])),
        )
        for made in plans
        if f"order:{made.order_id}" in short
    }
