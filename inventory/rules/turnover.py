"""How often stock is sold, for how long it lasts, and how old it is."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

FOUR_PLACES, HUNDREDTH, TENTH = Decimal("0.0001"), Decimal("0.01"), Decimal("0.1")
# From each of these on a unit is older.
AGES = tuple(timedelta(days=days) for days in (30, 60, 90, 180, 365))


class Turnover(NamedTuple):
    """What left of one heading in a period, at cost, against what lay there; a ratio is None where nothing lay or left."""

    code: str
    name: str
    units: int
    cost: Decimal
    mean_value: Decimal
    closing_value: Decimal
    turnover: Decimal | None
    days_of_cover: Decimal | None


def turnover_of(
    heading: tuple[str, str], units: int, cost: Decimal, values: Sequence[Decimal], period: timedelta
) -> Turnover:
    """Turnover is in times a year; cover is in days that the closing stock lasts at the period's pace."""
    mean = (sum(values, Decimal(0)) / len(values)).quantize(FOUR_PLACES, ROUND_HALF_UP)
    days = Decimal(str(period / timedelta(days=1)))
    times = (cost / mean * Decimal(365) / days).quantize(HUNDREDTH, ROUND_HALF_UP) if mean else None
    cover = (values[-1] * days / cost).quantize(TENTH, ROUND_HALF_UP) if cost else None
    return Turnover(*heading, units, cost, mean, values[-1], times, cover)
