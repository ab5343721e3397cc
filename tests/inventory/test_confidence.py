"""How sure one may be of stock: what is stored beside a plain model of it, and what is learned from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.models import LocationConfidence, StockConfidence, StockLevel, StockObservation
from inventory.queries import confidences
from inventory.rules.confidence import WEIGHTS
from inventory.services import (
    create_buffer_rule,
    create_count,
    finish_counting,
    learn,
    post_count,
    record_count,
    sweep_buffers,
)
from inventory.types import Counted, CountScope, Observed
from oms.events.models import Event
from oms.tenancy.context import tenant_scope
from oms.tenancy.types import SYSTEM
from tests.inventory.buffer_world import PLACES, held, make_world, sweep_all
from tests.support import at_once, drain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

NOW = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)
CELLS = [("MUG", "RENNES"), ("MUG", "DEPOT"), ("CUP", "RENNES"), ("HAT", "REUNION")]


@pytest.fixture
def world(tenant, now) -> dict[tuple[str, str], StockLevel]:
    return make_world(now)


def seen(level: StockLevel, kind: str, key: str, *, days: float = 0) -> Observed:
    return Observed(level.sku_id, level.location_id, kind, key, NOW - timedelta(days=days))


def posterior(prior: float, strength: float, found: Sequence[Observed], now: datetime) -> float:
    """The mean of a Beta distribution after observations whose weight halves in sixty days."""
    good, bad = prior * strength, (1 - prior) * strength
    for each in found:
        weight = 0.5 ** ((now - each.occurred_at) / timedelta(days=60))
        good += weight * WEIGHTS[each.kind][0]
        bad += weight * WEIGHTS[each.kind][1]
    return good / (good + bad)


def model(observed: Sequence[Observed], level: StockLevel, now: datetime) -> float:
    """The tenant's belief, then the location's, then the SKU's there."""
    once = list({each.key: each for each in reversed(observed)}.values())
    here = [each for each in once if each.location_id == level.location_id]
    tenant = posterior(0.95, 100, once, now)
    location = posterior(tenant, 50, here, now)
    return posterior(location, 4, [each for each in here if each.sku_id == level.sku_id], now)


SEEN = st.lists(
    st.tuples(st.sampled_from(CELLS), st.sampled_from(sorted(WEIGHTS)), st.integers(1, 12), st.floats(0, 400)),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=SEEN, parts=st.integers(1, 6), later=st.integers(0, 200))
def test_what_is_stored_is_what_a_plain_model_says(world, data, parts, later):
    """In any order, in any parts, each key once however often it comes."""
    observed = [seen(world[cell], kind, f"key {key}", days=days) for cell, kind, key, days in data]
    with transaction.atomic():
        for start in range(parts):
            learn(observations=observed[start::parts])
        learn(observations=observed)

        now = NOW + timedelta(days=later)
        found = confidences([row.sku_id for row in world.values()], now=now)
        kept = {row.key: row for row in StockObservation.objects.all()}
        once = [Observed(row.sku_id, row.location_id, row.kind, row.key, row.occurred_at) for row in kept.values()]
        assert set(kept) == {each.key for each in observed}
        assert found == {
            (level.sku_id, level.location_id): pytest.approx(model(once, level, now), abs=1e-9)
            for level in world.values()
        }
        transaction.set_rollback(True)


def test_a_duplicate_changes_nothing_and_is_not_told(world):
    one = seen(world["MUG", "RENNES"], "PICKED", "a")
    assert learn(observations=[one, one]) == [one.sku_id]
    before = list(StockConfidence.objects.values()), list(LocationConfidence.objects.values())

    assert learn(observations=[one]) == []

    assert (list(StockConfidence.objects.values()), list(LocationConfidence.objects.values())) == before
    assert StockConfidence.objects.get().successes == 1
    assert [row.payload for row in Event.objects.filter(kind="confidence.changed")] == [{"skus": [str(one.sku_id)]}]


def test_what_happens_at_the_same_time_is_all_kept(shared, now):
    with tenant_scope(shared.pk):
        world = make_world(now)
    levels = [world[cell] for cell in CELLS]

    def learner(number: int):
        def act() -> list[UUID]:
            order = levels if number % 2 else levels[::-1]
            with tenant_scope(shared.pk):
                return learn(observations=[seen(level, "PICKED", f"{number} {level.pk}") for level in order])

        return act

    assert not [each for each in at_once([learner(n) for n in range(4)]) if isinstance(each, Exception)]
    with tenant_scope(shared.pk):
        assert [row.successes for row in StockConfidence.objects.all()] == [pytest.approx(4)] * 4
        rennes = LocationConfidence.objects.get(location__code="RENNES")
        assert rennes.successes == pytest.approx(8)


def counted(level: StockLevel, quantity: int, now) -> None:
    count = create_count(location_id=level.location_id, now=now, kind="CYCLE", scope=CountScope((level.sku_id,)))
    record_count(count_id=count.pk, counted=[Counted(level.sku_id, quantity)], now=now, actor=SYSTEM)
    finish_counting(count_id=count.pk, now=now)
    post_count(count_id=count.pk, now=now)


def test_counts_teach_by_what_they_found(shared, now):
    with tenant_scope(shared.pk):
        world = make_world(now)
        right, wrong = world["MUG", "RENNES"], world["HAT", "DEPOT"]
        counted(right, right.on_hand, now)
        counted(wrong, wrong.on_hand + 1, now)
    drain()

    with tenant_scope(shared.pk):
        kinds = dict(StockObservation.objects.values_list("sku__code", "kind"))
        assert kinds == {"MUG": "COUNT_RIGHT", "HAT": "COUNT_WRONG"}
        found = confidences([right.sku_id, wrong.sku_id], now=now)
        untouched = found[right.sku_id, world["MUG", "REUNION"].location_id]
        assert found[right.sku_id, right.location_id] > untouched
        assert found[wrong.sku_id, wrong.location_id] < untouched


def test_a_rule_for_what_is_doubtful_follows_what_is_learned(shared, now):
    with tenant_scope(shared.pk):
        world = make_world(now)
        create_buffer_rule(name="Doubt", now=now, measure="UNITS", amount=2, confidence_below=80)
        sweep_all(now)
        assert set(held().values()) == {0}
        doubtful = world["MUG", "RENNES"]
        learn(observations=[Observed(doubtful.sku_id, doubtful.location_id, "MISSING", key, now) for key in "ab"])
    drain()

    with tenant_scope(shared.pk):
        assert {place for place, units in held().items() if units} == {("MUG", "RENNES")}


def test_doubt_fades_and_the_rule_lets_go_by_itself(world, now):
    level = world["MUG", "RENNES"]
    learn(observations=[Observed(level.sku_id, level.location_id, "MISSING", "a", now)])
    create_buffer_rule(name="Doubt", now=now, measure="UNITS", amount=2, confidence_below=80)
    sweep_all(now)
    assert held()["MUG", "RENNES"] == 2

    assert not sweep_buffers(now=now + timedelta(hours=23))
    sweep_all(now + timedelta(days=60))

    assert set(held().values()) == {0}


def test_what_another_tenant_learned_is_not_believed_here(tenants, now):
    with tenant_scope(tenants[1].pk):
        level = make_world(now)["MUG", "RENNES"]
        learn(observations=[Observed(level.sku_id, level.location_id, "MISSING", str(n), now) for n in range(50)])
    with tenant_scope(tenants[0].pk):
        world = make_world(now)
        found = confidences([row.sku_id for row in world.values()], now=now)
        assert [*found.values()] == [pytest.approx(0.95)] * len(found)
        assert len(found) == len(world) == 3 * len(PLACES)
