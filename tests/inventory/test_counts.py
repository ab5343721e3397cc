"""Counts: by several people, against the ledger of the moment, reviewed and posted once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from inventory.errors import CountConflict, InvalidLine, WrongDocumentState
from inventory.models import CountLine, StockCount, StockLevel, StockMovement
from inventory.queries import count_lines, counted_by, get_count, shrinkage, tallies_of, variance_of
from inventory.rules.counts import spread_difference
from inventory.services import (
    ask_recount,
    cancel_count,
    counts,
    create_count,
    finish_counting,
    move_stock,
    post_count,
    record_count,
    reserve_basket,
)
from inventory.types import BasketLine, Counted, CountScope, Move
from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import ActorKind
from oms.tenancy.types import Actor
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import count_line, stock
from tests.support import broken, overlapping

MARIE, LOIC = Actor(ActorKind.PERSON, "marie", "Marie"), Actor(ActorKind.PERSON, "loic", "Loïc")


@pytest.fixture
def rennes(tenant):
    return make_location("RENNES")


@pytest.fixture
def mug(rennes, now):
    mug = make_sku("MUG", cost=Decimal("4.00"), category="Tableware")
    make_stock(mug, rennes, 10, now=now)
    return mug


@pytest.fixture
def count(rennes, mug, now):
    return create_count(location_id=rennes.pk, now=now)


def counted(count, sku, quantity, *, now, actor=MARIE, add=False):
    (line,) = record_count(count_id=count.pk, counted=[Counted(sku.pk, quantity, add)], now=now, actor=actor)
    return line


def post(count, *, now, **options):
    finish_counting(count_id=count.pk, now=now)
    return post_count(count_id=count.pk, now=now, **options)


def sold(units, now):
    move_stock(moves=[Move("MUG", "RENNES", -units, "STORE_SALE")], now=now)


def test_a_full_count_has_what_the_location_has_and_a_cycle_count_what_is_named(rennes, mug, now):
    hat, cup = make_sku("HAT", category="Clothes"), make_sku("CUP")
    make_stock(hat, rennes, 1, now=now)
    make_stock(cup, make_location("BREST"), 5, now=now)

    full = create_count(location_id=rennes.pk, now=now)
    cycle = create_count(
        location_id=rennes.pk, now=now, kind="CYCLE", scope=CountScope(sku_ids=(cup.pk,), categories=("Clothes",))
    )

    def skus(count):
        return sorted(CountLine.objects.filter(count=count).values_list("sku__code", flat=True))

    assert (skus(full), skus(cycle)) == (["HAT", "MUG"], ["CUP", "HAT"])
    with pytest.raises(InvalidLine):
        create_count(location_id=rennes.pk, now=now, kind="CYCLE")


def test_a_difference_becomes_one_movement_once(count, mug, rennes, now):
    counted(count, mug, 7, now=now)

    post(count, now=now)
    post_count(count_id=count.pk, now=now)

    assert stock(mug, rennes)[0] == 7
    (moved,) = StockMovement.objects.filter(reason="COUNT")
    assert (moved.quantity, moved.cause_type, moved.note) == (-3, "count_line", count.number)
    assert count_line(count, mug).posted == -3


def test_what_moves_between_counting_and_posting_is_not_lost(count, mug, rennes, now):
    sold(1, now)
    counted(count, mug, 8, now=now)
    sold(3, now)
    move_stock(moves=[Move("MUG", "RENNES", 5, "RECEIPT")], now=now)

    post(count, now=now)

    # Nine were expected when eight were counted: one is missing, whatever was sold and received since.
    assert count_line(count, mug).posted == -1
    assert stock(mug, rennes)[0] == 10


def test_several_people_count_the_same_sku(count, mug, now):
    for _scan in range(3):
        counted(count, mug, 1, now=now, add=True)
    line = counted(count, mug, 6, now=now, actor=LOIC)

    assert (line.counted, line.difference) == (9, -1)
    assert counted(count, mug, 2, now=now).counted == 8
    assert counted_by(count.pk, "loic") == {line.pk: 6}
    assert [(each.label, each.quantity) for each in tallies_of([line.pk])[line.pk]] == [("Loïc", 6), ("Marie", 2)]
    with pytest.raises(InvalidLine):
        counted(count, mug, -3, now=now, add=True)


def test_a_sku_that_nobody_expected_is_added(count, rennes, now):
    cup = make_sku("CUP")

    counted(count, cup, 2, now=now)
    post(count, now=now)

    assert stock(cup, rennes)[0] == 2
    assert count_line(count, cup).posted == 2


def test_what_nobody_counted_stays_unless_it_is_said_to_be_nothing(rennes, mug, now):
    first = create_count(location_id=rennes.pk, now=now)
    post(first, now=now)
    assert (stock(mug, rennes)[0], variance_of(first.pk).missing) == (10, 1)

    second = create_count(location_id=rennes.pk, now=now)
    post(second, now=now, uncounted_as_zero=True)
    assert stock(mug, rennes)[0] == 0


def test_a_recount_begins_from_nothing(count, mug, rennes, now):
    line = counted(count, mug, 7, now=now)
    finish_counting(count_id=count.pk, now=now)
    with pytest.raises(WrongDocumentState):
        counted(count, mug, 9, now=now)

    ask_recount(count_id=count.pk, line_ids=[line.pk])
    assert get_count(count.pk).state == "COUNTING"
    assert count_line(count, mug).counted is None
    assert counted(count, mug, 1, now=now, add=True).counted == 1
    counted(count, mug, 10, now=now)
    post(count, now=now)

    assert stock(mug, rennes)[0] == 10
    assert not StockMovement.objects.filter(reason="COUNT").exists()


def test_a_count_under_what_is_reserved_shows_a_deficit(count, mug, rennes, now):
    reserve_basket(reference="b", lines=[BasketLine("MUG", 8)], now=now)

    counted(count, mug, 5, now=now)
    post(count, now=now)

    assert stock(mug, rennes)[:2] == (5, 8)


def test_more_missing_than_is_there_by_now_is_to_count_again(count, mug, rennes, now):
    counted(count, mug, 0, now=now)
    sold(4, now)
    finish_counting(count_id=count.pk, now=now)

    with pytest.raises(CountConflict) as refusal:
        post_count(count_id=count.pk, now=now)

    assert refusal.value.data == {"skus": ["MUG"]}
    assert (stock(mug, rennes)[0], get_count(count.pk).state) == (6, "REVIEW")


def test_ring_fenced_units_lie_on_the_same_shelf(count, mug, rennes, now):
    StockLevel.objects.create(sku=mug, location=rennes, pool="vip", on_hand=0)

    line = counted(count, mug, 4, now=now)

    assert line.expected == 10
    assert spread_difference(-8, [("", 5), ("vip", 4)]) == [("", -5), ("vip", -3)]
    assert spread_difference(3, [("", 5), ("vip", 4)]) == [("", 3)]
    assert spread_difference(-10, [("", 5), ("vip", 4)]) is None
    assert spread_difference(0, [("", 5)]) == []


def test_what_was_counted_is_known_and_as_old_as_the_count(count, mug, rennes, now):
    StockLevel.objects.update(known=False)
    later = now + timedelta(hours=2)
    counted(count, mug, 10, now=later)

    post(count, now=later)

    level = StockLevel.objects.get()
    assert (level.known, level.as_of) == (True, later)


def test_a_count_that_is_given_up_changes_nothing(count, mug, rennes, now):
    counted(count, mug, 1, now=now)

    cancel_count(count_id=count.pk, now=now)
    cancel_count(count_id=count.pk, now=now)

    assert stock(mug, rennes)[0] == 10
    with pytest.raises(WrongDocumentState):
        post_count(count_id=count.pk, now=now)


def test_the_variance_in_units_and_value(count, mug, rennes, now):
    hat = make_sku("HAT", cost=Decimal("10.00"))
    counted(count, mug, 7, now=now)
    counted(count, hat, 1, now=now)

    found = variance_of(count.pk)

    assert (found.lines, found.counted, found.differing) == (2, 2, 2)
    assert (found.units_over, found.units_short, found.value_over, found.value_short) == (1, -3, 10, -12)
    assert (found.units, found.value, found.missing) == (-2, -2, 0)


def test_shrinkage_by_reason(count, mug, rennes, now):
    move_stock(moves=[Move("MUG", "RENNES", -2, "DAMAGE"), Move("MUG", "RENNES", -1, "STORE_SALE")], now=now)
    counted(count, mug, 3, now=now)
    post(count, now=now)
    at = StockMovement.objects.latest("recorded_at").recorded_at

    found = shrinkage(since=at - timedelta(days=1), until=at + timedelta(days=1))

    assert [(row.reason, row.units_lost, row.units_found, row.value) for row in found] == [
        ("COUNT", 4, 0, -16),
        ("DAMAGE", 2, 0, -8),
    ]
    assert shrinkage(since=at, until=at + timedelta(days=1), location_ids=[]) == []


def test_what_is_lost_is_worth_what_it_cost_at_that_moment(mug, rennes, now):
    for each in (
        Move("MUG", "RENNES", -1, "DAMAGE"),
        Move("MUG", "RENNES", 9, "RECEIPT", unit_cost=Decimal(8)),
        Move("MUG", "RENNES", -1, "DAMAGE"),
    ):
        move_stock(moves=[each], now=now)
    at = StockMovement.objects.latest("recorded_at").recorded_at
    found = shrinkage(since=at - timedelta(days=1), until=at + timedelta(days=1))
    assert [(row.reason, row.units_lost, row.value) for row in found] == [("DAMAGE", 2, -4 - 6)]

    count = create_count(location_id=rennes.pk, now=now)
    line = counted(count, mug, 15, now=now)

    assert variance_of(count.pk).value_short == -2 * 6
    assert count_lines(count.pk).get(pk=line.pk).unit_cost == 6


def unlocked(count_id):
    return StockCount.objects.get(pk=count_id)


@pytest.fixture
def committed(shared, now):
    """A count in review that misses three of ten mugs, committed."""
    with tenant_scope(shared.pk):
        mug, rennes = make_sku("MUG"), make_location("RENNES")
        make_stock(mug, rennes, 10, now=now)
        count = create_count(location_id=rennes.pk, now=now)
        counted(count, mug, 7, now=now)
        return finish_counting(count_id=count.pk, now=now), mug, rennes


@pytest.mark.parametrize("locked", [False, True], ids=["without its lock", "as it is"])
def test_a_count_posted_twice_at_once(shared, committed, now, monkeypatch, locked):
    """Without the count's lock the second posts as well, and only the movement's key stops it; with it, it finds it posted."""
    if not locked:
        monkeypatch.setattr(counts, "lock_count", unlocked)
    count, mug, rennes = committed
    act = partial(post_count, count_id=count.pk, now=now)

    _first, second = overlapping(shared, act, act)

    assert isinstance(second, Exception) is not locked
    with tenant_scope(shared.pk):
        assert stock(mug, rennes)[0] == 7
    assert broken() == []


@pytest.mark.parametrize("locked", [False, True], ids=["without its lock", "as it is"])
def test_two_people_count_one_sku_at_once(shared, committed, now, monkeypatch, locked):
    """Without the line's lock the second does not see what the first counted."""
    count, mug, _rennes = committed
    with tenant_scope(shared.pk):
        ask_recount(count_id=count.pk, line_ids=[count_line(count, mug).pk])
    if not locked:
        unlocked_lines = CountLine.objects.filter
        monkeypatch.setattr(
            counts, "lock_count_lines", lambda count_id, skus: unlocked_lines(count_id=count_id, sku_id__in=skus)
        )

    overlapping(shared, partial(counted, count, mug, 4, now=now), partial(counted, count, mug, 6, now=now, actor=LOIC))

    with tenant_scope(shared.pk):
        assert count_line(count, mug).counted == (10 if locked else 6)
