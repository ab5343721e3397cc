"""Requests that arrive while another is being served are served in one transaction, and each has its own answer."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from inventory.api.viewsets import availability
from inventory.errors import UnknownView
from inventory.models import StockLevel
from oms.events.models import Event
from oms.rest.together import Answer, Together, _Last
from oms.tenancy.context import tenant_scope
from oms.tenancy.types import SYSTEM, Access
from tests.api.client import ApiClient, make_key
from tests.support import at_once


@pytest.fixture
def shared_shop(transactional_db, shop):
    """The shop, committed, for requests from several threads."""
    return shop


@pytest.fixture
def batches(monkeypatch):
    """How many baskets were reserved together each time; the first time waits until five more have come."""
    sizes = []
    reserve_baskets = availability.reserve_baskets

    def held(*, baskets, **rest):
        sizes.append(len(baskets))
        if len(sizes) == 1:
            wait_for(availability._KEEPING, 5)
        return reserve_baskets(baskets=baskets, **rest)

    monkeypatch.setattr(availability, "reserve_baskets", held)
    return sizes


def wait_for(together: Together, count: int) -> None:
    """Until so many requests wait for their turn."""
    for _moment in range(6000):
        if sum(map(len, together._waiting.values())) >= count:
            return
        time.sleep(0.01)
    raise AssertionError("Nobody came.")


def keep(client: ApiClient, reference: str, quantity: int, **headers: str):
    lines = [{"sku": "MUG", "quantity": quantity}]
    return client.post("/reservations", {"reference": reference, "lines": lines}, **headers)


def request_of(shop):
    access = Access(shop.tenant.pk, SYSTEM, frozenset(), None, "key")
    return SimpleNamespace(access=access, tenant_id=shop.tenant.pk, headers={}, method="POST")


def reserved(shop) -> int:
    with tenant_scope(shop.tenant.pk):
        return StockLevel.objects.get().reserved


def test_those_who_wait_share_a_transaction_and_the_last_units_go_to_the_first(shared_shop, batches):
    client = ApiClient(make_key(shared_shop.tenant))

    answers = at_once([lambda number=number: keep(client, f"basket-{number}", 2) for number in range(6)])

    assert batches == [1, 5]
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 201, 201, 409]
    assert reserved(shared_shop) == 10
    kept = {answer.json()["reference"] for answer in answers if answer.status_code == 201}
    assert len(kept) == 5
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["code"] == "inventory.not_enough_stock"


def test_one_reference_sent_many_times_at_once_is_kept_once(shared_shop, batches):
    client = ApiClient(make_key(shared_shop.tenant))

    answers = at_once([lambda: keep(client, "basket", 3)] * 6)

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 200, 201]
    assert reserved(shared_shop) == 3


def test_each_key_keeps_its_own_answer(shared_shop, batches):
    client = ApiClient(make_key(shared_shop.tenant))
    sends = [lambda n=n: keep(client, f"basket-{n}", 1, Idempotency_Key=f"key-{n}") for n in range(6)]

    first = at_once(sends)
    again = [send() for send in sends]

    assert [answer.content for answer in again] == [answer.content for answer in first]
    assert {answer.headers.get("Idempotent-Replayed") for answer in again} == {"true"}
    assert reserved(shared_shop) == 6


def test_orders_that_come_together_are_all_placed_and_each_told_its_own(shared_shop):
    client = ApiClient(make_key(shared_shop.tenant))

    def place(number: int):
        return client.post(
            "/orders",
            {
                "channel": "web",
                "external_id": f"W-{number}",
                "currency": "EUR",
                "lines": [{"sku": "MUG" if number else "NOPE", "quantity": 1, "unit_price": "5.00"}],
            },
        )

    answers = at_once([lambda number=number: place(number) for number in range(8)])

    assert [answer.status_code for answer in answers] == [422, *[201] * 7]
    assert [answer.json()["external_id"] for answer in answers[1:]] == [f"W-{number}" for number in range(1, 8)]
    assert reserved(shared_shop) == 7
    with tenant_scope(shared_shop.tenant.pk):
        assert Event.objects.filter(kind="order.accepted").count() == 7


def test_one_that_breaks_the_transaction_spoils_no_other(shared_shop):
    begun, sizes = threading.Event(), []

    def serve(items, _actor):
        sizes.append(len(items))
        if items == ["first"]:
            begun.set()
            wait_for(together, 3)
        if "poison" in items:
            raise UnknownView("nowhere")
        return [Answer(200, item) for item in items]

    together = Together(serve)
    request = request_of(shared_shop)

    def ask(item: str):
        if item != "first":
            assert begun.wait(10)
        try:
            return together.respond(request, item).data
        except UnknownView:
            return "refused"

    answers = at_once([lambda item=item: ask(item) for item in ("first", "one", "poison", "two")])

    assert answers == ["first", "one", "refused", "two"]
    assert sorted(sizes) == [1, 1, 1, 1, 3]
    assert together._waiting == {}


def test_clients_that_ask_again_and_again_are_served_in_one_turn_not_in_two_by_turns(shared_shop):
    sizes = []

    def serve(items, _actor):
        sizes.append(len(items))
        time.sleep(0.1)
        return [Answer(200, item) for item in items]

    together = Together(serve)
    request = request_of(shared_shop)

    def client():
        for number in range(6):
            assert together.respond(request, number).data == number
            time.sleep(0.02)  # the answer travels, and the next request

    at_once([client] * 4)

    assert sum(sizes) == 24
    assert sizes.count(4) >= 3


def test_company_that_has_left_is_waited_for_once_and_who_is_alone_does_not_wait(shared_shop, monkeypatch):
    together = Together(lambda items, _actor: [Answer(200, item) for item in items])
    key, request = (shared_shop.tenant.pk, "key", None), request_of(shared_shop)
    waits, wait = [], together._lock.wait
    monkeypatch.setattr(together._lock, "wait", lambda timeout=None: waits.append(timeout) or wait(timeout))

    together._last[key] = _Last(company=9, until=time.monotonic() + 0.2)
    together.respond(request, "waits until the others are given up")
    given_up = len(waits)
    together._last[key] = together._last[key]._replace(until=time.monotonic() + 60)
    together.respond(request, "is alone")

    assert max(waits) <= 0.2
    assert len(waits) == given_up
