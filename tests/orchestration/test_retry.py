"""Units that wait for stock: tried again when there is more to sell, all of them, and not otherwise."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest

from inventory.models import Location, StockLevel
from inventory.services import consume, move_stock, receive_purchase_order, receive_transfer, release, reserve
from inventory.types import Arrival, Ask, Move
from oms.events.models import Event
from oms.orders.models import Order, UnitGroup
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import new_id
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from orchestration.models import RoutingDecision
from orchestration.services import place_orders
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.inventory.documents import line_of, make_purchase, make_transfer
from tests.support import drain


@pytest.fixture
def tenant_id(transactional_db):
    return create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM).pk


@pytest.fixture
def mug(tenant_id, now):
    with tenant_scope(tenant_id):
        mug = make_sku("MUG")
        make_stock(mug, make_location("RENNES", postcode="35000"), 0, now=now)
    return mug


def wait_for_mugs(tenant_id, mug, now, quantities):
    """Orders that find no mug, the first the most urgent."""
    with tenant_scope(tenant_id):
        channel = make_channel("web")
        for minute, quantity in enumerate(quantities):
            at = now + timedelta(minutes=minute)
            place_orders(orders=[new_order(channel, (mug, quantity), now=at)], now=at)
        assert set(Order.objects.values_list("status", flat=True)) == {"UNROUTABLE"}
    drain()


def come(tenant_id, quantity, now):
    with tenant_scope(tenant_id):
        move_stock(moves=[Move("MUG", "RENNES", quantity, "RECEIPT")], now=now)
    drain()


def placed(tenant_id):
    """Units in work, by order in the order of arrival."""
    with tenant_scope(tenant_id):
        orders = Order.objects.order_by("received_at")
        groups = UnitGroup.objects.filter(state="ASSIGNED")
        return [sum(group.quantity for group in groups.filter(order=order)) for order in orders]


def test_what_comes_goes_to_the_most_urgent(tenant_id, mug, now):
    wait_for_mugs(tenant_id, mug, now, [2, 2, 2])

    come(tenant_id, 3, now)

    assert placed(tenant_id) == [2, 1, 0]


def test_what_a_purchase_order_brings_goes_to_the_oldest_promise_first(tenant_id, mug, now):
    wait_for_mugs(tenant_id, mug, now, [2, 2, 2])
    with tenant_scope(tenant_id):
        order = make_purchase(Location.objects.get(), (mug, 6), now=now)
        line = line_of(order, mug)

    for key, units in (("box-1", 3), ("box-1", 3), ("box-2", 2)):
        with tenant_scope(tenant_id):
            receive_purchase_order(order_id=order.pk, arrivals=[Arrival(line.pk, units)], key=key, now=now)
        drain()

    assert placed(tenant_id) == [2, 2, 1]


def test_what_a_transfer_brings_goes_to_the_oldest_promise_first(tenant_id, mug, now):
    wait_for_mugs(tenant_id, mug, now, [2, 2])
    with tenant_scope(tenant_id):
        till = make_location("TILL", ships=False, collects=False)
        make_stock(mug, till, 3, now=now)
        transfer = make_transfer(till, Location.objects.get(code="RENNES"), (mug, 3), now=now, upto="DISPATCHED")
        line = line_of(transfer, mug)
    drain()
    assert placed(tenant_id) == [0, 0]

    with tenant_scope(tenant_id):
        receive_transfer(transfer_id=transfer.pk, arrivals=[Arrival(line.pk, 3)], key="1", now=now, finish=True)
    drain()

    assert placed(tenant_id) == [2, 1]


def test_more_orders_than_are_tried_at_once_are_all_tried(tenant_id, mug, now, monkeypatch):
    monkeypatch.setattr(sys.modules["orchestration.services.retry"], "BATCH", 2)
    wait_for_mugs(tenant_id, mug, now, [1] * 7)

    come(tenant_id, 7, now)

    assert placed(tenant_id) == [1] * 7


def test_stock_that_falls_tries_nobody(tenant_id, mug, now, monkeypatch):
    tried = []
    monkeypatch.setattr("orchestration.subscribers.route_parked", lambda **given: tried.append(given["sku_ids"]))
    with tenant_scope(tenant_id):
        level = StockLevel.objects.get()
        move_stock(moves=[Move("MUG", "RENNES", 9, "RECEIPT")], now=now)
    drain()
    asks = [Ask(new_id(), level.sku_id, level.location_id, 2, number) for number in range(2)]

    with tenant_scope(tenant_id):
        reserve(asks=asks)
        consume(holder_ids=[asks[0].holder_id], now=now)
        move_stock(moves=[Move("MUG", "RENNES", -1, "SHRINKAGE")], now=now)
    drain()
    with tenant_scope(tenant_id):
        release(holder_ids=[asks[1].holder_id], now=now)
    drain()

    assert tried == [{mug.pk}, {mug.pk}]
    with tenant_scope(tenant_id):
        freed = Event.objects.filter(kind="stock.changed").order_by("pk").values_list("payload__freed", flat=True)
        assert [len(skus) for skus in freed] == [1, 0, 0, 0, 1]


def test_a_try_that_changes_nothing_leaves_no_trace(tenant_id, mug, now):
    wait_for_mugs(tenant_id, mug, now, [2])
    come(tenant_id, 2, now)
    with tenant_scope(tenant_id):
        before = RoutingDecision.objects.count()

    come(tenant_id, 1, now)

    with tenant_scope(tenant_id):
        assert RoutingDecision.objects.count() == before
