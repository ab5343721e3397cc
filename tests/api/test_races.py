"""No oversell [I7] as customers meet it: over HTTP, on a live server, with retries."""

from __future__ import annotations

from functools import partial

import httpx
import pytest
from django.db import connections

from inventory.models import Reservation, StockLevel
from oms.orders.models import Order, UnitGroup
from oms.tenancy.context import tenant_scope
from tests.api.client import make_key
from tests.factories import make_channel, make_location, make_sku, make_stock
from tests.support import at_once, broken

BUYERS, UNITS = 60, 20


@pytest.fixture
def counter(live, now, monkeypatch):
    """20 mugs in two stores, sold on `web`; a client that sends each request twice, as after an answer that was lost."""
    # A busy machine makes the queue for a level slow, not wrong.
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "options", "-c lock_timeout=60000")
    with tenant_scope(live.tenant.pk):
        mug = make_sku("MUG")
        make_stock(mug, make_location("RENNES"), UNITS - 7, now=now)
        make_stock(mug, make_location("NANTES"), 7, now=now)
        make_channel("web")
    headers = {"Authorization": f"Bearer {make_key(live.tenant)}"}

    def post_twice(path: str, body: dict, buyer: int) -> list[httpx.Response]:
        with httpx.Client(base_url=f"{live.url}/api/v1", timeout=60, headers=headers) as client:
            return [client.post(path, json=body, headers={"Idempotency-Key": f"key-{buyer}"}) for _time in range(2)]

    return post_twice


def test_sixty_buyers_of_twenty_units_reserve_twenty(live, counter):
    def buy(buyer: int) -> list[httpx.Response]:
        return counter("/reservations", {"reference": f"b-{buyer}", "lines": [{"sku": "MUG", "quantity": 1}]}, buyer)

    answers = at_once([partial(buy, buyer) for buyer in range(BUYERS)])

    statuses = [tuple(answer.status_code for answer in pair) for pair in answers]
    assert set(statuses) == {(201, 201), (409, 409)}
    sold = [pair for pair in answers if pair[0].status_code == 201]
    assert len(sold) == UNITS
    assert all(first.content == second.content for first, second in sold)
    assert all(second.headers["Idempotent-Replayed"] == "true" for _first, second in sold)
    refused = [each.json()["code"] for pair in answers for each in pair if each.status_code == 409]
    assert set(refused) == {"inventory.not_enough_stock"}
    with tenant_scope(live.tenant.pk):
        assert sorted(StockLevel.objects.values_list("on_hand", "reserved")) == [(7, 7), (13, 13)]
        assert Reservation.objects.count() == UNITS
    assert broken() == []


def test_sixty_orders_of_twenty_units_are_all_kept_and_twenty_are_given_stock(live, counter, now):
    """What was sold is never refused: the units that are not there are parked, and said to be."""

    def order(buyer: int) -> list[httpx.Response]:
        line = {"sku": "MUG", "quantity": 1, "unit_price": "10.00"}
        address = {
            "name": "Élodie",
            "line1": "1 rue de la Paix",
            "postcode": "35000",
            "city": "Rennes",
            "country": "FR",
        }
        body = {"channel": "web", "external_id": f"o-{buyer}", "currency": "EUR", "total": "10.00", "lines": [line]}
        return counter("/orders", body | {"placed_at": now.isoformat(), "ship_to": address}, buyer)

    answers = at_once([partial(order, buyer) for buyer in range(BUYERS)])

    assert {tuple(answer.status_code for answer in pair) for pair in answers} == {(201, 201)}
    with tenant_scope(live.tenant.pk):
        assert Order.objects.count() == BUYERS
        states = list(UnitGroup.objects.values_list("state", "reason"))
        assert sorted(StockLevel.objects.values_list("on_hand", "reserved")) == [(7, 7), (13, 13)]
    assert states.count(("ASSIGNED", "")) == UNITS
    assert {state for state, _reason in states} == {"ASSIGNED", "PARKED"}
    assert broken() == []
