"""Stock under concurrency: first the race that a guard prevents, with the guard taken out, then the code as it is.

[I4] movements sum to the level. [I6] open reservations sum to what is reserved. [I7] nothing is sold that is not there.
"""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from functools import partial
from importlib import import_module
from itertools import count
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.db.models import Sum
from psycopg.errors import DeadlockDetected

from inventory.enums import OPEN_STATES
from inventory.errors import NotEnoughStock, ReservationConflict
from inventory.models import Reservation, Sku, StockLevel
from inventory.services import (
    apply_deltas,
    basket,
    catalogue,
    consume,
    expire_reservations,
    ledger,
    levels,
    release,
    reserve,
    reserve_basket,
    save_skus,
    save_view,
    set_levels,
    settle,
)
from inventory.types import Ask, BasketLine, Delta, LevelSetting
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.support import GATE, PATIENCE, Meeting, at_once, broken, changed, gated, overlapping, pauses

RESERVE = import_module("inventory.services.reserve")
LOCK = ("FOR NO KEY UPDATE OF l", "")
CONDITION = ("AND l.on_hand - l.reserved - l.buffer >= total.quantity", "")
CONDITION_OF_ONE = ("AND l.on_hand - l.reserved - l.buffer >= %(quantity)s", "")
SUM_OF_ROWS = (
    "l.on_hand - l.reserved - l.buffer AS free",
    "l.on_hand - (SELECT coalesce(sum(r.quantity), 0) FROM inventory_reservation r WHERE r.level_id = l.id) AS free",
)


@pytest.fixture
def cells(shared, now) -> list[StockLevel]:
    """Two SKUs at one place, 3 units of each, in the order in which they are locked."""
    with tenant_scope(shared.pk):
        place = make_location("RENNES")
        made = [make_stock(make_sku(code), place, 3, now=now) for code in ("MUG", "HAT")]
    return sorted(made, key=lambda level: level.sku_id)


def asks_for(*wanted: StockLevel, quantity: int = 2) -> list[Ask]:
    return [Ask(uuid4(), level.sku_id, level.location_id, quantity, 1) for level in wanted]


def buy(*wanted: StockLevel, quantity: int = 2) -> list[bool]:
    """Reserve units of each level, all or none; say which were granted."""
    grants = reserve(asks=asks_for(*wanted, quantity=quantity))
    return [grant.reservation_id is not None for grant in grants]


def reserved(tenant) -> list[int]:
    with tenant_scope(tenant.pk):
        return list(StockLevel.objects.order_by("sku_id", "location_id").values_list("reserved", flat=True))


def in_scope(tenant, act):
    with tenant_scope(tenant.pk):
        return act()


def change(monkeypatch, module, name, *changes) -> None:
    monkeypatch.setattr(module, name, changed(getattr(module, name), *changes))


def test_without_its_condition_the_last_units_are_sold_twice(shared, cells, monkeypatch):
    change(monkeypatch, RESERVE, "_RESERVE_ONE", CONDITION_OF_ONE)

    assert overlapping(shared, partial(buy, cells[0]), partial(buy, cells[0])) == ([True], [True])

    assert reserved(shared) == [4, 0]
    assert broken() == ["stock.no_oversell"]


def test_the_last_units_are_sold_once(shared, cells):
    assert overlapping(shared, partial(buy, cells[0]), partial(buy, cells[0])) == ([True], [False])

    assert reserved(shared) == [2, 0]
    assert broken() == []


@pytest.mark.parametrize("taken_out", [(LOCK, CONDITION), (SUM_OF_ROWS, CONDITION)], ids=["no lock", "sum of rows"])
def test_without_the_locked_quantity_baskets_are_sold_twice(shared, cells, monkeypatch, taken_out):
    """A sum over other rows is read from the snapshot that the statement began with, lock or not."""
    change(monkeypatch, RESERVE, "_RESERVE", *taken_out)

    assert overlapping(shared, partial(buy, *cells), partial(buy, *cells)) == ([True, True], [True, True])

    assert reserved(shared) == [4, 4]
    assert broken() == ["stock.no_oversell"]


@pytest.mark.parametrize("taken_out", [(), (LOCK,), (CONDITION,)], ids=["as it is", "no lock", "no condition"])
def test_a_basket_is_sold_once_and_either_guard_is_enough_for_that(shared, cells, monkeypatch, taken_out):
    change(monkeypatch, RESERVE, "_RESERVE", *taken_out)

    assert overlapping(shared, partial(buy, *cells), partial(buy, *cells)) == ([True, True], [False, False])

    assert reserved(shared) == [2, 2]
    assert broken() == []


def test_without_the_lock_a_basket_is_granted_in_part(shared, cells, monkeypatch):
    change(monkeypatch, RESERVE, "_RESERVE", LOCK)

    assert overlapping(shared, partial(buy, cells[0]), partial(buy, *cells)) == ([True], [False, True])


def test_a_basket_is_granted_whole_or_not_at_all(shared, cells):
    assert overlapping(shared, partial(buy, cells[0]), partial(buy, *cells)) == ([True], [False, False])
    assert reserved(shared) == [2, 0]


# In the order of the asks, which is anybody's.
AS_ASKED = ("ORDER BY l.sku_id, l.location_id, l.pool\n", "ORDER BY array_position(%(skus)s::uuid[], l.sku_id)\n")
AS_GIVEN = ("ORDER BY l.sku_id, l.location_id, l.pool\n", "ORDER BY array_position(%(levels)s::uuid[], l.id)\n")


def take(*wanted: StockLevel) -> int:
    return len(apply_deltas(deltas=[Delta(level.pk, "ON_HAND", -1, "STORE_SALE") for level in wanted]))


def paused(before: str, second: str) -> tuple[str, str]:
    """Let the statement pause when it has locked its first row and before it locks the second."""
    return before, f"{before}, CASE WHEN {second} THEN pg_advisory_xact_lock_shared({GATE}) END AS pause"


LOCKING = {
    "reserve": (
        RESERVE,
        "_RESERVE",
        AS_ASKED,
        paused("l.on_hand - l.reserved - l.buffer AS free", "l.sku_id = (%(skus)s::uuid[])[2]"),
        buy,
    ),
    "ledger": (ledger, "_APPLY", AS_GIVEN, paused("SELECT l.id, l.sku_id", "l.id = (%(levels)s::uuid[])[2]"), take),
}


@pytest.mark.parametrize("writer", LOCKING)
def test_without_one_order_of_locks_two_writers_wait_for_each_other(shared, cells, monkeypatch, writer):
    module, name, unordered, pause, write = LOCKING[writer]
    change(monkeypatch, module, name, unordered, pause)

    outcomes = gated(shared, partial(write, *cells), partial(write, *reversed(cells)))

    (stopped,) = [each for each in outcomes if isinstance(each, OperationalError)]
    assert isinstance(stopped.__cause__, DeadlockDetected)


@pytest.mark.parametrize("writer", LOCKING)
def test_writers_that_name_rows_in_opposite_orders_follow_each_other(shared, cells, monkeypatch, writer):
    module, name, _unordered, pause, write = LOCKING[writer]
    change(monkeypatch, module, name, pause)

    outcomes = gated(shared, partial(write, *cells), partial(write, *reversed(cells)))

    assert not any(isinstance(each, Exception) for each in outcomes)


def test_baskets_of_hot_skus_in_any_order_never_deadlock(shared, now):
    with tenant_scope(shared.pk):
        place = make_location("RENNES")
        hot = [make_stock(make_sku(f"HOT-{number}"), place, 60, now=now) for number in range(8)]

    def shop(seed: int) -> int:
        chance, served = random.Random(seed), 0
        for _basket in range(10):
            with tenant_scope(shared.pk):
                served += all(buy(*chance.sample(hot, 5), quantity=2))
        return served

    served = at_once([partial(shop, seed) for seed in range(8)])

    assert not [each for each in served if isinstance(each, Exception)]
    assert sum(reserved(shared)) == sum(served) * 10
    assert broken() == []


def second_round(tenant, now, monkeypatch):
    """A basket's first plan is late, and another writer takes the same levels before its second."""
    with tenant_scope(tenant.pk):
        west, east = make_location("WEST"), make_location("EAST")
        first, last = sorted((make_sku("MUG"), make_sku("HAT")), key=lambda sku: sku.pk)
        make_stock(first, west, 9, now=now)
        near, far = make_stock(last, west, 4, now=now), make_stock(last, east, 5, now=now)
    meeting, failed, plan, rounds = Meeting(), threading.Event(), basket._plan, count(1)

    def plan_with_pauses(*arguments):
        turn = next(rounds)
        if turn == 2:
            failed.set()
            meeting()
        planned = plan(*arguments)
        if turn == 1:
            assert at_once([partial(in_scope, tenant, partial(buy, far, quantity=5))]) == [[True]]
        return planned

    def take_both() -> int:
        assert failed.wait(PATIENCE)
        return take(near, far)

    monkeypatch.setattr(basket, "_plan", plan_with_pauses)
    lines = [BasketLine(first.code, 1), BasketLine(last.code, 1)]
    return meeting.run(tenant, partial(reserve_basket, reference="b-1", lines=lines, now=now), take_both)


def test_a_failed_round_that_keeps_its_locks_waits_for_who_waits_for_it(shared, now, monkeypatch):
    kept = SimpleNamespace(savepoint=lambda: None, savepoint_rollback=lambda _before: None)
    monkeypatch.setattr(basket, "transaction", kept)

    outcomes = second_round(shared, now, monkeypatch)

    assert [type(each.__cause__) for each in outcomes if isinstance(each, Exception)] == [DeadlockDetected]


def test_a_failed_round_lets_its_levels_go(shared, now, monkeypatch):
    kept, _taken = second_round(shared, now, monkeypatch)

    assert sorted(units.location for units in kept.lines) == ["WEST", "WEST"]
    assert broken() == []


def test_overlapping_views_together_sell_what_there_is(shared, now):
    """West sells A and B, east sells B and C: neither may promise what the other has sold."""
    with tenant_scope(shared.pk):
        mug = make_sku("MUG")
        for code in ("A", "B", "C"):
            make_stock(mug, make_location(code), 5, now=now)
        save_view(code="west", name="West", location_codes=["A", "B"])
        save_view(code="east", name="East", location_codes=["B", "C"])

    def shop(view: str, shopper: int) -> int:
        """One unit after the other, until there is none."""
        for bought in range(99):
            try:
                with tenant_scope(shared.pk):
                    line = BasketLine("MUG", 1)
                    reserve_basket(reference=f"{view}-{shopper}-{bought}", lines=[line], view=view, now=now)
            except NotEnoughStock:
                return bought
        raise AssertionError("More was sold than there is.")

    bought = at_once([partial(shop, view, shopper) for shopper in range(4) for view in ("west", "east")])
    afterwards = [shop(view, 99) for view in ("west", "east")]

    assert sum(bought) + sum(afterwards) == 15
    assert reserved(shared) == [5, 5, 5]
    assert broken() == []


def unlocked(holder_ids):
    rows = Reservation.objects.filter(holder_id__in=list(holder_ids), state__in=OPEN_STATES)
    return list(rows.select_related("level").order_by("pk"))


@pytest.fixture
def mine(shared, cells) -> Ask:
    """One unit reserved, beside two of somebody else."""
    with tenant_scope(shared.pk):
        assert buy(cells[0], quantity=2) == [True]
        (asked,) = asks_for(cells[0], quantity=1)
        reserve(asks=[asked])
    return asked


def end_twice(tenant, asked, now) -> tuple[int, int]:
    """The customer cancels while the parcel leaves."""
    return overlapping(
        tenant,
        lambda: release(holder_ids=[asked.holder_id], now=now),
        lambda: consume(holder_ids=[asked.holder_id], now=now),
    )


@pytest.mark.parametrize("expiry_first", [True, False])
def test_a_basket_that_is_asked_for_again_while_it_runs_out_is_never_kept_twice(shared, cells, now, expiry_first):
    later = now + timedelta(minutes=2)
    with tenant_scope(shared.pk):
        lines = [BasketLine(Sku.objects.get(pk=cells[0].sku_id).code, 1)]
        ask = partial(reserve_basket, reference="b", lines=lines, expires_in=timedelta(minutes=1))
        ask(now=now)
    expire, again = partial(expire_reservations, now=later), partial(ask, now=later)

    outcomes = overlapping(shared, *((expire, again) if expiry_first else (again, expire)))

    assert not [each for each in outcomes if isinstance(each, Exception)]
    with tenant_scope(shared.pk):
        (kept,) = Reservation.objects.filter(state__in=OPEN_STATES)
    assert (kept.expires_at, sum(reserved(shared))) == (later + timedelta(minutes=1), 1)
    assert broken() == []


def test_a_basket_that_ran_out_is_not_kept_on_for_who_asks_for_something_else(shared, cells, now):
    with tenant_scope(shared.pk):
        code = Sku.objects.get(pk=cells[0].sku_id).code
        reserve_basket(reference="b", lines=[BasketLine(code, 1)], now=now, expires_in=timedelta(minutes=1))
        with pytest.raises(ReservationConflict):
            reserve_basket(
                reference="b",
                lines=[BasketLine(code, 2)],
                now=now + timedelta(minutes=2),
                expires_in=timedelta(minutes=1),
            )

        assert Reservation.objects.get().expires_at == now + timedelta(minutes=1)


def test_without_its_lock_a_reservation_ends_twice(shared, mine, now, monkeypatch):
    monkeypatch.setattr(settle, "lock_open_reservations", unlocked)

    assert end_twice(shared, mine, now) == (1, 1)

    assert reserved(shared) == [1, 0]
    assert broken() == ["stock.reserved"]


def test_a_reservation_ends_once(shared, mine, now):
    assert end_twice(shared, mine, now) == (1, 0)

    assert reserved(shared) == [2, 0]
    assert broken() == []


OLD_QUANTITY = (
    "SET on_hand = l.on_hand +",
    "SET on_hand = (SELECT o.on_hand FROM inventory_stocklevel o WHERE o.tenant_id = l.tenant_id AND o.id = l.id) +",
)


def on_hand(level) -> int:
    with tenant_scope(level.tenant_id):
        return StockLevel.objects.get(pk=level.pk).on_hand


def test_a_level_computed_from_what_was_read_before_loses_a_movement(shared, cells, monkeypatch):
    change(monkeypatch, ledger, "_APPLY", OLD_QUANTITY)

    overlapping(shared, partial(take, cells[0]), partial(take, cells[0]))

    assert on_hand(cells[0]) == 2
    assert broken() == ["stock.ledger_on_hand"]


def test_movements_that_meet_are_all_in_the_level(shared, cells):
    overlapping(shared, partial(take, cells[0]), partial(take, cells[0]))

    assert on_hand(cells[0]) == 1
    assert broken() == []


def count_while_sold(tenant, level, now) -> None:
    """A unit is sold at the till while the feed brings 5."""

    def feed() -> None:
        set_levels(levels=[LevelSetting(level.sku.code, level.location.code, 5)], now=now)

    overlapping(tenant, partial(take, level), feed)


def test_a_feed_that_compares_without_a_lock_sets_another_quantity(shared, cells, now, monkeypatch):
    change(monkeypatch, levels, "_DIFFERENCES", LOCK)

    count_while_sold(shared, cells[0], now)

    assert on_hand(cells[0]) == 4


def test_a_feed_sets_what_it_says_whatever_is_sold_meanwhile(shared, cells, now):
    count_while_sold(shared, cells[0], now)

    assert on_hand(cells[0]) == 5
    assert broken() == []


def import_both_ways(tenant):
    """Two files with the same new SKUs, each with a pause between its first and its second."""
    files = [
        [{"code": first, "name": first}, {"code": second, "name": second, "product": "pause"}]
        for first, second in (("HAT", "MUG"), ("MUG", "HAT"))
    ]
    with pauses("inventory_sku", "NEW.product = 'pause'"):
        return gated(tenant, *[partial(save_skus, skus=rows) for rows in files])


def test_files_written_in_opposite_orders_wait_for_each_other(shared, monkeypatch):
    monkeypatch.setattr(catalogue, "sorted", list, raising=False)

    (stopped,) = [each for each in import_both_ways(shared) if isinstance(each, OperationalError)]
    assert isinstance(stopped.__cause__, DeadlockDetected)


def test_files_with_the_same_skus_follow_each_other(shared):
    one, two = import_both_ways(shared)

    assert [sku.pk for sku in one] == [sku.pk for sku in two]


def test_whatever_happens_at_once_everything_still_sums(shared, cells, now):
    def live(seed: int) -> None:
        chance, mine = random.Random(seed), []
        for _turn in range(12):
            with tenant_scope(shared.pk):
                act = chance.choice(["reserve", "release", "consume", "receive"])
                if act == "reserve":
                    asked = asks_for(*chance.sample(cells, chance.choice([1, 2])), quantity=1)
                    mine += [grant.ask.holder_id for grant in reserve(asks=asked) if grant.reservation_id]
                elif act == "receive":
                    apply_deltas(deltas=[Delta(chance.choice(cells).pk, "ON_HAND", 2, "RECEIPT")])
                elif mine:
                    {"release": release, "consume": consume}[act](holder_ids=[mine.pop()], now=now)

    assert at_once([partial(live, seed) for seed in range(6)]) == [None] * 6

    with tenant_scope(shared.pk):
        still_open = Reservation.objects.filter(state__in=OPEN_STATES).aggregate(units=Sum("quantity"))["units"] or 0
    assert sum(reserved(shared)) == still_open
    assert broken() == []
