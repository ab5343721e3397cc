"""Every decision is stored whole, with the change it explains, and can be told in both languages [I13]."""

from __future__ import annotations

import pytest
from django.utils import timezone

from inventory.models import StockLevel
from oms.events.queries import timeline
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import refuse
from oms.orders.models import Order, UnitGroup
from oms.tenancy.context import tenant_scope
from orchestration.models import RoutingDecision
from orchestration.queries import decisions_of
from orchestration.services import place_orders, route_orders, route_refused, route_waiting, write
from orchestration.types import Refusal
from tests.factories import make_channel, make_location, make_order, make_sku, make_stock, new_order
from tests.support import broken


def told(order_id) -> dict[str, str]:
    (newest, *_others) = decisions_of(order_id)
    return {language: newest.decision.summary(language) for language in ("fr", "en")}


CASES = {
    "one location": ((("mug", 1),), 1, 0),
    "several locations": ((("mug", 13),), 13, 0),
    "some without stock": ((("mug", 20), ("teapot", 1)), 13, 8),
    "nothing to be had": ((("teapot", 2),), 0, 2),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_decided_is_stored_whole(network, now, monkeypatch, case):
    """The stored decision is the engine's own, with each location and each filter, as it was then."""
    wanted, placed, parked = CASES[case]
    order = make_order(network.web, *((getattr(network, name), count) for name, count in wanted), now=now)

    (made,) = route_orders(order_ids=[order.pk], now=now, trigger="order.accepted")

    (stored,) = decisions_of(order.pk)
    assert stored.decision == made.decision
    assert (stored.placed, stored.parked, stored.trigger, stored.decided_at) == (placed, parked, "order.accepted", now)
    assert sum(each.quantity for each in stored.decision.placements) == placed
    assert sum(each.quantity for each in stored.decision.parked) == parked
    for attempt in stored.decision.attempts:
        seen = {candidate.code for candidate in attempt.candidates}
        assert seen == {"RENNES", "NANTES"}
        assert all(len(candidate.checks) == len(attempt.filters) for candidate in attempt.candidates)
        ranked = [candidate for candidate in attempt.candidates if candidate.failed is None]
        assert all(len(candidate.scores) == len(attempt.ranking) for candidate in ranked)
    sentences = told(order.pk)
    assert sentences["fr"] != sentences["en"]
    assert all("{" not in sentence and sentence for sentence in sentences.values())


def test_it_stays_as_it_was_seen_when_the_world_changes(place, network, now):
    order = place()
    before = told(order.pk)

    StockLevel.objects.update(on_hand=0)
    type(network.rennes).objects.update(name="Another name")

    assert told(order.pk) == before


def test_each_new_decision_is_stored_beside_the_earlier_ones(place, network, now):
    order = place()
    work = FulfilmentOrder.objects.get()
    refuse(fulfilment_id=work.pk, reason="TOO_BUSY", now=now)
    refusal = Refusal(order.pk, network.rennes.pk, frozenset({network.mug.pk}), "TOO_BUSY")

    route_refused(refusals=[refusal], now=now, trigger="fulfilment.refused")

    second, first = decisions_of(order.pk)
    assert [each.code for each in first.decision.placements] == ["RENNES"]
    assert [each.code for each in second.decision.placements] == ["NANTES"]


def test_nothing_is_placed_whose_decision_cannot_be_stored(network, now, monkeypatch):
    def fail(*_arguments):
        raise RuntimeError("The decision cannot be stored.")

    monkeypatch.setattr(write, "_keep_decisions", fail)

    with pytest.raises(RuntimeError):
        place_orders(orders=[new_order(network.web, (network.mug, 1), now=now)], now=now)

    assert not Order.objects.exists()
    assert not FulfilmentOrder.objects.exists()


@pytest.mark.parametrize("retry", ["sweep", "stock.changed"])
def test_a_retry_that_parks_units_is_told_and_one_that_changes_nothing_is_not(network, now, retry):
    order = make_order(network.web, (network.teapot, 1), now=now)

    for _time in range(3):
        route_orders(order_ids=[order.pk], now=now, trigger=retry, states=("PENDING", "PARKED"))

    assert UnitGroup.objects.get().state == "PARKED"
    assert [stored.parked for stored in decisions_of(order.pk)] == [1]
    kinds = [event.kind for event in timeline(subject_type="order", subject_id=order.pk)]
    assert kinds == ["order.accepted", "order.parked"]


def test_the_net_under_the_outbox_explains_what_it_parks(network, now):
    order = make_order(network.web, (network.teapot, 1), now=now)

    route_waiting(now=now)

    assert told(order.pk)["en"]
    assert RoutingDecision.objects.get().trigger == "sweep"


def test_a_decision_that_is_not_stored_is_missed_by_the_invariants(shared, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(write, "_keep_decisions", lambda *_arguments: None)
    with tenant_scope(shared.pk):
        mug = make_sku("MUG")
        make_stock(mug, make_location("RENNES"), 1, now=now)
        place_orders(orders=[new_order(make_channel("web"), (mug, 1), now=now)], now=now)

    assert broken() == ["routing.explained"]
