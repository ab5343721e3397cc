"""From a shop's order to its shipment and back to the shop's stock, over HTTP, for each connector."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from channels.models import ChannelCommand, Listing, ParkedItem, Publication
from channels.services import create_connection, poll, publish, replay_parked, send_commands
from channels.simulators.app import Options, build
from channels.simulators.server import Running
from inventory.models import StockLevel
from inventory.services import save_skus, set_levels
from inventory.types import LevelSetting
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.services import pack, pick, ship
from oms.fulfilment.types import Tracking
from oms.orders.models import Order, OrderPayload
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock
from tests.support import drain

SETTINGS = {
    "woocommerce": lambda url: {
        "url": url,
        "consumer_key": "ck_simulated",
        "consumer_secret": "cs_simulated",
        "allow_private_addresses": True,
    },
    "shopify": lambda url: {
        "shop": "sim.myshopify.com",
        "api_url": url,
        "access_token": "ck_simulated",
        "allow_private_addresses": True,
    },
}
CATALOGUE = [
    {"sku": "MUG", "name": "Mug", "price": 12.5, "barcode": "3701204558812", "stock": 50},
    {"sku": "HAT", "name": "Hat", "price": 29.0, "barcode": "3701204558829", "stock": 50},
]


@pytest.fixture(params=["woocommerce", "shopify"])
def shop(request):
    with (
        Running(build(Options(kind=request.param, seed=7, catalogue=CATALOGUE))) as running,
        httpx.Client(base_url=running.url) as client,
    ):
        client.kind = request.param
        yield client


@pytest.fixture
def connected(shop, transactional_db):
    tenant = create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM)
    with tenant_scope(tenant.pk):
        place = make_location("RENNES", postcode="35000")
        for code in ("MUG", "HAT"):
            make_stock(make_sku(code), place, 10, now=timezone.now())
        row = create_connection(
            kind=shop.kind, name="Web shop", settings=SETTINGS[shop.kind](str(shop.base_url)), now=timezone.now()
        )
    return tenant, row


def state(shop):
    return shop.get("/_sim/state").json()


def read(tenant, row):
    # Windows end at a whole millisecond: what happened in the present one belongs to the next.
    return poll(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now() + timedelta(milliseconds=1))


def tell(tenant, row):
    drain()
    send_commands(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now())
    drain()
    return publish(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now())


def test_an_order_comes_in_leaves_and_the_shop_knows(shop, connected):
    tenant, row = connected
    read(tenant, row)
    tell(tenant, row)
    shop.post("/_sim/orders", json={"lines": [{"sku": "MUG", "quantity": 2}]}).raise_for_status()

    first, second = read(tenant, row), read(tenant, row)

    assert (first.created, second.created, second.unchanged) == (1, 0, 1)
    with tenant_scope(tenant.pk):
        order = Order.objects.get()
        assert (order.status, order.units) == ("TO_PREPARE", 2)
        work = FulfilmentOrder.objects.get()
        pick(
            fulfilment_id=work.pk,
            picked={line.pk: line.quantity for line in FulfilmentLine.objects.all()},
            now=timezone.now(),
        )
        pack(fulfilment_id=work.pk, now=timezone.now())
        ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", "6A12345678901")], now=timezone.now())
    told = tell(tenant, row)

    assert told.acknowledged >= 1
    assert told.refused == 0
    seen = state(shop)
    assert seen["stock"]["MUG"]["quantity"] == 8
    assert "6A12345678901" in str(seen["orders"][0])
    with tenant_scope(tenant.pk):
        assert set(ChannelCommand.objects.values_list("state", flat=True)) == {"CONFIRMED"}
        assert not Listing.objects.filter(dirty_since__isnull=False).exists()
        told_before = Publication.objects.exclude(before=None)
        assert told_before.exists()
        assert not told_before.filter(delay_ms=None).exists()
    echo, again = read(tenant, row), read(tenant, row)
    assert (echo.created, echo.parked, again.unchanged) == (0, 0, 1)
    with tenant_scope(tenant.pk):
        assert Order.objects.get().status == "SHIPPED"
        assert OrderPayload.objects.count() == 1 + echo.changed


def test_stock_that_falls_is_told_and_what_is_right_is_not(shop, connected):
    tenant, row = connected
    read(tenant, row)
    tell(tenant, row)
    with tenant_scope(tenant.pk):
        set_levels(levels=[LevelSetting("HAT", "RENNES", 3)], now=timezone.now())

    told = tell(tenant, row)
    again = tell(tenant, row)

    assert (told.acknowledged, again.acknowledged) == (1, 0)
    assert state(shop)["stock"]["HAT"]["quantity"] == 3


def test_an_unknown_sku_waits_for_a_person_and_is_tried_again(shop, connected):
    tenant, row = connected
    shop.post(
        "/_sim/catalogue", json={"products": [{"sku": "SCARF", "name": "Scarf", "price": 9, "stock": 5}]}
    ).raise_for_status()
    shop.post("/_sim/orders", json={"lines": [{"sku": "SCARF", "quantity": 1}]}).raise_for_status()

    assert read(tenant, row).parked == 1
    with tenant_scope(tenant.pk):
        item = ParkedItem.objects.get()
        assert (item.kind, "SCARF" in item.reason) == ("UNKNOWN_SKU", True)
        save_skus(skus=[{"code": "SCARF", "name": "Scarf"}])
    drain()

    assert replay_parked(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now()) == 1
    with tenant_scope(tenant.pk):
        assert Order.objects.get().status == "UNROUTABLE"
        assert not ParkedItem.objects.filter(resolved_at=None).exists()


def test_a_cancellation_in_the_shop_frees_the_stock(shop, connected):
    tenant, row = connected
    placed = shop.post("/_sim/orders", json={"lines": [{"sku": "MUG", "quantity": 2}]}).json()["orders"][0]
    read(tenant, row)

    shop.post(f"/_sim/orders/{placed['id']}", json={"action": "cancel"}).raise_for_status()
    assert read(tenant, row).changed == 1
    drain()

    with tenant_scope(tenant.pk):
        assert Order.objects.get().status == "CANCELLED"
        assert StockLevel.objects.get(sku__code="MUG").reserved == 0
        assert FulfilmentOrder.objects.get().state == "CANCELLED"
        assert not ChannelCommand.objects.exists()


def test_a_payment_in_the_shop_lets_the_order_go(shop, connected):
    tenant, row = connected
    asked = {"lines": [{"sku": "MUG", "quantity": 2}], "paid": False}
    placed = shop.post("/_sim/orders", json=asked).json()["orders"][0]
    read(tenant, row)
    with tenant_scope(tenant.pk):
        assert Order.objects.get().status == "HELD"

    shop.post(f"/_sim/orders/{placed['id']}", json={"action": "pay"}).raise_for_status()
    assert read(tenant, row).changed == 1
    drain()

    with tenant_scope(tenant.pk):
        order = Order.objects.get()
        assert (order.status, order.payment_state) == ("TO_PREPARE", "PAID")
        assert OrderPayload.objects.count() == 2


@pytest.mark.parametrize(
    "fault",
    [{"kind": "html"}, {"kind": "truncated"}, {"kind": "server_error"}, {"kind": "too_many"}, {"kind": "empty"}],
)
def test_a_channel_that_misbehaves_loses_nothing(shop, connected, fault):
    tenant, row = connected
    read(tenant, row)
    shop.post("/_sim/orders", json={"lines": [{"sku": "MUG", "quantity": 1}]}).raise_for_status()
    shop.post("/_sim/faults", json={"faults": [{**fault, "times": 50}]}).raise_for_status()

    assert read(tenant, row).created == 0
    with tenant_scope(tenant.pk):
        row.refresh_from_db()
        assert row.failures > 0
        assert row.last_error

    shop.post("/_sim/faults", json={"faults": []}).raise_for_status()
    assert read(tenant, row).created == 1
