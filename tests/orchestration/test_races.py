"""Routing under concurrency: first the race that a guard prevents, with the guard taken out, then the code as it is.

[I5] each unit of an open order has one reservation, or openly none. [I7] no two writers wait for each other.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from inventory.models import Reservation, StockLevel
from inventory.services import reserve
from inventory.types import Ask
from oms.events.models import Delivery
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.services import pack, pick, refuse, ship
from oms.orders import locks
from oms.orders.models import Order, UnitGroup
from oms.orders.services import cancel_units, hold_order, move, release_holds, work
from oms.tenancy.context import tenant_scope
from oms.tenancy.errors import OmsError
from oms.tenancy.types import SYSTEM
from orchestration.queries import decisions_of
from orchestration.services import force, force_location, place_orders, reroute, route, route_orders, write
from tests.factories import make_channel, make_location, make_order, make_sku, make_stock, new_order
from tests.support import Meeting, at_once, broken, drain, overlapping

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@pytest.fixture
def now() -> datetime:
    """The clock's own: the invariants look at it."""
    return timezone.now()


@pytest.fixture
def network(shared, now):
    """Rennes, which is closest to every customer, and Nantes, each with two mugs and two hats."""
    with tenant_scope(shared.pk):
        rennes = make_location("RENNES", postcode="35000", latitude=48.11, longitude=-1.68)
        nantes = make_location("NANTES", postcode="44000", latitude=47.22, longitude=-1.55)
        mug, hat = make_sku("MUG"), make_sku("HAT")
        for sku in (mug, hat):
            for place in (rennes, nantes):
                make_stock(sku, place, 2, now=now)
        return rennes, nantes, mug, hat, make_channel("web")


def kinds(outcomes) -> list[type]:
    """Of what the database ended, why."""
    return [type(each.__cause__) for each in outcomes if isinstance(each, OperationalError)]


def give_twice(tenant, network, now) -> list[str]:
    """A person gives an order to Nantes while the rules give it to Rennes; where its one unit is reserved."""
    _rennes, nantes, mug, _hat, web = network
    with tenant_scope(tenant.pk):
        order = make_order(web, (mug, 1), now=now)
    by_rules = partial(route_orders, order_ids=[order.pk], now=now, trigger="sweep")
    overlapping(tenant, partial(by_force, order.pk, nantes.pk, now), by_rules)
    with tenant_scope(tenant.pk):
        return sorted(Reservation.objects.filter(state="FIRM").values_list("level__location__code", flat=True))


def test_without_the_lock_on_its_order_a_unit_is_given_to_two_locations(shared, network, now, monkeypatch):
    def read(order_ids):
        return list(Order.objects.filter(pk__in=list(order_ids)).order_by("pk"))

    for module in (locks, move, work):
        monkeypatch.setattr(module, "lock_orders", read)

    assert give_twice(shared, network, now) == ["NANTES", "RENNES"]
    assert broken() == ["fulfilment.units", "orders.reserved"]


def test_a_unit_is_given_to_one_location(shared, network, now):
    assert give_twice(shared, network, now) == ["NANTES"]
    assert broken() == []


def after_meeting(meeting: Meeting, call: Callable) -> Callable:
    def wait_and_call(*arguments, **named):
        meeting()
        return call(*arguments, **named)

    return wait_and_call


def place_mixed(tenant, network, now, monkeypatch):
    """Two batches, each with an order that awaits its payment, whose stock is what the other batch sells."""
    _rennes, _nantes, mug, hat, web = network
    meeting = Meeting()
    monkeypatch.setattr(write, "reserve_held", after_meeting(meeting, write.reserve_held))

    def place(unpaid, paid):
        orders = [new_order(web, (unpaid, 1), now=now, payment_state="PENDING"), new_order(web, (paid, 1), now=now)]
        return [intake.created for intake in place_orders(orders=orders, now=now)]

    return meeting.run(tenant, partial(place, mug, hat), partial(place, hat, mug))


def move_across(tenant, network, now, monkeypatch, move_on):
    """Two orders change places: one leaves Rennes for Nantes, the other comes the other way."""
    rennes, nantes, mug, _hat, web = network
    with tenant_scope(tenant.pk):
        orders = [new_order(web, (mug, 1), now=now) for _place in (rennes, nantes)]
        here, there = [placed.order_id for placed in place_orders(orders=orders, now=now)]
        force_location(order_id=there, location_id=nantes.pk, reason="there", now=now, actor=SYSTEM)
    meeting = Meeting()
    for module in (force, write):
        monkeypatch.setattr(module, "create_fulfilments", after_meeting(meeting, module.create_fulfilments))
    outcomes = meeting.run(tenant, partial(move_on, here, nantes.pk, now), partial(move_on, there, rennes.pk, now))
    with tenant_scope(tenant.pk):
        places = dict(UnitGroup.objects.values_list("order_id", "location__code"))
    return outcomes, [places[here], places[there]]


def by_force(order_id, location_id, now):
    return force_location(order_id=order_id, location_id=location_id, reason="x", now=now, actor=SYSTEM)


def by_rules(order_id, _location_id, now):
    return reroute(order_id=order_id, reason="x", now=now, actor=SYSTEM)


@pytest.fixture
def unordered(monkeypatch):
    """Who writes levels by two verbs does not lock them all before."""
    for module in (force, write):
        monkeypatch.setattr(module, "lock_levels", lambda **_levels: None)


def test_two_batches_with_held_orders_wait_for_each_other(shared, network, now, monkeypatch, unordered):
    assert kinds(place_mixed(shared, network, now, monkeypatch)) == [DeadlockDetected]


def test_two_batches_with_held_orders_follow_each_other(shared, network, now, monkeypatch):
    assert place_mixed(shared, network, now, monkeypatch) == [[True, True], [True, True]]
    with tenant_scope(shared.pk):
        assert sorted(Reservation.objects.values_list("state", flat=True)) == ["FIRM", "FIRM", "HARD", "HARD"]
    assert broken() == []


@pytest.mark.parametrize("move_on", [by_force, by_rules])
def test_two_orders_that_change_places_wait_for_each_other(shared, network, now, monkeypatch, unordered, move_on):
    outcomes, _places = move_across(shared, network, now, monkeypatch, move_on)

    assert kinds(outcomes) == [DeadlockDetected]


@pytest.mark.parametrize("move_on", [by_force, by_rules])
def test_two_orders_change_places(shared, network, now, monkeypatch, move_on):
    outcomes, places = move_across(shared, network, now, monkeypatch, move_on)

    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert places == ["NANTES", "RENNES"]
    assert broken() == []


def place_among_thieves(tenant, now, monkeypatch):
    """Four locations have a mug each; whatever a plan relies on is bought by somebody else before it is written."""
    with tenant_scope(tenant.pk):
        mug, web = make_sku("MUG"), make_channel("web")
        for code in ("A", "B", "C", "D"):
            make_stock(mug, make_location(code), 1, now=now)
    create = write.create_fulfilments

    def steal(location_id) -> None:
        with tenant_scope(tenant.pk), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            reserve(asks=[Ask(uuid4(), mug.pk, location_id, 1, 1)])

    def be_late(**arguments):
        at_once([partial(steal, each.location_id) for each in arguments["works"]] or [list])
        return create(**arguments)

    monkeypatch.setattr(write, "create_fulfilments", be_late)
    with tenant_scope(tenant.pk):
        (intake,) = place_orders(orders=[new_order(web, (mug, 1), now=now)], now=now)
        units, (stored,) = UnitGroup.objects.select_related("location").get(), decisions_of(intake.order_id)
    return units.state, units.location and units.location.code, len(stored.decision.rounds)


def test_on_unlocked_stock_an_order_may_come_late_for_ever(shared, now, monkeypatch):
    monkeypatch.setattr(route, "lock_levels", lambda **_levels: None)

    assert place_among_thieves(shared, now, monkeypatch) == ("PARKED", None, 4)


def test_the_third_round_is_planned_on_locked_stock(shared, now, monkeypatch):
    assert place_among_thieves(shared, now, monkeypatch) == ("ASSIGNED", "C", 2)
    assert broken() == []


def one_act(chance: random.Random, now: datetime) -> Callable[[], object]:
    """Something that somebody does to some order."""
    orders, works = list(Order.objects.order_by("pk")), list(FulfilmentOrder.objects.order_by("pk"))
    order, job = chance.choice(orders), chance.choice(works)
    lines = list(FulfilmentLine.objects.filter(fulfilment=job))
    line = order.lines.order_by("pk").first().pk
    places = list(StockLevel.objects.order_by("pk").values_list("location_id", flat=True))
    picked = {each.pk: chance.randint(0, each.quantity) for each in lines}
    reason = chance.choice(["TOO_BUSY", "MISMATCH", "DAMAGED"])
    return chance.choice(
        [
            partial(cancel_units, order_id=order.pk, quantities={line: 1}, reason="customer", now=now),
            partial(hold_order, order_id=order.pk, now=now),
            partial(release_holds, order_id=order.pk, now=now),
            partial(pick, fulfilment_id=job.pk, picked=picked, now=now),
            partial(pack, fulfilment_id=job.pk, missing="TOO_BUSY", now=now),
            partial(ship, fulfilment_id=job.pk, parcels=[], now=now),
            partial(refuse, fulfilment_id=job.pk, reason=reason, cascade=chance.random() < 0.5, now=now),
            partial(by_force, order.pk, chance.choice(places), now),
            partial(by_rules, order.pk, None, now),
        ]
    )


def test_whatever_people_do_to_the_same_orders_at_once_every_unit_is_accounted_for(shared, network, now):
    """Customers cancel, stores pick, pack, ship and refuse, people hold, release and reroute, and events are delivered."""
    rennes, nantes, mug, hat, web = network
    with tenant_scope(shared.pk):
        for sku in (mug, hat):
            for place in (rennes, nantes):
                make_stock(sku, place, 12, now=now)
        orders = [new_order(web, (mug, 3), (hat, 2), now=now) for _order in range(6)]
        place_orders(orders=orders, now=now)

    def live(seed: int) -> int:
        chance, done = random.Random(seed), 0
        for _turn in range(15):
            try:
                with tenant_scope(shared.pk):
                    one_act(chance, now)()
                done += 1
            except OmsError:
                continue
        return done

    outcomes = at_once([*[partial(live, seed) for seed in range(5)], drain, drain])
    drain()

    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert sum(outcomes[:5]) > 10
    with tenant_scope(shared.pk):
        assert not Delivery.objects.exclude(error="").exists()
    assert broken() == []
