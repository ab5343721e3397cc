"""Levels that follow buffer rules: at date borders, when what a rule looks at changes, and beside others who write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
import time_machine

from inventory.models import BufferSweep, Sku, StockLevel
from inventory.schedule import sweep
from inventory.services import (
    buffers,
    create_buffer_rule,
    delete_buffer_rule,
    move_stock,
    reserve,
    sweep_buffers,
    update_buffer_rule,
    update_location,
    update_sku,
)
from inventory.services.buffers import apply_buffers
from inventory.types import Ask, Move
from oms.events.models import Event
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.buffer_world import PLACES, SKUS, buffer_moves, held, make_world, sweep_all
from tests.support import Meeting, broken, drain


@pytest.fixture
def world(tenant, now) -> dict[tuple[str, str], StockLevel]:
    return make_world(now)


def test_rules_begin_and_end_at_midnight_of_each_location(world, now):
    """The 20th begins in Réunion at 20:00 UTC of the 19th, in Paris at 23:00."""
    create_buffer_rule(
        name="Friday", now=now, measure="UNITS", amount=4, starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 20)
    )
    seen = []
    for hour in (19.9, 20, 22.9, 23, 43.9, 44, 46.9, 47):
        at = datetime(2026, 11, 19, tzinfo=UTC) + timedelta(hours=hour)
        sweep_all(at)
        seen.append((held()["MUG", "REUNION"], held()["MUG", "RENNES"]))
        assert BufferSweep.objects.get().is_open is False

    assert seen == [(0, 0), (4, 0), (4, 0), (4, 4), (4, 4), (0, 4), (0, 4), (0, 0)]
    assert BufferSweep.objects.get().next_at is None


def test_the_scheduler_applies_what_is_due(shared, now):
    with tenant_scope(shared.pk):
        make_world(now)
        create_buffer_rule(name="Friday", now=now, measure="UNITS", amount=4, starts_on=date(2026, 11, 20))
    with time_machine.travel(now, tick=False) as clock:
        sweep(shared.pk, "")
        with tenant_scope(shared.pk):
            assert set(held().values()) == {0}
            assert BufferSweep.objects.get().next_at == datetime(2026, 11, 19, 20, tzinfo=UTC)
        clock.move_to(datetime(2026, 11, 19, 23, 1, tzinfo=UTC))
        sweep(shared.pk, "")
    with tenant_scope(shared.pk):
        assert set(held().values()) == {4}


def test_a_rule_that_changes_while_levels_follow_begins_again(world, now, monkeypatch):
    monkeypatch.setattr(buffers, "SKUS_AT_A_TIME", 1)
    rule = create_buffer_rule(name="All", now=now, measure="UNITS", amount=2)
    assert sweep_buffers(now=now)

    update_buffer_rule(rule_id=rule.pk, now=now, amount=3)
    sweep_all(now)

    assert set(held().values()) == {3}
    assert BufferSweep.objects.get().is_open is False


def test_no_transaction_locks_more_levels_than_its_share(world, now, monkeypatch):
    monkeypatch.setattr(buffers, "MOST", 2)
    create_buffer_rule(name="All", now=now, measure="UNITS", amount=2)
    steps = []
    while sweep_buffers(now=now):
        steps.append(len(buffer_moves()))

    assert steps == [2, 4, 6, 8, 9]
    assert set(held().values()) == {2}


def change_stock(now) -> None:
    move_stock(moves=[Move("MUG", "RENNES", 10, "RECEIPT")], now=now)


def change_category(now) -> None:
    update_sku(sku_id=Sku.objects.get(code="HAT").pk, now=now, category="Kitchen")


def change_group(_now) -> None:
    place = StockLevel.objects.filter(location__code="REUNION")[0].location_id
    update_location(location_id=place, groups=["west"])


CHANGES = [
    (change_stock, {"measure": "PERCENT", "amount": 10}, {("MUG", "RENNES")}),
    (
        change_category,
        {"measure": "UNITS", "amount": 2, "categories": ["Kitchen"]},
        {("HAT", place) for place in PLACES},
    ),
    (change_group, {"measure": "UNITS", "amount": 2, "groups": ["west"]}, {(sku, "REUNION") for sku in SKUS}),
]


@pytest.mark.parametrize(("change", "fields", "where"), CHANGES, ids=["stock", "category", "group"])
def test_levels_follow_what_their_rule_looks_at(shared, now, change, fields, where):
    with tenant_scope(shared.pk):
        make_world(now)
        create_buffer_rule(name="x", now=now, **fields)
        sweep_all(now)
    drain()
    with tenant_scope(shared.pk):
        before, moves = held(), len(buffer_moves())
        change(now)
    drain()

    with tenant_scope(shared.pk):
        after = held()
        assert {place for place in after if after[place] != before[place]} == where
        assert len(buffer_moves()) == moves + len(where)
    assert broken() == []


def test_a_change_is_told_to_whoever_publishes_and_what_is_free_again_to_whoever_waits(world, now):
    rule = create_buffer_rule(name="Mugs", now=now, measure="UNITS", amount=2, sku_codes=["MUG"])
    sweep_all(now)
    told = Event.objects.filter(kind="stock.changed").order_by("-recorded_at", "-pk")[0].payload
    mug = str(world["MUG", "RENNES"].sku_id)
    assert told == {"skus": [mug], "freed": []}

    delete_buffer_rule(rule_id=rule.pk, now=now)
    sweep_all(now)
    told = Event.objects.filter(kind="stock.changed").order_by("-recorded_at", "-pk")[0].payload
    assert told == {"skus": [mug], "freed": [mug]}


def test_without_a_rule_a_change_of_stock_asks_for_nothing(world, now, django_assert_num_queries):
    with django_assert_num_queries(1):
        buffers.follow_changes(sku_ids=[world["MUG", "RENNES"].sku_id], now=now, and_more=True)

    assert not BufferSweep.objects.exists()


@pytest.fixture
def mug(shared, now) -> StockLevel:
    with tenant_scope(shared.pk):
        level = make_stock(make_sku("MUG"), make_location("RENNES"), 10, now=now)
        create_buffer_rule(name="All", now=now, measure="PERCENT", amount=30)
    return level


def unlocked(level_ids) -> list[StockLevel]:
    return list(StockLevel.objects.filter(pk__in=level_ids))


def meeting_at(monkeypatch, name, act) -> Meeting:
    """Let those who come to a function of the module meet there before they go on."""
    meeting = Meeting()

    def met(*args, **kwargs):
        meeting()
        return act(*args, **kwargs)

    monkeypatch.setattr(buffers, name, met)
    return meeting


def test_without_the_lock_two_who_apply_a_rule_apply_it_twice(shared, mug, now, monkeypatch):
    monkeypatch.setattr(buffers, "lock_levels_by_id", unlocked)
    meeting = meeting_at(monkeypatch, "apply_deltas", buffers.apply_deltas)
    apply = partial(apply_buffers, sku_ids=[mug.sku_id], now=now)

    meeting.run(shared, apply, apply)

    with tenant_scope(shared.pk):
        assert StockLevel.objects.get().buffer == 6


def test_two_who_apply_a_rule_apply_it_once(shared, mug, now, monkeypatch):
    meeting = meeting_at(monkeypatch, "lock_levels_by_id", buffers.lock_levels_by_id)
    apply = partial(apply_buffers, sku_ids=[mug.sku_id], now=now)

    assert meeting.run(shared, apply, apply) == [True, True]

    with tenant_scope(shared.pk):
        assert StockLevel.objects.get().buffer == 3
        assert len(buffer_moves()) == 1
    assert broken() == []


def test_buffers_beside_reservations_and_receipts_oversell_nothing(shared, mug, now):
    """Ten units, seven to sell at first; whoever comes first, the ledger adds up and nobody gets what is not there."""
    meeting = Meeting()

    def buy() -> bool:
        meeting()
        return reserve(asks=[Ask(new_id(), mug.sku_id, mug.location_id, 4, 0)])[0].reservation_id is not None

    def lose() -> None:
        meeting()
        move_stock(moves=[Move("MUG", "RENNES", -2, "SHRINKAGE")], now=now)

    def apply() -> None:
        meeting()
        apply_buffers(sku_ids=[mug.sku_id], now=now)

    found = meeting.run(shared, buy, buy, buy, lose, apply, apply)
    assert not [each for each in found if isinstance(each, Exception)]
    drain()

    with tenant_scope(shared.pk):
        level = StockLevel.objects.get()
        assert (level.on_hand, level.buffer) == (8, 3)
        assert level.reserved == 4 * found[:3].count(True)
        assert level.reserved <= 8
    assert broken() == []


def test_another_tenants_rules_hold_back_nothing_here(tenants, now):
    with tenant_scope(tenants[1].pk):
        make_world(now)
        create_buffer_rule(name="All", now=now, measure="UNITS", amount=2, actor=SYSTEM)
        sweep_all(now)
    with tenant_scope(tenants[0].pk):
        world = make_world(now)
        assert not sweep_buffers(now=now)
        assert apply_buffers(sku_ids=[row.sku_id for row in world.values()], now=now)
        assert set(held().values()) == {0}
    with tenant_scope(tenants[1].pk):
        assert set(held().values()) == {2}
