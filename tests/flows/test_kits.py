"""A kit from a shop's order to what the shop hears of it, over HTTP, for each connector: always the shop's own line."""

from __future__ import annotations

import pytest
from django.utils import timezone

from channels.models import ChannelCommand, Listing, Publication
from channels.services import create_connection, publish
from inventory.models import Sku, StockLevel
from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.services import accept, pack, pick, refuse, ship
from oms.fulfilment.types import Tracking
from oms.orders.models import KitLine, Order, UnitGroup
from oms.orders.services import cancel_units
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from orchestration.queries import decisions_of
from tests.factories import make_kit, make_location, make_sku, make_stock
from tests.flows.test_channel_story import SETTINGS, read, shop, state, tell  # noqa: F401 -- a fixture
from tests.support import broken, drain


@pytest.fixture
def selling(shop, transactional_db):  # noqa: F811 -- the fixture
    """A tenant whose shop sells MUG, which Baton knows as a kit of two bowls and a plate; both lie in Rennes, bowls also in Nantes."""
    tenant = create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM)
    now = timezone.now()
    with tenant_scope(tenant.pk):
        rennes = make_location("RENNES", postcode="35000", latitude=48.11, longitude=-1.68)
        nantes = make_location("NANTES", postcode="44000", latitude=47.22, longitude=-1.55)
        bowl, plate = make_sku("BOWL"), make_sku("PLATE")
        make_kit("MUG", (bowl, 2), (plate, 1))
        for sku, place, units in ((bowl, rennes, 10), (bowl, nantes, 10), (plate, rennes, 4)):
            make_stock(sku, place, units, now=now)
        settings = SETTINGS[shop.kind](str(shop.base_url))
        row = create_connection(kind=shop.kind, name="Web shop", settings=settings, now=now)
    return tenant, row


def sell(shop, tenant, row, quantity, sku="MUG"):  # noqa: F811 -- the fixture
    shop.post("/_sim/orders", json={"lines": [{"sku": sku, "quantity": quantity}]}).raise_for_status()
    assert read(tenant, row).created == 1


def leave(work, number):
    now = timezone.now()
    if work.state == "TO_ACCEPT":
        accept(fulfilment_id=work.pk, now=now)
    lines = FulfilmentLine.objects.filter(fulfilment_id=work.pk)
    pick(fulfilment_id=work.pk, picked={line.pk: line.quantity for line in lines}, now=now)
    pack(fulfilment_id=work.pk, now=now)
    ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", number)], now=now)


def commands():
    return [
        (command.kind, command.state, [(line["line_id"], line["quantity"]) for line in command.payload["lines"]])
        for command in ChannelCommand.objects.order_by("created_at", "pk")
    ]


def test_the_shop_offers_as_many_kits_as_there_are(shop, selling):  # noqa: F811 -- the fixture
    tenant, row = selling
    read(tenant, row)
    tell(tenant, row)
    assert state(shop)["stock"]["MUG"]["quantity"] == 4

    with tenant_scope(tenant.pk):
        set_levels(levels=[LevelSetting("PLATE", "RENNES", 3)], now=timezone.now())
    told = tell(tenant, row)

    assert told.acknowledged == 1
    assert state(shop)["stock"]["MUG"]["quantity"] == 3
    with tenant_scope(tenant.pk):
        assert Listing.objects.get(sku__code="MUG").told == 3
        assert Publication.objects.filter(listing__sku__code="MUG", quantity=3).exists()


def test_a_kit_is_shipped_under_the_shops_own_line(shop, selling):  # noqa: F811 -- the fixture
    tenant, row = selling
    sell(shop, tenant, row, 2)
    with tenant_scope(tenant.pk):
        kit = KitLine.objects.get()
        assert kit.external_id
        (work,) = FulfilmentOrder.objects.all()
        assert sorted(work.lines.values_list("sku__code", "quantity")) == [("BOWL", 4), ("PLATE", 2)]
        leave(work, "6A1")

    told = tell(tenant, row)

    assert told.refused == 0
    with tenant_scope(tenant.pk):
        assert commands() == [("SHIPMENT", "CONFIRMED", [(kit.external_id, 2)])]
        assert Order.objects.get().status == "SHIPPED"
    assert "6A1" in str(state(shop)["orders"][0])
    assert state(shop)["stock"]["MUG"]["quantity"] == 2
    assert broken() == []


def test_a_component_that_is_refused_comes_from_elsewhere_and_the_kit_leaves_with_the_last(shop, selling):  # noqa: F811 -- the fixture
    tenant, row = selling
    sell(shop, tenant, row, 1)
    with tenant_scope(tenant.pk):
        (work,) = FulfilmentOrder.objects.all()
        bowls = work.lines.get(sku__code="BOWL")
        refuse(fulfilment_id=work.pk, reason="NOT_FOUND", quantities={bowls.pk: 2}, now=timezone.now())
    drain()
    with tenant_scope(tenant.pk):
        kit = KitLine.objects.get()
        works = {each.location.code: each for each in FulfilmentOrder.objects.all()}
        assert set(works) == {"RENNES", "NANTES"}
        assert len(decisions_of(kit.order_id)) == 2
        leave(works["RENNES"], "FIRST")
    tell(tenant, row)
    with tenant_scope(tenant.pk):
        assert commands() == []
        leave(works["NANTES"], "SECOND")

    tell(tenant, row)

    with tenant_scope(tenant.pk):
        assert commands() == [("SHIPMENT", "CONFIRMED", [(kit.external_id, 1)])]
        assert ChannelCommand.objects.get().payload["complete"]
    assert "SECOND" in str(state(shop)["orders"][0])
    assert broken() == []


def test_kits_that_the_shop_cancels_are_cancelled_with_their_components(shop, selling):  # noqa: F811 -- the fixture
    tenant, row = selling
    placed = shop.post("/_sim/orders", json={"lines": [{"sku": "MUG", "quantity": 2}]}).json()["orders"][0]
    read(tenant, row)

    shop.post(f"/_sim/orders/{placed['id']}", json={"action": "cancel"}).raise_for_status()
    assert read(tenant, row).changed == 1
    drain()

    with tenant_scope(tenant.pk):
        assert Order.objects.get().status == "CANCELLED"
        assert set(StockLevel.objects.values_list("reserved", flat=True)) == {0}
        assert not ChannelCommand.objects.exists()
    assert broken() == []


def test_kits_that_we_cancel_are_told_under_the_shops_own_line(shop, selling):  # noqa: F811 -- the fixture
    tenant, row = selling
    sell(shop, tenant, row, 2)
    with tenant_scope(tenant.pk):
        kit = KitLine.objects.get()
        cancel_units(order_id=kit.order_id, quantities={kit.pk: 1}, reason="customer", now=timezone.now())

    tell(tenant, row)

    with tenant_scope(tenant.pk):
        partial = [("CANCELLATION", "CONFIRMED", [(kit.external_id, 1)])] if shop.kind == "shopify" else []
        assert commands() == partial
        assert UnitGroup.objects.filter(state="CANCELLED", sku=Sku.objects.get(code="BOWL")).get().quantity == 2
        cancel_units(order_id=kit.order_id, reason="customer", now=timezone.now())
    tell(tenant, row)
    with tenant_scope(tenant.pk):
        assert commands() == [*partial, ("CANCELLATION", "CONFIRMED", [(kit.external_id, 1)])]
    read(tenant, row)
    publish(tenant_id=tenant.pk, connection_id=row.pk, now=timezone.now())
    assert state(shop)["stock"]["MUG"]["quantity"] == 4
    assert broken() == []
