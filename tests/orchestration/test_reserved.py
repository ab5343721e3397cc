"""For whom the units of a SKU are kept, on its page."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from inventory.services import reserve_basket
from inventory.types import BasketLine
from oms.orders.models import Order
from orchestration.services import place_orders
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.inventory.documents import make_transfer
from tests.web.conftest import make_person, signed_in


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


def card(client) -> str:
    page = " ".join(client.get("/stock/MUG/").content.decode().split())
    return page.split('aria-label="Open reservations"')[1].split("</section>")[0]


def kept(client) -> list[tuple[str, str]]:
    """What each line says first, and its units."""
    rows = re.findall(r'<li class="bt-card-bs.*?</li>', card(client))
    return [
        (re.sub(r"<[^>]+>", "", row.split('<span class="bt-meta')[0]), re.findall(r'bt-num">([^<]+)', row)[0])
        for row in rows
    ]


def test_reservations_are_told_by_order_basket_and_transfer(client, tenant):
    now = timezone.now()
    mug, rennes, brest = make_sku("MUG"), make_location("RENNES", name="Rennes"), make_location("BREST")
    make_stock(mug, rennes, 20, now=now)
    (intake,) = place_orders(orders=[new_order(make_channel("web"), (mug, 2), (mug, 1), now=now)], now=now)
    reserve_basket(reference="B7", lines=[BasketLine("MUG", 3)], now=now)
    transfer = make_transfer(rennes, brest, (mug, 4), now=now, upto="REQUESTED")

    order = Order.objects.get(pk=intake.order_id)
    assert sorted(kept(client)) == sorted([(order.number, "3"), ("Basket B7", "3"), (transfer.number, "4")])
    assert f'href="/orders/{order.number}/"' in card(client)
    assert "Rennes · Assigned" in card(client)


def test_nobody_keeps_what_is_free(client, tenant):
    make_stock(make_sku("MUG"), make_location("RENNES"), 2, now=timezone.now())

    assert "Nobody keeps units of this SKU." in card(client)
