"""Units sold before they are here: kept on their purchase order or transfer, reserved as they come, sought elsewhere when they do not."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from inventory.models import Location, PurchaseOrderLine, StockLevel, SupplyReservation
from inventory.queries import availability, get_view, supply_reservations
from inventory.services import (
    announce_shipment,
    close_purchase_order,
    confirm_purchase_order,
    dispatch_transfer,
    move_stock,
    receive_purchase_order,
    receive_transfer,
    request_transfer,
    reschedule_purchase_order,
    save_view,
    settle_transfer,
)
from inventory.services.ledger import apply_deltas
from inventory.types import Arrival, Delta, Fate, Move, NewNotice
from oms.orders.models import Order, UnitGroup
from oms.orders.services import cancel_units, hold_order, release_holds
from oms.tenancy.context import tenant_scope
from oms.tenancy.types import SYSTEM
from orchestration.rules.rulesets import default_ruleset, dump_ruleset
from orchestration.services import force_location, place_orders, publish_ruleset, save_draft
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.inventory.documents import line_of, make_purchase, make_transfer
from tests.support import broken, drain, overlapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from inventory.models import Sku
    from oms.tenancy.models import Tenant

promise = sys.modules["inventory.services.promise"]


@pytest.fixture
def mug(shared, now) -> Iterator[Sku]:
    """A SKU that Rennes has none of, on a channel that sells what is to come; afterwards every invariant holds."""
    with tenant_scope(shared.pk):
        mug = make_sku("MUG")
        make_stock(mug, make_location("RENNES", postcode="35000"), 0, now=now)
        view = save_view(code="ahead", name="Ahead", supply=["PURCHASE", "TRANSFER"])
        make_channel("web", stock_view_id=view.pk)
        make_channel("shop")
    yield mug
    assert broken() == []


@pytest.fixture
def act(shared) -> Callable:
    """Do something in a transaction of the tenant, then deliver what it tells, unless that is left for later."""

    def acted(what: Callable, *args, later: bool = False, **options):
        with tenant_scope(shared.pk):
            done = what(*args, **options)
        if not later:
            drain()
        return done

    return acted


def buy(mug: Sku, units: int, now, **fields):
    return make_purchase(Location.objects.get(code="RENNES"), (mug, units), now=now, **fields)


def order(mug: Sku, units: int, now, *, channel: str = "web", minute: int = 0, **fields) -> Order:
    at = now + timedelta(minutes=minute)
    sold_on = next(
        each for each in Order._meta.get_field("channel").related_model.objects.all() if each.code == channel
    )
    (intake,) = place_orders(orders=[new_order(sold_on, (mug, units), now=at, **fields)], now=at)
    return Order.objects.get(pk=intake.order_id)


def receive(purchase, mug: Sku, units: int, now, *, key: str = "k", damaged: int = 0):
    arrival = Arrival(line_of(purchase, mug).pk, units, damaged)
    return receive_purchase_order(order_id=purchase.pk, arrivals=[arrival], key=key, now=now)


def units(shared: Tenant) -> list[tuple[str, int]]:
    """The units of every order in the order of arrival, by state."""
    with tenant_scope(shared.pk):
        groups = UnitGroup.objects.order_by("order__received_at", "state", "quantity")
        return [(group.state, group.quantity) for group in groups if group.state != "CANCELLED"]


def waiting(shared: Tenant) -> list[int]:
    with tenant_scope(shared.pk):
        return [row.quantity for row in supply_reservations()]


def offered(shared: Tenant, mug: Sku) -> tuple[int | None, int | None]:
    """What the view sells in all, and at once."""
    with tenant_scope(shared.pk):
        (found,) = availability(view=get_view("ahead"), sku_ids=[mug.pk])
        return found.quantity, found.at_once


def test_what_is_sold_ahead_is_not_offered_again(shared, mug, act, now):
    act(buy, mug, 5, now)
    assert offered(shared, mug) == (5, 0)

    for minute in range(3):
        act(order, mug, 2, now, minute=minute)

    assert units(shared) == [("BACKORDERED", 2), ("BACKORDERED", 2), ("BACKORDERED", 1), ("PARKED", 1)]
    assert (waiting(shared), offered(shared, mug)) == ([2, 2, 1], (0, 0))


def test_what_comes_is_reserved_for_those_who_waited_before_anybody_else_can_have_it(shared, mug, act, now):
    bought = act(buy, mug, 5, now)
    act(order, mug, 2, now)
    act(order, mug, 3, now, minute=1)

    act(receive, bought, mug, 3, now, later=True)
    late = act(order, mug, 1, now, minute=2, channel="shop")

    assert late.status == "UNROUTABLE"
    assert units(shared) == [("ASSIGNED", 2), ("ASSIGNED", 1), ("BACKORDERED", 2), ("PARKED", 1)]
    assert (waiting(shared), offered(shared, mug)) == ([2], (0, 0))
    act(receive, bought, mug, 2, now, key="k2")
    assert units(shared) == [("ASSIGNED", 2), ("ASSIGNED", 1), ("ASSIGNED", 2), ("PARKED", 1)]


def test_two_deliveries_before_routing_has_its_turn(shared, mug, act, now):
    one, two = act(buy, mug, 2, now), act(buy, mug, 2, now)
    act(order, mug, 4, now)

    act(receive, one, mug, 2, now, later=True)
    act(receive, two, mug, 2, now, later=True)

    with tenant_scope(shared.pk):
        assert StockLevel.objects.values_list("on_hand", "reserved").get() == (4, 4)
    drain()
    assert units(shared) == [("ASSIGNED", 4)]


def test_units_that_come_damaged_or_not_at_all_send_the_last_back_to_routing(shared, mug, act, now):
    bought = act(buy, mug, 6, now)
    for minute in range(3):
        act(order, mug, 2, now, minute=minute)

    act(receive, bought, mug, 2, now, damaged=1)
    assert units(shared) == [("ASSIGNED", 2), ("BACKORDERED", 2), ("BACKORDERED", 1), ("PARKED", 1)]
    act(close_purchase_order, order_id=bought.pk, now=now, reason="SHORT")

    assert units(shared) == [("ASSIGNED", 2), ("PARKED", 2), ("PARKED", 1), ("PARKED", 1)]
    with tenant_scope(shared.pk):
        assert set(UnitGroup.objects.filter(state="PARKED").values_list("reason", flat=True)) == {"no_stock"}
        assert PurchaseOrderLine.objects.get().promised == 0


def test_what_is_cancelled_can_be_sold_again_and_goes_to_who_waits_without(shared, mug, act, now):
    act(buy, mug, 3, now)
    first = act(order, mug, 3, now)
    act(order, mug, 2, now, minute=1)
    with tenant_scope(shared.pk):
        line = UnitGroup.objects.get(order=first).line_id

    act(cancel_units, order_id=first.pk, now=now, reason="CUSTOMER", quantities={line: 1})

    assert units(shared) == [("BACKORDERED", 2), ("BACKORDERED", 1), ("PARKED", 1)]
    act(cancel_units, order_id=first.pk, now=now, reason="CUSTOMER")
    assert (units(shared), offered(shared, mug)) == ([("BACKORDERED", 1), ("BACKORDERED", 1)], (1, 0))


def test_those_who_wait_without_anything_are_given_what_is_bought_for_them(shared, mug, act, now):
    act(order, mug, 2, now)
    bought = act(buy, mug, 5, now, confirmed=False)
    assert units(shared) == [("PARKED", 2)]

    act(confirm_purchase_order, order_id=bought.pk, now=now)

    assert (units(shared), offered(shared, mug)) == ([("BACKORDERED", 2)], (3, 0))


def test_a_notice_moves_the_day_and_who_waits_moves_with_it(shared, mug, act, now):
    late = act(buy, mug, 5, now)
    act(order, mug, 4, now)
    early = act(buy, mug, 5, now, expected_date=now.date())

    def kept() -> list[tuple[str, int]]:
        with tenant_scope(shared.pk):
            return [(row.purchase_line.order.number, row.quantity) for row in supply_reservations()]

    assert kept() == [(early.number, 4)]
    sooner = NewNotice("N-1", now.date() - timedelta(days=1), {act(line_of, late, mug).pk: 3})
    act(announce_shipment, order_id=late.pk, notice=sooner, now=now)
    assert sorted(kept()) == sorted([(late.number, 3), (early.number, 1)])


def test_who_waits_for_a_line_that_comes_later_waits_for_what_comes_first(shared, mug, act, now):
    first = act(buy, mug, 5, now, expected_date=now.date() + timedelta(days=2))
    act(order, mug, 4, now)
    second = act(buy, mug, 3, now, expected_date=now.date() + timedelta(days=5))

    act(
        reschedule_purchase_order,
        order_id=first.pk,
        days={act(line_of, first, mug).pk: now.date() + timedelta(days=9)},
    )

    with tenant_scope(shared.pk):
        kept = {row.purchase_line.order.number: row.quantity for row in supply_reservations()}
    assert kept == {second.number: 3, first.number: 1}
    assert units(shared) == [("BACKORDERED", 4)]


def test_who_waits_for_an_order_that_comes_later_waits_for_what_comes_first(shared, mug, act, now):
    first = act(buy, mug, 5, now, expected_date=now.date() + timedelta(days=2))
    act(order, mug, 4, now)
    second = act(buy, mug, 3, now, expected_date=now.date() + timedelta(days=5))

    act(reschedule_purchase_order, order_id=first.pk, days={}, expected_date=now.date() + timedelta(days=9))

    with tenant_scope(shared.pk):
        kept = {row.purchase_line.order.number: row.quantity for row in supply_reservations()}
    assert kept == {second.number: 3, first.number: 1}


def test_who_waits_for_a_line_that_comes_too_late_for_the_view_waits_for_nothing(shared, mug, act, now):
    act(save_view, code="ahead", name="Ahead", supply=["PURCHASE"], horizon=7)
    bought = act(buy, mug, 5, now, expected_date=now.date() + timedelta(days=2))
    act(order, mug, 4, now)
    assert (units(shared), waiting(shared)) == ([("BACKORDERED", 4)], [4])

    line = act(line_of, bought, mug).pk
    act(reschedule_purchase_order, order_id=bought.pk, days={line: now.date() + timedelta(days=30)})
    assert (units(shared), waiting(shared)) == ([("PARKED", 4)], [])

    act(reschedule_purchase_order, order_id=bought.pk, days={line: now.date() + timedelta(days=3)})
    assert (units(shared), waiting(shared)) == ([("BACKORDERED", 4)], [4])


def test_stock_from_elsewhere_ends_the_wait(shared, mug, act, now):
    act(buy, mug, 5, now)
    act(order, mug, 4, now)

    act(move_stock, moves=[Move("MUG", "RENNES", 3, "RECEIPT")], now=now)

    assert units(shared) == [("ASSIGNED", 3), ("BACKORDERED", 1)]
    assert (waiting(shared), offered(shared, mug)) == ([1], (4, 0))


def test_held_units_wait_too(shared, mug, act, now):
    bought = act(buy, mug, 5, now)
    unpaid = act(order, mug, 3, now, payment_state="PENDING")
    assert (unpaid.status, offered(shared, mug)) == ("HELD", (2, 0))

    act(receive, bought, mug, 5, now)
    assert offered(shared, mug) == (2, 2)
    act(release_holds, order_id=unpaid.pk, now=now)
    assert units(shared) == [("ASSIGNED", 3)]


def test_units_put_on_hold_keep_their_place(shared, mug, act, now):
    act(buy, mug, 5, now)
    held = act(order, mug, 3, now)

    act(hold_order, order_id=held.pk, now=now)
    assert waiting(shared) == [3]
    act(release_holds, order_id=held.pk, now=now)
    assert (units(shared), waiting(shared)) == ([("BACKORDERED", 3)], [3])


def test_a_person_who_finds_the_units_elsewhere_ends_the_wait(shared, mug, act, now):
    act(buy, mug, 5, now)
    forced = act(order, mug, 3, now)
    act(move_stock, moves=[Move("MUG", "RENNES", 3, "RECEIPT")], now=now, later=True)

    rennes = act(Location.objects.get, code="RENNES", later=True)

    act(force_location, order_id=forced.pk, location_id=rennes.pk, reason="Found", now=now, actor=SYSTEM)

    assert (units(shared), waiting(shared), offered(shared, mug)) == ([("ASSIGNED", 3)], [], (5, 0))


def test_a_channel_that_sells_only_what_is_there_leaves_what_is_to_come_alone(shared, mug, act, now):
    act(buy, mug, 5, now)

    act(order, mug, 3, now, channel="shop")

    assert (units(shared), waiting(shared)) == ([("PARKED", 3)], [])


def test_a_view_that_sells_nothing_ahead_backorders_on_what_its_own_locations_get(shared, mug, act, now):
    with tenant_scope(shared.pk):
        document: Any = dump_ruleset(default_ruleset())
        document["rules"][0]["after"] = "backorder"
        draft = save_draft(document=document, actor=SYSTEM)
        publish_ruleset(version_id=draft.pk, reason="x", now=now, actor=SYSTEM)
        make_location("DEPOT")
        make_channel("depot", stock_view_id=save_view(code="depot", name="Depot", location_codes=["DEPOT"]).pk)
    bought = act(buy, mug, 5, now)

    act(order, mug, 2, now, channel="depot")
    act(order, mug, 3, now, minute=1, channel="shop")

    assert (units(shared), waiting(shared)) == ([("BACKORDERED", 2), ("BACKORDERED", 3)], [3])
    act(receive, bought, mug, 5, now)
    assert units(shared) == [("BACKORDERED", 2), ("ASSIGNED", 3)]


def test_what_the_place_lacks_already_is_not_sold_ahead(shared, mug, act, now):
    act(buy, mug, 5, now)
    with tenant_scope(shared.pk):
        apply_deltas(deltas=[Delta(StockLevel.objects.get().pk, "BUFFER", 2, "BUFFER")])

    assert offered(shared, mug) == (3, 0)
    act(order, mug, 5, now)
    assert units(shared) == [("BACKORDERED", 3), ("PARKED", 2)]


def test_a_transfer_brings_what_was_sold_ahead(shared, mug, act, now):
    with tenant_scope(shared.pk):
        depot = make_location("DEPOT", ships=False, collects=False)
        make_stock(mug, depot, 4, now=now)
        view = save_view(code="ahead", name="Ahead", location_codes=["RENNES"])
        assert view.supply == ["PURCHASE", "TRANSFER"]
        moved = make_transfer(depot, Location.objects.get(code="RENNES"), (mug, 4), now=now)
    act(request_transfer, transfer_id=moved.pk, now=now)
    for minute in range(4):
        act(order, mug, 1, now, minute=minute)
    assert [state for state, _units in units(shared)] == ["BACKORDERED"] * 4
    line = act(line_of, moved, mug)

    act(dispatch_transfer, transfer_id=moved.pk, now=now, quantities={line.pk: 3})
    assert [state for state, _units in units(shared)] == ["BACKORDERED"] * 3 + ["PARKED"]
    act(receive_transfer, transfer_id=moved.pk, arrivals=[Arrival(line.pk, 1)], key="a", now=now)
    assert [state for state, _units in units(shared)] == ["ASSIGNED"] + ["BACKORDERED"] * 2 + ["PARKED"]
    act(receive_transfer, transfer_id=moved.pk, arrivals=[], key="b", now=now, finish=True)
    assert [state for state, _units in units(shared)] == ["ASSIGNED"] + ["PARKED"] * 3
    act(settle_transfer, transfer_id=moved.pk, fates=[Fate(line.pk, "RECEIVED", 2)], key="c", now=now)
    assert [state for state, _units in units(shared)] == ["ASSIGNED"] * 3 + ["PARKED"]


@pytest.mark.parametrize(
    ("locks", "counts"), [(True, True), (False, True), (False, False)], ids=["as it is", "no lock", "no guard"]
)
def test_the_last_units_to_come_are_sold_once(shared, mug, act, now, monkeypatch, locks, counts):
    """The document's lock lets the second plan on what is left; without it the line's condition refuses; without both, oversold."""
    bought = act(buy, mug, 3, now)
    if not locks:
        monkeypatch.setattr(promise, "lock_documents", lambda *_ids: None)
    if not counts:
        statements = {kind: sql.split("AND (a.units < 0")[0] for kind, sql in promise._PROMISE.items()}
        monkeypatch.setattr(promise, "_PROMISE", statements)
        with tenant_scope(shared.pk):
            line = line_of(bought, mug)

    first, second = overlapping(shared, partial(order, mug, 2, now), partial(order, mug, 2, now + timedelta(minutes=1)))

    assert not isinstance(first, Exception)
    if locks:
        assert units(shared) == [("BACKORDERED", 2), ("BACKORDERED", 1), ("PARKED", 1)]
    elif counts:
        assert isinstance(second, Exception)
        assert (units(shared), waiting(shared)) == ([("BACKORDERED", 2)], [2])
    else:
        # Nothing is left but the constraint of the table.
        assert "purchaseorderline_promised" in str(second)
        with tenant_scope(shared.pk):
            assert PurchaseOrderLine.objects.get(pk=line.pk).promised == 2


def test_a_storm_on_what_is_to_come_sells_each_unit_once(shared, mug, act, now):
    act(buy, mug, 4, now)
    act(buy, mug, 3, now)

    def one(minute: int) -> None:
        try:
            with tenant_scope(shared.pk):
                order(mug, 1 + minute % 2, now, minute=minute)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(12)))

    backordered = sum(count for state, count in units(shared) if state == "BACKORDERED")
    assert (backordered, sum(waiting(shared)), offered(shared, mug)) == (7, 7, (0, 0))


def test_a_delivery_and_an_order_at_once(shared, mug, act, now):
    bought = act(buy, mug, 3, now)
    act(order, mug, 2, now)

    first, second = overlapping(
        shared, partial(receive, bought, mug, 3, now), partial(order, mug, 2, now + timedelta(minutes=1))
    )

    assert not isinstance(first, Exception)
    assert not isinstance(second, Exception)
    drain()
    assert units(shared) == [("ASSIGNED", 2), ("ASSIGNED", 1), ("PARKED", 1)]
    with tenant_scope(shared.pk):
        assert not SupplyReservation.objects.filter(state="WAITING").exists()
