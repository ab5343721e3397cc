"""Buffer rules: which counts, how much it holds back, and levels that follow it one movement at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.models import BufferRule, BufferSweep, StockLevel, StockMovement
from inventory.queries import preview_buffers, ruling
from inventory.services import (
    create_buffer_rule,
    delete_buffer_rule,
    fence_stock,
    reserve,
    set_own_buffers,
    update_buffer_rule,
)
from inventory.types import Ask, Fence, OwnBuffer
from oms.tenancy.errors import InvalidInput, NotFound
from oms.tenancy.models import AuditEntry, new_id
from tests.inventory.buffer_world import PLACES, SKUS, buffer_moves, held, make_world, sweep_all
from tests.support import broken_here

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# 23:30 in Paris is the next day already in Réunion.
LATE = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)
DAYS = [None, *(date(2026, 11, 19) + timedelta(days=days) for days in (-1, 0, 1))]


@dataclass(frozen=True)
class Plain:
    """A rule as the model knows it."""

    measure: str = "UNITS"
    amount: int = 2
    least: int | None = None
    most: int | None = None
    priority: int = 1
    active: bool = True
    starts_on: date | None = None
    ends_on: date | None = None
    location_codes: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    brands: list[str] = field(default_factory=list)
    sku_codes: list[str] = field(default_factory=list)

    def fits(self, sku: str, place: str, now: datetime) -> bool:
        """Whether it is in force for a SKU at a place."""
        at, of = PLACES[place], SKUS[sku]
        today = now.astimezone(ZoneInfo(at["time_zone"])).date()
        listed = [*self.location_codes, *self.kinds, *self.groups]
        return (
            self.active
            and (self.starts_on is None or self.starts_on <= today)
            and (self.ends_on is None or today <= self.ends_on)
            and (not listed or bool({place, at["kind"], *at["groups"]} & set(listed)))
            and (not self.categories or of["category"] in self.categories)
            and (not self.brands or of["brand"] in self.brands)
            and (not self.sku_codes or sku in self.sku_codes)
        )

    def units(self, on_hand: int) -> int:
        """How much it holds back."""
        if self.measure == "UNITS":
            return self.amount
        held = ceil(on_hand * self.amount / 100)
        held = held if self.least is None else max(held, self.least)
        return held if self.most is None else min(held, self.most)


def some(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.one_of(st.just([]), st.lists(st.sampled_from(values), unique=True, max_size=2))


MEASURES = st.one_of(
    st.builds(dict, measure=st.just("UNITS"), amount=st.integers(0, 9)),
    st.builds(
        lambda amount, least, more: {
            "measure": "PERCENT",
            "amount": amount,
            "least": least,
            "most": None if more is None else (least or 0) + more,
        },
        st.integers(0, 100),
        st.none() | st.integers(0, 5),
        st.none() | st.integers(0, 5),
    ),
)
DATES = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).filter(
    lambda days: None in days or days[0] <= days[1]  # type: ignore[operator]  # neither is None
)
PLAIN = st.builds(
    lambda how, days, **where: Plain(**how, starts_on=days[0], ends_on=days[1], **where),
    MEASURES,
    DATES,
    priority=st.integers(1, 3),
    active=st.sampled_from([True, True, False]),
    location_codes=some(sorted(PLACES)),
    kinds=some(["STORE", "WAREHOUSE"]),
    groups=some(["west", "city"]),
    categories=some(["Kitchen", "Fashion"]),
    brands=some(["Ker", "Arvor"]),
    sku_codes=some(sorted(SKUS)),
)


@pytest.fixture
def world(tenant, now) -> dict[tuple[str, str], StockLevel]:
    """Every SKU at every place, in other quantities."""
    return make_world(now)


def model(rules: Sequence[Plain], own: Mapping[tuple[str, str], int], now: datetime) -> dict[tuple[str, str], int]:
    """What each level should hold back; of equal priorities the first rule."""
    on_hand = {(row.sku.code, row.location.code): row.on_hand for row in StockLevel.objects.filter(pool="")}
    ordered = sorted(rules, key=lambda rule: rule.priority)
    wanted = {}
    for (sku, place), there in on_hand.items():
        fitting = [rule for rule in ordered if rule.fits(sku, place, now)]
        wanted[sku, place] = fitting[0].units(there) if fitting else own.get((sku, place), 0)
    return wanted


def keep(rules: Sequence[Plain], now: datetime) -> list[BufferRule]:
    return [create_buffer_rule(name=f"rule {n}", now=now, **asdict(rule)) for n, rule in enumerate(rules)]


@settings(max_examples=60)
@given(rules=st.lists(PLAIN, max_size=5), own=st.dictionaries(st.sampled_from(sorted(SKUS)), st.integers(0, 4)))
def test_levels_hold_back_what_a_plain_model_says(world, rules, own):
    with transaction.atomic():
        by_hand = {(sku, "RENNES"): units for sku, units in own.items()}
        set_own_buffers(buffers=[OwnBuffer(*place, units) for place, units in by_hand.items()], now=LATE)
        kept = keep(rules, LATE)
        sweep_all(LATE)

        assert held() == model(rules, by_hand, LATE)
        assert broken_here("stock") == []
        changed = [level for level in StockLevel.objects.all() if level.buffer != level.own_buffer]
        moved = StockMovement.objects.filter(bucket="BUFFER", cause_type="buffer_rule")
        assert set(moved.values_list("level_id", flat=True)) >= {level.pk for level in changed}
        assert {move.cause_id for move in moved} <= {str(rule.pk) for rule in kept}
        transaction.set_rollback(True)


@settings(max_examples=30)
@given(rules=st.lists(PLAIN, max_size=3), draft=PLAIN)
def test_a_preview_says_what_happens_and_writes_nothing(world, rules, draft):
    with transaction.atomic():
        keep(rules, LATE)
        sweep_all(LATE)
        before = {level.pk: level for level in StockLevel.objects.all()}
        fields = {**asdict(draft), "starts_on": None, "ends_on": None, "active": True}
        said = preview_buffers(BufferRule(name="draft", **asdict(draft)), now=LATE, rows=100)

        assert {level.pk: level.buffer for level in StockLevel.objects.all()} == {
            pk: level.buffer for pk, level in before.items()
        }
        create_buffer_rule(name="draft", now=LATE, **fields)
        sweep_all(LATE)
        rises = [level.available - before[level.pk].available for level in StockLevel.objects.all()]
        changes = [level for level in StockLevel.objects.all() if level.buffer != before[level.pk].buffer]
        assert said.levels == len(changes) == len(said.rows)
        assert said.gained == sum(rise for rise in rises if rise > 0)
        assert said.lost == -sum(rise for rise in rises if rise < 0)
        found = {(row.sku, row.location): row.buffer_after for row in said.rows}
        assert found == {(level.sku.code, level.location.code): level.buffer for level in changes}
        transaction.set_rollback(True)


def test_a_changed_level_has_one_movement_that_names_the_rule_and_an_unchanged_one_none(world, now):
    rule = create_buffer_rule(name="West", now=now, measure="UNITS", amount=2, groups=["west"])
    sweep_all(now)
    sweep_all(now)

    moves = buffer_moves()
    assert {(move.level.location.code, move.quantity, move.balance) for move in moves} == {
        ("RENNES", 2, 2),
        ("DEPOT", 2, 2),
    }
    assert len(moves) == 6
    assert {(move.reason, move.cause_type, move.cause_id, move.note) for move in moves} == {
        ("BUFFER", "buffer_rule", str(rule.pk), "West")
    }
    assert {name for _rule, name in ruling([row.sku_id for row in world.values()], now=now).values()} == {"West"}
    assert broken_here("stock") == []

    update_buffer_rule(rule_id=rule.pk, now=now, name="Whole west")
    sweep_all(now)
    assert len(buffer_moves()) == 6


def test_a_rule_that_goes_leaves_what_was_set_by_hand_and_is_named(world, now):
    set_own_buffers(buffers=[OwnBuffer("MUG", "RENNES", 1)], now=now)
    rule = create_buffer_rule(name="All", now=now, measure="UNITS", amount=5)
    sweep_all(now)
    assert set(held().values()) == {5}

    delete_buffer_rule(rule_id=rule.pk, now=now)
    sweep_all(now)

    assert {place: units for place, units in held().items() if units} == {("MUG", "RENNES"): 1}
    last = buffer_moves()[-1]
    assert (last.cause_type, last.cause_id, last.note) == ("buffer_rule", str(rule.pk), "All")
    assert set_own_buffers(buffers=[OwnBuffer("MUG", "RENNES", 3)], now=now) == 1
    last = buffer_moves()[-1]
    assert (last.quantity, last.cause_type, last.cause_id) == (2, "own_buffer", "")


def test_what_is_set_by_hand_waits_behind_a_rule(world, now):
    create_buffer_rule(name="All", now=now, measure="UNITS", amount=5)
    sweep_all(now)
    moves = len(buffer_moves())

    assert set_own_buffers(buffers=[OwnBuffer("MUG", "RENNES", 9)], now=now) == 1

    assert held()["MUG", "RENNES"] == 5
    assert len(buffer_moves()) == moves


def test_why_something_was_set_by_hand_is_kept_also_where_a_rule_counts(world, now):
    set_own_buffers(buffers=[OwnBuffer("MUG", "RENNES", 2)], now=now, note="Broken display")
    create_buffer_rule(name="All", now=now, measure="UNITS", amount=5)
    sweep_all(now)
    moves = len(buffer_moves())

    set_own_buffers(buffers=[OwnBuffer("MUG", "RENNES", 4)], now=now, note="Works next door")
    set_own_buffers(buffers=[OwnBuffer("MUG", "RENNES", 4)], now=now, note="Again")

    assert [move.note for move in buffer_moves() if move.cause_type == "own_buffer"] == ["Broken display"]
    assert len(buffer_moves()) == moves
    told = AuditEntry.objects.filter(action="own_buffer.set").order_by("pk").values_list("data", flat=True)
    assert list(told) == [
        {"changes": {"MUG @ RENNES": [0, 2]}, "reason": "Broken display"},
        {"changes": {"MUG @ RENNES": [2, 4]}, "reason": "Works next door"},
    ]


def test_ring_fences_are_left_alone(world, now):
    fence_stock(fences=[Fence("MUG", "RENNES", "vip", 4)])
    create_buffer_rule(name="Half", now=now, measure="PERCENT", amount=50)
    sweep_all(now)

    fenced, common = (
        StockLevel.objects.get(sku__code="MUG", location__code="RENNES", pool=pool) for pool in ("vip", "")
    )
    assert fenced.buffer == 0
    assert common.buffer == ceil(common.on_hand / 2)


def test_a_buffer_makes_no_deficit_and_takes_nothing_that_is_reserved(world, now):
    level = world["MUG", "RENNES"]
    reserve(asks=[Ask(new_id(), level.sku_id, level.location_id, level.on_hand - 1, 0)])
    create_buffer_rule(name="All", now=now, measure="UNITS", amount=50)
    sweep_all(now)

    level.refresh_from_db()
    assert (level.buffer, level.available) == (50, 0)
    assert reserve(asks=[Ask(new_id(), level.sku_id, level.location_id, 1, 0)])[0].reservation_id is None
    assert broken_here("stock") == []


FAULTS = [
    ({"measure": "PERCENT", "amount": 101}, "amount"),
    ({"measure": "UNITS", "amount": 10**9}, "amount"),
    ({"measure": "UNITS", "amount": 1, "least": 1}, "least"),
    ({"measure": "PERCENT", "amount": 1, "least": 3, "most": 2}, "most"),
    ({"measure": "UNITS", "amount": 1, "starts_on": date(2026, 2, 2), "ends_on": date(2026, 2, 1)}, "ends_on"),
]


@pytest.mark.parametrize(("fields", "fault"), FAULTS)
def test_a_rule_that_makes_no_sense_is_refused(tenant, now, fields, fault):
    with pytest.raises(InvalidInput) as refusal:
        create_buffer_rule(name="x", now=now, **fields)

    assert list(refusal.value.data["faults"]) == [fault]
    assert not BufferRule.objects.exists()
    assert not BufferSweep.objects.exists()


def test_what_is_done_to_a_rule_is_in_the_audit_trail(tenant, now):
    rule = create_buffer_rule(name="West", now=now, measure="UNITS", amount=2)
    update_buffer_rule(rule_id=rule.pk, now=now, amount=3, active=False)
    update_buffer_rule(rule_id=rule.pk, now=now, amount=3)
    delete_buffer_rule(rule_id=rule.pk, now=now)

    trail = AuditEntry.objects.filter(object_type="buffer_rule").order_by("at", "pk").values_list("action", "data")
    assert list(trail) == [
        ("buffer_rule.created", {"name": "West"}),
        ("buffer_rule.updated", {"name": "West", "changes": ["active", "amount"]}),
        ("buffer_rule.deleted", {"name": "West"}),
    ]
    with pytest.raises(NotFound):
        update_buffer_rule(rule_id=rule.pk, now=now, amount=1)
