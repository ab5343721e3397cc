"""What can be promised of a SKU by which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inventory.rules.stock import sellable
from inventory.types import Outlook, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from inventory.types import Availability, Coming


def outlook_of(found: Availability, *, today: date, by: date | None) -> Outlook:
    """The steps of what can be promised until a day, from today on: what is late may come any day, so it counts from today.

    A kit can be promised when its components can.
    """
    parts = [(share.per_kit, share.available) for share in found.components] or [(1, found)]
    coming = [each for _per_kit, part in parts for each in part.coming]
    by_day: dict[date, list[Coming]] = {}
    for each in coming:
        if each.supply.day is not None and (by is None or max(each.supply.day, today) <= by):
            by_day.setdefault(max(each.supply.day, today), []).append(each)
    steps = [Step(day, _by(parts, day), tuple(by_day[day])) for day in sorted(by_day)]
    undated = tuple(each for each in coming if each.supply.day is None)
    return Outlook(found.sku_id, found.sku, found.at_once, tuple(steps), undated)


def _by(parts: Sequence[tuple[int, Availability]], day: date) -> int | None:
    """As many as the scarcest part is enough for by then; unknown when one of them is."""
    least: int | None = None
    for per_kit, part in parts:
        if part.at_once is None:
            return None
        arrived = sum(each.adds for each in part.coming if each.supply.day is not None and each.supply.day <= day)
        units = sellable(part.total + arrived, percentage=part.percentage, buffer=part.view_buffer, cap=part.cap)
        least = units // per_kit if least is None else min(least, units // per_kit)
    return least
