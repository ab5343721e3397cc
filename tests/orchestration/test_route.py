from __future__ import annotations

import pytest

from inventory.models import Reservation, StockLevel
from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.events.queries import timeline
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import refuse
from oms.orders.models import Order, UnitGroup
from oms.orders.services import cancel_units, hold_order, release_holds
from oms.tenancy.types import SYSTEM
from orchestration.queries import decisions_of
from orchestration.services import (
    force_location,
    place_orders,
    reroute,
    route_orders,
    route_parked,
    route_refused,
    write,
)
from orchestration.types import Refusal
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order


@pytest.fixture
def network(tenant, now):
    """Rennes and Nantes have mugs; Rennes is where customers live."""
    mug = make_sku("MUG")
    rennes = make_location("RENNES", postcode="35000", latitude=48.11, longitude=-1.68)
    nantes = make_location("NANTES", postcode="44000", latitude=47.22, longitude=-1.55)
    make_stock(mug, rennes, 3, now=now)
    make_stock(mug, nantes, 10, now=now)
    return mug, rennes, nantes


def reserved(location):
    return StockLevel.objects.get(location=location).reserved


def test_an_order_is_placed_at_the_closest_location_and_says_why(network, now):
    mug, rennes, _nantes = network

    (intake,) = place_orders(orders=[new_order(make_channel("web"), (mug, 2), now=now)], now=now)

    (group,) = UnitGroup.objects.all()
    assert (group.state, group.location_id) == ("ASSIGNED", rennes.pk)
    assert Reservation.objects.get().state == "FIRM"
    assert reserved(rennes) == 2
    (stored,) = decisions_of(intake.order_id)
    assert stored.placed == 2
    assert {each.code for attempt in stored.decision.attempts for each in attempt.candidates} == {"RENNES", "NANTES"}
    assert "RENNES" in stored.decision.summary("fr")
    kinds = [event.kind for event in timeline(subject_type="order", subject_id=intake.order_id)]
    assert kinds == ["order.accepted", "fulfilment.created", "order.routed"]


def test_units_without_stock_are_parked_and_placed_when_stock_comes(network, now):
    mug, rennes, nantes = network
    (intake,) = place_orders(orders=[new_order(make_channel("web"), (mug, 20), now=now)], now=now)
    assert sorted(UnitGroup.objects.values_list("state", "quantity")) == [
        ("ASSIGNED", 3),
        ("ASSIGNED", 10),
        ("PARKED", 7),
    ]

    set_levels(levels=[LevelSetting("MUG", "NANTES", 30)], now=now)
    assert route_parked(sku_ids=[mug.pk], now=now) == 1

    assert set(UnitGroup.objects.values_list("state", flat=True)) == {"ASSIGNED"}
    assert (reserved(rennes), reserved(nantes)) == (3, 17)
    assert len(decisions_of(intake.order_id)) == 2


def test_a_refusal_goes_elsewhere(network, now):
    mug, rennes, nantes = network
    (intake,) = place_orders(orders=[new_order(make_channel("web"), (mug, 1), now=now)], now=now)
    work = FulfilmentOrder.objects.get()
    refuse(fulfilment_id=work.pk, reason="TOO_BUSY", now=now)

    refusal = Refusal(intake.order_id, rennes.pk, frozenset({mug.pk}), "TOO_BUSY")
    route_refused(refusals=[refusal], now=now, trigger="fulfilment.refused")

    assert UnitGroup.objects.get().location_id == nantes.pk
    assert (reserved(rennes), reserved(nantes)) == (0, 1)
    newest = decisions_of(intake.order_id)[0]
    assert newest.trigger == "fulfilment.refused"


def test_a_held_order_keeps_tentative_stock_and_is_routed_at_release(network, now):
    mug, rennes, nantes = network
    (intake,) = place_orders(
        orders=[new_order(make_channel("web"), (mug, 5), now=now, payment_state="PENDING")], now=now
    )
    assert set(Reservation.objects.values_list("state", flat=True)) == {"HARD"}
    assert (reserved(rennes), reserved(nantes)) == (0, 5)

    release_holds(order_id=intake.order_id, now=now)
    route_orders(order_ids=[intake.order_id], now=now, trigger="order.released")

    assert sorted(Reservation.objects.values_list("state", "quantity")) == [("FIRM", 5), ("RELOCATED", 5)]
    assert (reserved(rennes), reserved(nantes)) == (0, 5)


def test_cancelling_some_held_units_gives_up_first_those_that_have_no_stock(network, now):
    mug, rennes, nantes = network
    (intake,) = place_orders(
        orders=[new_order(make_channel("web"), (mug, 20), now=now, payment_state="PENDING")], now=now
    )
    assert (reserved(rennes), reserved(nantes)) == (3, 10)
    line = Order.objects.get().lines.get()

    cancel_units(order_id=intake.order_id, quantities={line.pk: 7}, reason="customer", now=now)
    assert (reserved(rennes), reserved(nantes)) == (3, 10)
    cancel_units(order_id=intake.order_id, quantities={line.pk: 11}, reason="customer", now=now)

    assert sorted(UnitGroup.objects.values_list("state", "quantity")) == [
        ("CANCELLED", 7),
        ("CANCELLED", 11),
        ("HELD", 2),
    ]
    assert reserved(rennes) + reserved(nantes) == 2


def test_units_without_stock_that_are_held_say_so(network, now):
    mug, _rennes, _nantes = network
    (intake,) = place_orders(orders=[new_order(make_channel("web"), (mug, 20), now=now)], now=now)

    hold_order(order_id=intake.order_id, reason="FRAUD", now=now)

    assert sorted(UnitGroup.objects.values_list("state", "quantity", "reason")) == [
        ("HELD", 3, "FRAUD"),
        ("HELD", 7, "NO_STOCK"),
        ("HELD", 10, "FRAUD"),
    ]


def test_stock_taken_after_the_snapshot_is_planned_again(network, now, monkeypatch):
    mug, rennes, nantes = network
    taken = iter([True])
    original = write.create_fulfilments

    def somebody_is_faster(**arguments):
        if next(taken, False):
            StockLevel.objects.filter(location=rennes).update(on_hand=0)
        return original(**arguments)

    monkeypatch.setattr(write, "create_fulfilments", somebody_is_faster)
    (intake,) = place_orders(orders=[new_order(make_channel("web"), (mug, 2), now=now)], now=now)

    assert UnitGroup.objects.get().location_id == nantes.pk
    (stored,) = decisions_of(intake.order_id)
    assert len(stored.decision.rounds) == 1
    assert FulfilmentOrder.objects.count() == 1


def test_the_same_order_twice_reserves_once(network, now):
    mug, rennes, _nantes = network
    order = new_order(make_channel("web"), (mug, 1), now=now)

    place_orders(orders=[order, order], now=now)
    place_orders(orders=[order], now=now)

    assert reserved(rennes) == 1
    assert Order.objects.count() == 1


def test_a_person_can_force_a_location_or_reroute(network, tenant, now):
    mug, rennes, nantes = network
    (intake,) = place_orders(orders=[new_order(make_channel("web"), (mug, 1), now=now)], now=now)

    force_location(order_id=intake.order_id, location_id=nantes.pk, reason="customer is there", now=now, actor=SYSTEM)
    assert (reserved(rennes), reserved(nantes)) == (0, 1)

    reroute(order_id=intake.order_id, reason="changed my mind", now=now, actor=SYSTEM)
    assert (reserved(rennes), reserved(nantes)) == (1, 0)
    assert sorted(FulfilmentOrder.objects.values_list("state", flat=True)) == ["CANCELLED", "CANCELLED", "TO_ACCEPT"]
