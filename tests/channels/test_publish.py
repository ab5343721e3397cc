"""What a channel is told while stock goes on moving, and its orders' reports in numbers."""

from __future__ import annotations

import sys
from datetime import timedelta
from threading import Thread

import httpx
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels.models import ChannelCommand, Listing
from channels.services import create_connection, mark_all_dirty, poll, publish, send_commands
from channels.services.reports import reports_of
from channels.simulators.app import Options, build
from channels.simulators.server import Running
from inventory.models import StockLevel
from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.events.models import Event
from oms.events.types import DeliveredEvent
from oms.fulfilment.models import FulfilmentLine
from oms.fulfilment.services import pack_wave, pick_wave, ship_wave
from oms.fulfilment.types import Tracking
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock
from tests.support import drain

CATALOGUE = [{"sku": code, "name": code, "price": 10, "stock": 50} for code in ("MUG", "HAT", "CAP")]


@pytest.fixture
def shop():
    with (
        Running(build(Options(kind="woocommerce", seed=7, catalogue=CATALOGUE))) as running,
        httpx.Client(base_url=running.url) as client,
    ):
        client.running = running
        yield client


@pytest.fixture
def connected(shop, transactional_db):
    tenant = create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM)
    with tenant_scope(tenant.pk):
        place = make_location("RENNES", postcode="35000")
        for product in CATALOGUE:
            make_stock(make_sku(product["sku"]), place, 50, now=timezone.now())
        settings = {
            "url": str(shop.base_url),
            "consumer_key": "ck_simulated",
            "consumer_secret": "cs_simulated",
            "allow_private_addresses": True,
            "calls_per_second": 1000,
        }
        row = create_connection(kind="woocommerce", name="Web shop", settings=settings, now=timezone.now())
    poll(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now())
    tell(tenant, row)
    return tenant, row


def tell(tenant, row):
    drain()
    return publish(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now())


def report(tenant, row):
    drain()
    confirmed = send_commands(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now())
    drain()
    return confirmed


def count(tenant, sku, on_hand):
    with tenant_scope(tenant.pk):
        set_levels(levels=[LevelSetting(sku, "RENNES", on_hand)], now=timezone.now())


def has(shop, sku):
    return shop.get("/_sim/state").json()["stock"][sku]["quantity"]


def elsewhere(act):
    """Act in a thread with connections of its own, and wait for it."""

    def run():
        try:
            act()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join()


def while_the_shop_answers(shop, act):
    """Act once, in the middle of the shop's answer to a push."""
    the_shop = shop.running.app.state.shop
    set_stock, acts = the_shop.set_stock, [act]

    def answer(product, quantity):
        set_stock(product, quantity)
        if acts:
            elsewhere(acts.pop())

    the_shop.set_stock = answer


def test_stock_that_moves_while_it_is_told_is_told_again(shop, connected):
    tenant, row = connected
    count(tenant, "MUG", 40)
    drain()

    def sell():
        count(tenant, "MUG", 39)
        drain()

    while_the_shop_answers(shop, sell)

    first, second, third = tell(tenant, row), tell(tenant, row), tell(tenant, row)

    assert (first.acknowledged, second.acknowledged, third.acknowledged) == (1, 1, 0)
    assert has(shop, "MUG") == 39
    with tenant_scope(tenant.pk):
        assert not Listing.objects.filter(dirty_since__isnull=False).exists()


def test_what_was_declared_void_while_it_was_told_is_told_again(shop, connected):
    tenant, row = connected
    count(tenant, "MUG", 40)
    drain()

    def void():
        with tenant_scope(tenant.pk):
            mark_all_dirty(connection_id=row.pk, now=timezone.now())

    while_the_shop_answers(shop, void)
    tell(tenant, row)
    shop.running.app.state.shop.product("MUG").stock = 7

    assert tell(tenant, row).acknowledged == 3
    assert has(shop, "MUG") == 40


def test_many_quantities_are_settled_in_as_many_questions_as_one(shop, connected, monkeypatch):
    tenant, row = connected
    # However slow the machine: no poll in between.
    monkeypatch.setattr(sys.modules["channels.services.publish"], "FRESH_POLL", timedelta(hours=1))

    def asked():
        drain()
        with CaptureQueriesContext(connection) as queries:
            publish(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now())
        return len(queries)

    count(tenant, "MUG", 40)
    one = asked()
    for sku in ("MUG", "HAT", "CAP"):
        count(tenant, sku, 30)

    assert asked() == one


def prepare_all(tenant):
    with tenant_scope(tenant.pk):
        picked = {}
        for line in FulfilmentLine.objects.filter(fulfilment__state="TO_ACCEPT"):
            picked.setdefault(line.fulfilment_id, {})[line.pk] = line.quantity
        pick_wave(picked=picked, now=timezone.now())
        pack_wave(fulfilment_ids=list(picked), now=timezone.now())
        parcels = {work_id: [Tracking("Colissimo", f"6A{work_id.hex[-8:]}")] for work_id in picked}
        ship_wave(parcels=parcels, now=timezone.now())
    return parcels


def sell(shop, tenant, row, size):
    orders = [
        {"lines": [{"sku": "MUG", "quantity": 1}, {"sku": "HAT", "quantity": 2}], "paid": True, "delivery": "ship"}
    ]
    placed = shop.post("/_sim/orders", json={"orders": orders * size}).json()["orders"]
    assert poll(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now()).created == size
    drain()
    return [each["id"] for each in placed]


def test_a_wave_is_reported_and_one_refusal_stops_no_other(shop, connected):
    tenant, row = connected
    closed, *others = sell(shop, tenant, row, 4)
    prepare_all(tenant)
    shop.post(f"/_sim/orders/{closed}", json={"action": "cancel"}).raise_for_status()

    confirmed, again = report(tenant, row), report(tenant, row)

    assert (confirmed, again) == (3, 0)
    with tenant_scope(tenant.pk):
        states = {each.payload["order_id"]: each.state for each in ChannelCommand.objects.all()}
        assert states == {str(closed): "REJECTED"} | {str(each): "CONFIRMED" for each in others}
        assert StockLevel.objects.get(sku__code="HAT").on_hand == 42
    completed = [each for each in shop.get("/_sim/state").json()["orders"] if each["status"] == "completed"]
    assert len(completed) == 3


def test_commands_that_are_being_sent_are_not_sent_by_another(shop, connected):
    tenant, row = connected
    sell(shop, tenant, row, 2)
    prepare_all(tenant)
    drain()
    seen = []
    the_shop = shop.running.app.state.shop

    def send():
        seen.append(send_commands(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now()))

    the_shop.listeners.append(lambda _what, _order: None if seen else elsewhere(send))

    assert report(tenant, row) == 2
    assert seen == [0]


def test_many_reports_are_made_of_as_many_questions_as_one(shop, connected):
    tenant, row = connected
    sell(shop, tenant, row, 3)
    prepare_all(tenant)
    with tenant_scope(tenant.pk):
        shipped = [
            DeliveredEvent(e.pk, e.kind, e.subject_type, e.subject_id, e.sequence, e.payload, e.recorded_at)
            for e in Event.objects.filter(kind="fulfilment.shipped")
        ]
        with CaptureQueriesContext(connection) as one:
            reports_of(shipped[:1], now=timezone.now())
        with CaptureQueriesContext(connection) as all_of_them:
            made = reports_of(shipped, now=timezone.now())

    assert len(all_of_them) == len(one)
    assert [each.payload["complete"] for each in made] == [True] * 3
    assert [[line["quantity"] for line in each.payload["lines"]] for each in made] == [[1, 2]] * 3
