"""Balances at the ends of periods, and stock as it was: against a plain sum over the whole ledger."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from inventory.enums import Clock
from inventory.errors import NotKept
from inventory.models import StockBalance, StockLevel, StockMovement, StockPeriod
from inventory.queries import as_of, stock_as_of
from inventory.rules.periods import DAYS_KEPT, day_end, month_end, period_end
from inventory.services import apply_deltas, balances, keep_balances, thin_balances
from inventory.services.balances import build_balances
from inventory.types import Delta
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.support import as_owner, broken, until

BUCKETS = ("ON_HAND", "RESERVED", "QUARANTINED", "DAMAGED", "IN_TRANSIT")
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- Hypothesis adds it


@given(MOMENTS, MOMENTS)
def test_periods_lead_from_any_moment_to_any_later_end(one, other):
    at, upto = min(one, other), day_end(max(one, other))
    ends = []
    while at < upto:
        at = min(period_end(at, upto=upto), upto)
        ends.append(at)

    assert ends == sorted(set(ends))
    assert all(end == day_end(end) for end in ends)
    recent = month_end(upto - DAYS_KEPT)
    months, days = [end for end in ends if end <= recent], [end for end in ends if end > recent]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))
    assert all(end == month_end(end) for end in months)


@pytest.fixture
def ledger(tenant, now) -> list[StockLevel]:
    """Three levels with two hundred movements over the last half year; one of them has not moved for long."""
    place = make_location("RENNES")
    levels = [make_stock(make_sku(), place, 0, now=now) for _level in range(3)]
    rng = random.Random(7)
    moves = [Delta(level.pk, bucket, 100, "ADJUSTMENT") for level in levels for bucket in BUCKETS]
    moves += [
        Delta(rng.choice(levels).pk, rng.choice(BUCKETS), rng.choice((-1, 1, 2)), "COUNT") for _move in range(200)
    ]
    for move in moves:
        apply_deltas(deltas=[move])
    began = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
    backdated(
        (
            row,
            began
            + timedelta(hours=21 * index)
            - (timedelta(days=200) if row.level_id == levels[2].pk else timedelta()),
        )
        for index, row in enumerate(StockMovement.objects.order_by("recorded_at", "version"))
    )
    return levels


def backdated(rows) -> None:
    """The ledger is append-only and its clock the database's: only its owner can make it older."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        ((role,),) = cursor.fetchall()
        cursor.execute("SET LOCAL ROLE NONE")
        for row, at in rows:
            cursor.execute(
                "UPDATE inventory_stockmovement SET recorded_at = %s, occurred_at = %s WHERE id = %s",
                [at, at - timedelta(hours=row.version % 40), row.pk],
            )
        cursor.execute(f"SET LOCAL ROLE {role}")


def kept_up(upto: datetime) -> None:
    """Balances of every period until a moment, whatever still runs; from where it was kept before."""
    last = StockPeriod.objects.order_by("-at").first()
    after = last.at if last else None
    at = after or StockMovement.objects.order_by("recorded_at")[0].recorded_at
    while at < upto:
        at = min(period_end(at, upto=upto), upto)
        build_balances(after=after, upto=at)
        StockPeriod.objects.create(at=at, mark=0, built_at=at)
        after = at


def summed(at: datetime, clock: Clock = Clock.RECORDED) -> dict:
    """The same, by adding the whole ledger up."""
    found: dict = {}
    for row in StockMovement.objects.filter(**{f"{clock}_at__lte": at}):
        found.setdefault(row.level_id, Counter())[row.bucket] += row.quantity
    return found


def read(at: datetime, **how) -> dict:
    rows = stock_as_of(at, **how)
    return {
        row.level_id: Counter(
            {bucket: getattr(row, bucket.lower()) for bucket in BUCKETS if getattr(row, bucket.lower())}
        )
        for row in rows
    }


INSTANTS = [
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2026, 4, 30, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 5, 1, tzinfo=UTC),
    datetime(2026, 8, 17, 5, tzinfo=UTC),
    datetime(2026, 9, 20, tzinfo=UTC),
    datetime(2030, 1, 1, tzinfo=UTC),
]


@pytest.mark.parametrize("clock", list(Clock))
@pytest.mark.parametrize("balances", ["none", "some", "all", "thinned"])
def test_the_past_is_what_the_ledger_adds_up_to(ledger, balances, clock):
    if balances == "thinned":
        kept_up(datetime(2026, 7, 15, tzinfo=UTC))
    if balances != "none":
        kept_up(datetime(2026, 7 if balances == "some" else 11, 1, tzinfo=UTC))
    if balances == "thinned":
        assert thin_balances() > 0

    for at in INSTANTS:
        assert read(at, clock=clock) == summed(at, clock), at


@pytest.mark.parametrize("few", [0, 50])
def test_some_skus_and_some_locations(ledger, few, monkeypatch):
    monkeypatch.setattr(as_of, "FEW", few)
    kept_up(datetime(2026, 7, 1, tzinfo=UTC))
    at = INSTANTS[3]
    wanted = ledger[0]

    assert read(at, sku_ids=[wanted.sku_id]) == {wanted.pk: summed(at)[wanted.pk]}
    assert read(at, location_ids=[wanted.location_id]) == summed(at)
    assert read(at, location_ids=[]) == {}


def test_a_level_has_a_balance_only_where_it_moved(ledger):
    kept_up(datetime(2026, 11, 1, tzinfo=UTC))

    still = StockBalance.objects.filter(level=ledger[2])
    assert set(still.values_list("at", flat=True)) < set(StockPeriod.objects.values_list("at", flat=True))
    last = still.order_by("-at")[0]
    assert last.version == StockMovement.objects.filter(level=ledger[2]).count()
    assert last.at < datetime(2026, 11, 1, tzinfo=UTC)


def test_thinning_keeps_each_months_end_and_is_done_once(ledger):
    kept_up(datetime(2026, 7, 15, tzinfo=UTC))
    kept_up(datetime(2026, 11, 1, tzinfo=UTC))
    days = StockPeriod.objects.exclude(at__day=1).filter(at__lt=datetime(2026, 8, 1, tzinfo=UTC)).count()

    assert (thin_balances(), thin_balances()) == (days, 0)

    ends = StockBalance.objects.filter(at__lt=datetime(2026, 8, 1, tzinfo=UTC)).values_list("at", flat=True)
    assert {end.day for end in ends} == {1}


def test_what_is_no_longer_kept_is_refused(ledger):
    kept_up(datetime(2026, 7, 1, tzinfo=UTC))
    StockPeriod.objects.filter(at=datetime(2026, 6, 1, tzinfo=UTC)).update(floor=True)

    assert read(datetime(2026, 6, 1, tzinfo=UTC))
    with pytest.raises(NotKept, match="from 2026-06-01 on"):
        stock_as_of(datetime(2026, 5, 31, tzinfo=UTC))


class TestTheJob:
    """Against committed rows: a period waits for those who may still write into it."""

    @pytest.fixture
    def level(self, shared, now) -> StockLevel:
        with tenant_scope(shared.pk):
            level = make_stock(make_sku(), make_location("RENNES"), 7, now=now)
        with as_owner() as owner:
            owner.execute("UPDATE inventory_stockmovement SET recorded_at = now() - interval '100 days'")
        return level

    def keep(self, shared, times: int = 1) -> list[bool]:
        found = []
        for _time in range(times):
            with tenant_scope(shared.pk):
                found.append(keep_balances(now=datetime.now(UTC)))
        return found

    def until_kept(self, shared) -> None:
        """Whatever runs anywhere on the server may hold a period back."""
        until(lambda: self.keep(shared) == [True])

    def test_it_keeps_every_period_once(self, shared, level):
        assert self.keep(shared) == [False]
        self.until_kept(shared)
        while self.keep(shared) == [True]:
            pass

        with tenant_scope(shared.pk):
            ends = list(StockPeriod.objects.order_by("at").values_list("at", "built_at"))
            assert ends[-1][0] == day_end(datetime.now(UTC))
            assert all(built for _at, built in ends)
            assert len(ends) > 60
            assert [row.on_hand for row in StockBalance.objects.all()] == [7]
        assert broken() == []

    def test_it_keeps_a_large_period_some_levels_at_a_time(self, shared, level, now, monkeypatch):
        monkeypatch.setattr(balances, "AT_ONCE", 2)
        with tenant_scope(shared.pk):
            for _level in range(4):
                make_stock(make_sku(), level.location, 3, now=now)
        with as_owner() as owner:
            owner.execute("UPDATE inventory_stockmovement SET recorded_at = now() - interval '100 days'")
        self.keep(shared)

        self.until_kept(shared)

        at = datetime.now(UTC) - timedelta(days=2)
        kept = []
        for _turn in range(3):
            with tenant_scope(shared.pk):
                kept.append((StockBalance.objects.count(), StockPeriod.objects.exclude(built_at=None).count()))
                assert sorted(row.on_hand for row in stock_as_of(at)) == [3, 3, 3, 3, 7]
            assert broken() == []
            self.keep(shared)
        assert kept == [(2, 0), (4, 0), (5, 1)]
        with tenant_scope(shared.pk):
            assert StockPeriod.objects.order_by("at")[0].levels == 5

    def test_it_waits_for_a_transaction_that_may_have_moved_stock(self, shared, level):
        with as_owner() as writer:
            with writer.transaction():
                writer.execute("SELECT pg_current_xact_id()")
                assert self.keep(shared, 3) == [False, False, False]
                with tenant_scope(shared.pk):
                    assert not StockPeriod.objects.exclude(built_at=None).exists()

            self.until_kept(shared)

    def test_a_tenant_without_stock_is_kept_too(self, shared):
        def built() -> bool:
            assert self.keep(shared) == [False]
            with tenant_scope(shared.pk):
                return StockPeriod.objects.get().built_at is not None

        until(built)


def test_a_balance_that_is_built_again_is_left_alone(ledger):
    upto = datetime(2026, 7, 1, tzinfo=UTC)
    first = build_balances(after=None, upto=upto)
    with transaction.atomic():
        again = build_balances(after=None, upto=upto)

    assert (first, again) == (3, 0)
