"""The order page names the deliveries that backordered units wait for."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from inventory.services import announce_shipment, save_view
from inventory.types import NewNotice
from tests.factories import make_channel, make_stock
from tests.inventory.documents import line_of, make_purchase, make_transfer

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def ahead(tenant):
    """A channel that sells what is to come."""
    view = save_view(code="ahead", name="Ahead", supply=["PURCHASE", "TRANSFER"])
    return make_channel("ahead", stock_view_id=view.pk)


def waiting_of(client, order) -> str:
    """The words of the card of units without a location, one space between."""
    answer = client.get(f"/orders/{order.number}/")
    assert answer.status_code == 200
    card = answer.content.decode().partition('id="waiting"')[2].partition("</section>")[0]
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", card)).split())
    return words.replace("\N{NO-BREAK SPACE}", " ")


def address_of(kind: str, document) -> str:
    return f'href="{reverse(f"inventory:{kind}", args=[document.pk])}"'


def test_each_delivery_is_named_with_its_units_its_day_and_a_link(place, signed_in, network, ahead, now):
    bought = make_purchase(network.rennes, (network.teapot, 5), now=now, expected_date=now.date() + timedelta(days=9))
    sooner = NewNotice("N-1", now.date() + timedelta(days=3), {line_of(bought, network.teapot).pk: 2})
    announce_shipment(order_id=bought.pk, notice=sooner, now=now)
    first = place((network.teapot, 1), channel=ahead)
    second = place((network.teapot, 3), channel=ahead, at=now + timedelta(minutes=1))
    client = signed_in("MANAGER")

    assert f"1 unit comes with {bought.number} · 22 Nov. 2026" in waiting_of(client, first)
    words = waiting_of(client, second)
    assert f"1 unit comes with {bought.number} · 22 Nov. 2026" in words
    assert f"2 units come with {bought.number} · 28 Nov. 2026" in words
    assert address_of("purchase-order", bought) in client.get(f"/orders/{second.number}/").content.decode()


def test_a_day_that_has_passed_and_one_that_nobody_knows_are_said(place, signed_in, network, ahead, now):
    late = make_purchase(network.rennes, (network.teapot, 1), now=now, expected_date=now.date() - timedelta(days=1))
    order = place((network.teapot, 1), channel=ahead)
    bought = make_purchase(network.rennes, (network.teapot, 1), now=now, expected_date=None)
    other = place((network.teapot, 1), channel=ahead, at=now + timedelta(minutes=1))
    client = signed_in("MANAGER")

    assert f"{late.number} · 18 Nov. 2026 late" in waiting_of(client, order)
    assert f"{bought.number} · date unknown" in waiting_of(client, other)


def test_a_transfer_is_a_delivery_too(place, signed_in, network, ahead, now):
    make_stock(network.teapot, network.nantes, 2, now=now)
    save_view(code="ahead", name="Ahead", location_codes=["RENNES"])
    transfer = make_transfer(network.nantes, network.rennes, (network.teapot, 2), now=now, upto="REQUESTED")
    order = place((network.teapot, 2), channel=ahead)
    client = signed_in("MANAGER")

    assert f"2 units come with {transfer.number}" in waiting_of(client, order)
    assert address_of("transfer", transfer) in client.get(f"/orders/{order.number}/").content.decode()


def test_an_order_that_waits_for_nothing_names_no_delivery(place, signed_in, network, ahead, now):
    make_purchase(network.rennes, (network.teapot, 1), now=now)
    place((network.teapot, 1), channel=ahead)
    order = place((network.teapot, 1), channel=ahead, at=now + timedelta(minutes=1))

    assert "come" not in waiting_of(signed_in("MANAGER"), order).replace("to come", "")
