"""The same request has its effect once, however often it is sent."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections
from django.utils import timezone

from inventory.api.viewsets import stock
from inventory.models import Reservation, StockLevel
from oms.events.jobs import job
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import IdempotentRequest
from tests.api.client import ApiClient, make_key
from tests.support import at_once

MOVE = {"sku": "MUG", "location": "RENNES", "quantity": -1}


def on_hand(shop) -> int:
    with tenant_scope(shop.tenant.pk):
        return StockLevel.objects.get().on_hand


def test_the_same_key_and_body_gives_the_same_answer_and_one_effect(api, shop):
    first = api.post("/stock/movements", MOVE, Idempotency_Key="k-1")
    again = api.post("/stock/movements", dict(reversed(MOVE.items())), Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert on_hand(shop) == 9


def test_without_a_key_each_request_stands_alone(api, shop):
    api.post("/stock/movements", MOVE)
    api.post("/stock/movements", MOVE)

    assert on_hand(shop) == 8


def test_the_same_key_with_another_body_is_refused(api, shop):
    api.post("/stock/movements", MOVE, Idempotency_Key="k-1")

    response = api.post("/stock/movements", {**MOVE, "quantity": -2}, Idempotency_Key="k-1")

    assert (response.status_code, response.json()["code"]) == (422, "idempotency.key_reused")
    assert on_hand(shop) == 9


def test_a_refusal_is_not_kept(api, shop):
    refused = api.post("/stock/movements", {**MOVE, "quantity": -11}, Idempotency_Key="k-1")
    api.post("/stock/movements", {**MOVE, "quantity": 5})

    retried = api.post("/stock/movements", {**MOVE, "quantity": -11}, Idempotency_Key="k-1")

    assert (refused.status_code, retried.status_code) == (409, 201)
    assert on_hand(shop) == 4


def test_a_key_belongs_to_one_credential_and_one_address(api, shop):
    other = ApiClient(make_key(shop.tenant))
    api.post("/stock/movements", MOVE, Idempotency_Key="k-1")

    other.post("/stock/movements", MOVE, Idempotency_Key="k-1")
    api.post("/reservations", {"reference": "b1", "lines": [{"sku": "MUG", "quantity": 1}]}, Idempotency_Key="k-1")

    assert on_hand(shop) == 8
    with tenant_scope(shop.tenant.pk):
        assert Reservation.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_key_that_is_none(api, shop, key):
    response = api.post("/stock/movements", MOVE, Idempotency_Key=key)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_idempotency_key")
    assert on_hand(shop) == 10


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_answers_are_kept_for_a_month(api, shop, now, days, left):
    api.post("/stock/movements", MOVE, Idempotency_Key="k-1")
    with tenant_scope(shop.tenant.pk):
        IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(days=days))

    job("tenancy.forget_answers").run(shop.tenant.pk, "")

    with tenant_scope(shop.tenant.pk):
        assert IdempotentRequest.objects.count() == left


@pytest.fixture
def shared_shop(transactional_db, shop):
    """The shop, committed, for requests from several threads."""
    return shop


def test_concurrent_duplicates_have_one_effect(shared_shop):
    client = ApiClient(make_key(shared_shop.tenant))

    answers = at_once([lambda: client.post("/stock/movements", MOVE, Idempotency_Key="k-1")] * 6)

    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len([answer for answer in done if "Idempotent-Replayed" not in answer.headers]) == 1
    assert len({answer.content for answer in done}) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert (answer.json()["code"], answer.headers["Retry-After"]) == ("idempotency.in_flight", "1")
    assert on_hand(shared_shop) == 9


def test_a_duplicate_of_a_request_under_way_is_told_so_at_once(shared_shop, monkeypatch):
    """Without waiting for the first: it holds a lock on the key, not on a row."""
    client, arrived, leave = ApiClient(make_key(shared_shop.tenant)), threading.Event(), threading.Event()
    move_stock = stock.move_stock

    def slow(**arguments):
        arrived.set()
        assert leave.wait(10)
        return move_stock(**arguments)

    monkeypatch.setattr(stock, "move_stock", slow)
    first = []

    def send_first() -> None:
        first.append(client.post("/stock/movements", MOVE, Idempotency_Key="k-1"))
        connections.close_all()

    thread = threading.Thread(target=send_first)
    thread.start()
    assert arrived.wait(10)

    second = client.post("/stock/movements", MOVE, Idempotency_Key="k-1")
    leave.set()
    thread.join()
    third = client.post("/stock/movements", MOVE, Idempotency_Key="k-1")

    assert (second.status_code, second.json()["code"]) == (409, "idempotency.in_flight")
    assert (first[0].status_code, third.status_code) == (201, 201)
    assert third.headers["Idempotent-Replayed"] == "true"
    assert on_hand(shared_shop) == 9


def test_one_reference_is_never_reserved_twice_at_once(shared_shop):
    client = ApiClient(make_key(shared_shop.tenant))
    body = {"reference": "b1", "lines": [{"sku": "MUG", "quantity": 2}]}

    answers = at_once([lambda: client.post("/reservations", body)] * 6)

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    with tenant_scope(shared_shop.tenant.pk):
        assert StockLevel.objects.get().reserved == 2


def test_the_last_units_are_reserved_once_each(shared_shop):
    client = ApiClient(make_key(shared_shop.tenant))

    def reserve(index: int):
        return client.post("/reservations", {"reference": f"b{index}", "lines": [{"sku": "MUG", "quantity": 3}]})

    answers = at_once([partial(reserve, index) for index in range(6)])

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"inventory.not_enough_stock"}
    with tenant_scope(shared_shop.tenant.pk):
        assert StockLevel.objects.get().reserved == 9
