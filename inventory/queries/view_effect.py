"""What a stock view would say otherwise than it says now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inventory.models import StockMovement
from inventory.queries.availability import availability

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from inventory.models import StockView

MOVED_LATELY = 4000
LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A SKU whose number would be another; None is a number that nobody knows."""

    sku: str
    before: int | None
    after: int | None

    @property
    def units(self) -> int:
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True, slots=True)
class ViewEffect:
    """Over so many SKUs: those that would change, the largest changes first, and the units that are gained and lost."""

    looked_at: int
    changes: tuple[Change, ...]

    @property
    def gained(self) -> int:
        return sum(each.units for each in self.changes if each.units > 0)

    @property
    def lost(self) -> int:
        return -sum(each.units for each in self.changes if each.units < 0)


def lately_moved() -> list[UUID]:
    """The SKUs of the latest movements: those that a change is judged by."""
    rows = StockMovement.objects.order_by("-recorded_at", "-pk").values_list("level__sku_id", flat=True)
    return list(dict.fromkeys(rows[:MOVED_LATELY]))[:LOOKED_AT]


def view_effect(*, before: StockView | None, after: StockView, sku_ids: Sequence[UUID]) -> ViewEffect:
    """What saving a view would change for these SKUs; a view that is new sells nothing before."""
    would = availability(view=after, sku_ids=sku_ids)
    now = {each.sku_id: each.quantity for each in availability(view=before, sku_ids=sku_ids)} if before else {}
    changes = [Change(each.sku, now.get(each.sku_id, 0), each.quantity) for each in would]
    changed = sorted(
        (each for each in changes if each.before != each.after), key=lambda each: (-abs(each.units), each.sku)
    )
    return ViewEffect(len(would), tuple(changed))
