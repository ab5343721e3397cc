"""What the palette finds of orders."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.usefixtures("clock")


def found(client, query: str, **headers) -> list[str]:
    page = client.get(f"/palette/?q={query}", headers={"HX-Request": "true", **headers}).content.decode()
    return re.findall(r'data-href="([^"]+)"', page)


def test_a_number_finds_its_order_and_opens_it_without_script(place, signed_in):
    order = place()
    client = signed_in("MANAGER")

    assert found(client, order.number)[0] == f"/orders/{order.number}/"
    assert client.get(f"/palette/?q={order.number}")["Location"] == f"/orders/{order.number}/"


def test_a_name_finds_orders_and_the_customer(place, signed_in):
    order = place(customer_email="elodie@keravel.example")
    place(customer_email="elodie@keravel.example")

    hits = found(signed_in("MANAGER"), "kerjean")

    assert f"/orders/{order.number}/" in hits
    assert hits.count("/orders/?q=elodie%40keravel.example") == 1


def test_lists_that_ask_for_work_are_destinations(network, signed_in):
    assert "/orders/?status=UNROUTABLE" in found(signed_in("MANAGER"), "unroutable")


def test_acts_of_the_open_order_are_offered_to_those_who_may(place, signed_in):
    order = place()
    here = f"http://testserver/orders/{order.number}/"

    assert found(signed_in("MANAGER"), "rerou", Referer=here) == [f"/orders/{order.number}/reroute/"]
    assert found(signed_in("ANALYST"), "rerou", Referer=here) == []
    assert found(signed_in("MANAGER"), "rerou", Referer="http://testserver/orders/CMD-1/") == []
    assert found(signed_in("MANAGER"), "rerou") == []


def test_store_staff_and_other_tenants_find_nothing(rivals_order, network, signed_in):
    assert found(signed_in("STORE_STAFF"), "kerjean") == []
    assert found(signed_in("MANAGER"), "Rival") == []
