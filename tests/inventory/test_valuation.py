"""What stock is worth, how often it is sold, how old it is: against figures worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from inventory.enums import Clock, GroupBy
from inventory.models import CostChange, StockMovement
from inventory.queries import stock_ages, stock_turnover, stock_value
from inventory.rules.periods import month_end, sample_instants
from inventory.rules.turnover import turnover_of
from inventory.services import move_stock, open_costs
from inventory.types import Move
from oms.tenancy.errors import InvalidInput
from oms.tenancy.services import create_legal_entity
from tests.factories import make_location, make_sku

D = Decimal
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- Hypothesis adds it


def on(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@given(MOMENTS, MOMENTS)
def test_a_period_is_seen_at_both_ends_and_each_end_of_a_month_between(one, other):
    begin, end = min(one, other), max(one, other) + timedelta(seconds=1)

    first, *months, last = sample_instants(begin, end)

    assert (first, last) == (begin, end)
    assert months == sorted(set(months))
    assert all(begin < at < end and at == month_end(at) for at in months)
    assert len(months) >= (end.year * 12 + end.month) - (begin.year * 12 + begin.month) - 1


def test_turnover_and_cover_are_reckoned_by_the_year_and_by_the_day():
    found = turnover_of(("c", "n"), 30, D(120), [D(100), D(60), D(80)], timedelta(days=73))

    assert (found.mean_value, found.turnover, found.days_of_cover) == (D(80), D("7.5"), D("48.7"))
    nothing = turnover_of(("c", "n"), 0, D(0), [D(0), D(0)], timedelta(days=1))
    assert (nothing.turnover, nothing.days_of_cover) == (None, None)


def move(at: datetime, sku: str, place: str, quantity: int, reason: str, cost: str | None = None, **more: str) -> None:
    """A movement as if it had happened and been recorded then: only the ledger's owner can make it older."""
    known = set(StockMovement.objects.values_list("pk", flat=True))
    costs = set(CostChange.objects.values_list("pk", flat=True))
    move_stock(moves=[Move(sku, place, quantity, reason, unit_cost=None if cost is None else D(cost), **more)], now=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        ((role,),) = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE NONE")
        for row in StockMovement.objects.exclude(pk__in=known):
            cursor.execute(
                "UPDATE inventory_stockmovement SET recorded_at = %s, occurred_at = %s WHERE id = %s", [at, at, row.pk]
            )
        for change in CostChange.objects.exclude(pk__in=costs):
            cursor.execute("UPDATE inventory_costchange SET recorded_at = %s WHERE id = %s", [at, change.pk])
        cursor.execute(f"SET LOCAL ROLE {role}")


@pytest.fixture
def shop(tenant) -> None:
    """Mugs at 4 then 5, hats at 10, and beads of no known cost; two places of ours and one of a franchisee."""
    make_sku("MUG", category="Table", brand="Keravel", cost=D(4))
    make_sku("HAT", category="Head", brand="Keravel", cost=D(10))
    make_sku("BEAD", category="Table", brand="Other")
    make_location("RENNES", name="Rennes")
    make_location("BREST", name="Brest")
    make_location("LILLE", name="Lille", legal_entity=create_legal_entity(code="f", name="Franchise"))
    for sku, place, units in (("MUG", "RENNES", 100), ("HAT", "BREST", 10), ("MUG", "LILLE", 10), ("BEAD", "BREST", 7)):
        move(on(1, 10), sku, place, units, "ADJUSTMENT")
    open_costs()
    move(on(2, 1), "MUG", "RENNES", -50, "STORE_SALE")
    move(on(3, 1), "MUG", "BREST", 50, "RECEIPT", "6")
    move(on(3, 2), "MUG", "RENNES", 4, "ADJUSTMENT", bucket="DAMAGED")
    move(on(4, 1), "MUG", "BREST", -20, "STORE_SALE")
    move(on(4, 2), "HAT", "BREST", -1, "STORE_SALE")


def worth(at: datetime, by: GroupBy, **how) -> dict:
    return {row.code: (row.units, row.value, row.uncosted) for row in stock_value(at, by=by, **how)}


def test_value_is_units_of_then_at_the_cost_of_then(shop):
    assert worth(on(1, 1), GroupBy.SKU) == {}
    assert worth(on(2, 15), GroupBy.SKU) == {"BEAD": (7, D(0), 7), "HAT": (10, D(100), 0), "MUG": (60, D(240), 0)}
    # The receipt made ours 5 (50 at 4 and 50 at 6); the franchisee's are still 4.
    assert worth(on(4, 15), GroupBy.SKU) == {
        "BEAD": (7, D(0), 7),
        "HAT": (9, D(90), 0),
        "MUG": (94, D(84 * 5 + 10 * 4), 0),
    }


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (GroupBy.LOCATION, {"RENNES": D(270), "BREST": D(240), "LILLE": D(40)}),
        (GroupBy.LEGAL_ENTITY, {"main": D(510), "f": D(40)}),
        (GroupBy.CATEGORY, {"Table": D(460), "Head": D(90)}),
        (GroupBy.BRAND, {"Keravel": D(550), "Other": D(0)}),
    ],
)
def test_parts_add_up_however_they_are_grouped(shop, by, expected):
    found = {code: value for code, (_units, value, _uncosted) in worth(on(4, 15), by).items()}

    assert found == expected
    assert sum(found.values()) == D(550)


def test_buckets_are_told_apart_and_some_locations_chosen(shop):
    (row,) = [row for row in stock_value(on(4, 15), by=GroupBy.LOCATION) if row.code == "RENNES"]
    assert (row.on_hand, row.damaged, row.units) == (50, 4, 54)

    lille = StockMovement.objects.get(level__location__code="LILLE").level.location_id
    assert worth(on(4, 15), GroupBy.SKU, location_ids=[lille]) == {"MUG": (10, D(40), 0)}


def test_turnover_prices_what_left_at_the_cost_of_its_day(shop):
    rows, means = stock_turnover(on(1, 15), on(4, 15), by=GroupBy.LEGAL_ENTITY)

    ours = next(row for row in rows if row.code == "main")
    assert (ours.units, ours.cost) == (71, D(50 * 4 + 20 * 5 + 10))
    # On 15 January 500; at the ends of January 500, February 300, March 620; on 15 April 510.
    assert ours.mean_value == D(486)
    assert ours.turnover == (D(310) / D(486) * D(365) / D(90)).quantize(D("0.01"))
    assert ours.days_of_cover == (D(510) * 90 / D(310)).quantize(D("0.1"))
    assert [at for at, _value in means] == [on(1, 15), *(on(month, 1, 0) for month in (2, 3, 4)), on(4, 15)]
    assert [value for _at, value in means] == [D(540), D(540), D(340), D(660), D(550)]


def test_what_was_recorded_late_counts_by_the_day_it_happened_when_that_is_asked(shop):
    move(on(5, 10), "HAT", "BREST", -4, "STORE_SALE")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        ((role,),) = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(
            "UPDATE inventory_stockmovement SET occurred_at = %s WHERE recorded_at = %s", [on(4, 10), on(5, 10)]
        )
        cursor.execute(f"SET LOCAL ROLE {role}")

    found = {clock: worth(on(4, 15), GroupBy.CATEGORY, clock=clock)["Head"] for clock in Clock}
    sold = {clock: stock_turnover(on(4, 1), on(4, 30), by=GroupBy.CATEGORY, clock=clock)[0] for clock in Clock}

    assert found == {Clock.RECORDED: (9, D(90), 0), Clock.OCCURRED: (5, D(50), 0)}
    assert {clock: rows[0].cost for clock, rows in sold.items()} == {Clock.RECORDED: D(10), Clock.OCCURRED: D(50)}


def test_what_is_left_is_what_came_last(shop):
    """Of the 84 mugs of ours 50 came in March, the rest in January."""
    found = {row.code: row for row in stock_ages(on(4, 15), by=GroupBy.SKU)}

    # Under 30 days, 60, 90, 180, 365, older; ours by the receipt of 1 March (45 days) and the opening of 10 January (95).
    assert found["MUG"].units == (0, 50, 0, 44, 0, 0)
    assert found["MUG"].values == (0, D(250), 0, D(34 * 5 + 10 * 4), 0, 0)
    assert found["HAT"].units == (0, 0, 0, 9, 0, 0)
    assert [row.units for row in stock_ages(on(2, 9), by=GroupBy.BRAND)] == [(0, 70, 0, 0, 0, 0), (0, 7, 0, 0, 0, 0)]


def test_age_is_not_told_by_location_nor_a_period_that_ends_before_it_begins(shop):
    with pytest.raises(InvalidInput, match="legal entity"):
        stock_ages(on(4, 15), by=GroupBy.LOCATION)
    with pytest.raises(InvalidInput, match="begins before"):
        stock_turnover(on(4, 1), on(4, 1), by=GroupBy.SKU)
