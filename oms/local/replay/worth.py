"""Stock as it was, its value and its turnover, held against the file as Polars alone reckons it.

By the clock of what happened: a year is recorded within hours. Only of SKUs that never lacked: when the units of an order
that had to wait left is not the file's to say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from inventory.enums import Clock, GroupBy
from inventory.models import StockMovement
from inventory.queries import sku_codes, stock_as_of, stock_turnover, stock_value
from oms.local.replay.reckoning import reckon_stock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from oms.local.replay.invoices import Invoice

    # Units sold, what they had cost, and the mean value of the stock.
    Sold = tuple[int, Decimal, Decimal]

PARTS = 4
FOUR_PLACES = Decimal("0.0001")


class Shelf:
    """The file's own stock: what each SKU opened with, and what came and went on each day."""

    def __init__(self, file: Path, invoices: Sequence[Invoice], lacking: Collection[str]) -> None:
        opening: Counter[str] = Counter()
        rows = StockMovement.objects.filter(reason="OPENING").values_list("level__sku__code", "quantity")
        for code, quantity in rows.iterator():
            opening[code] += quantity
        self.opening = {code: units for code, units in opening.items() if code not in lacking}
        self.cost: dict[str, Decimal] = defaultdict(Decimal)
        self._moved: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        columns = ("code", "day", "sold", "net", "half_cents")
        for code, day, sold, net, price in (
            reckon_stock(file, [each.number for each in invoices]).select(columns).iter_rows()
        ):
            self._moved[code].append((day, sold, net))
            self.cost[code] = Decimal(price or 0) / 200

    def units(self, at: datetime) -> Counter[str]:
        """What lay there at the beginning of a day."""
        day = f"{at:%Y-%m-%d}"
        return Counter(
            {
                code: units + sum(net for on, _sold, net in self._moved[code] if on < day)
                for code, units in self.opening.items()
            }
        )

    def worth(self, units: Counter[str]) -> Decimal:
        """What they had cost."""
        return sum((count * self.cost[code] for code, count in units.items()), Decimal(0))

    def sold(self, begin: datetime, end: datetime, means: Sequence[datetime]) -> dict[str, Sold]:
        """What left of each SKU in a period, what it had cost, and the mean value of its stock."""
        first, last = f"{begin:%Y-%m-%d}", f"{end:%Y-%m-%d}"
        there = [self.units(at) for at in means]
        found = {}
        for code in self.opening:
            units = sum(sold for on, sold, _net in self._moved[code] if first <= on < last)
            mean = sum(each[code] for each in there) * self.cost[code] / len(there)
            if units or any(each[code] for each in there):
                found[code] = (units, units * self.cost[code], mean.quantize(FOUR_PLACES))
        return found


def compare_worth(file: Path, invoices: Sequence[Invoice], lacking: set[str], differences: list[str]) -> Iterator[str]:
    """Units, value and turnover at some dates of the period; `lacking` SKUs are left out."""
    shelf = Shelf(file, invoices, lacking)
    begin, dates = _dates(invoices)
    yield f"\nStock as it was, of {len(shelf.opening):,} SKUs that never lacked ({len(lacking):,} did)"
    yield f"  {'on':10s} {'expected':>12s} {'found':>12s} {'value':>18s} {'found':>18s}"
    for at in dates:
        units, found = shelf.units(at), _found(at, shelf.opening)
        rows = stock_value(at, by=GroupBy.SKU, clock=Clock.OCCURRED)
        worth, value = shelf.worth(units), sum((row.value for row in rows if row.code in shelf.opening), Decimal(0))
        yield f"  {at:%Y-%m-%d} {units.total():>12,} {found.total():>12,} {worth:>18,.4f} {value:>18,.4f}"
        if +units != +found or worth != value:
            differences.append(f"stock as of {at:%Y-%m-%d}")
    turned, means = stock_turnover(begin, dates[-1], by=GroupBy.SKU, clock=Clock.OCCURRED)
    expected = shelf.sold(begin, dates[-1], [at for at, _value in means])
    left = {row.code: (row.units, row.cost, row.mean_value) for row in turned if row.code in shelf.opening}
    wrong = [code for code in {*left, *expected} if left.get(code) != expected.get(code)]
    cost = sum((each[1] for each in left.values()), Decimal(0))
    yield f"Turnover {begin:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}: {cost:,.4f} of goods left, {len(wrong):,} of {len(expected):,} SKUs differ"
    if wrong:
        differences.append("turnover")


def _dates(invoices: Sequence[Invoice]) -> tuple[datetime, list[datetime]]:
    """The first day, and the ends of each quarter of the period, at midnight."""
    first, last = (datetime.combine(each.at.date(), datetime.min.time(), UTC) for each in (invoices[0], invoices[-1]))
    whole = (last - first).days + 1
    return first, [first + timedelta(days=whole * part // PARTS) for part in range(1, PARTS + 1)]


def _found(at: datetime, codes: Collection[str]) -> Counter[str]:
    rows = stock_as_of(at, clock=Clock.OCCURRED)
    names = sku_codes({row.sku_id for row in rows})
    found: Counter[str] = Counter()
    for row in rows:
        if names[row.sku_id] in codes:
            found[names[row.sku_id]] += row.on_hand
    return found
