"""Lists: pages that hold while rows come and go, and the same number of queries for one row as for many."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.services import reserve_basket
from inventory.types import BasketLine
from oms.tenancy.context import tenant_scope
from orchestration.services import place_orders
from tests.api.client import ApiClient, make_key
from tests.factories import make_location, make_sku, make_stock, new_order


def codes(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["code"] for row in response.json()["results"]]


@pytest.fixture
def catalogue(tenants):
    with tenant_scope(tenants[0].pk):
        for letter in "ABCDEFG":
            make_sku(letter)
    return tenants[0]


def test_pages_follow_each_other_both_ways(api, catalogue):
    first = api.get("/skus?limit=3")
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])

    assert [codes(page) for page in (first, second, third)] == [["A", "B", "C"], ["D", "E", "F"], ["G"]]
    assert (first.json()["previous"], third.json()["next"]) == (None, None)
    assert second.json()["next"].startswith("http://testserver/api/v1/skus?")
    assert codes(api.get(third.json()["previous"])) == ["D", "E", "F"]
    assert codes(api.get(second.json()["previous"])) == ["A", "B", "C"]
    assert api.get(second.json()["previous"]).json()["previous"] is None


def test_a_row_that_is_added_before_the_cursor_shifts_nothing(api, catalogue):
    first = api.get("/skus?limit=3")
    with tenant_scope(catalogue.pk):
        make_sku("AA")
        make_sku("DD")

    assert codes(api.get(first.json()["next"])) == ["D", "DD", "E"]


def test_pages_keep_their_filters(api, catalogue):
    first = api.get("/skus?limit=2&code=A,C&code=E")

    assert codes(first) == ["A", "C"]
    assert codes(api.get(first.json()["next"])) == ["E"]


def test_newest_first_pages_break_ties(api, shop, now):
    with tenant_scope(shop.tenant.pk):
        place_orders(orders=[new_order(shop.channel, (shop.sku, 1), now=now) for _order in range(5)], now=now)

    found, address = [], "/orders?limit=2"
    while address:
        page = api.get(address).json()
        found += [order["id"] for order in page["results"]]
        address = page["next"]

    assert len(found) == 5
    assert found == sorted(found, reverse=True)


def test_an_empty_list(api, tenants):
    assert api.get("/skus").json() == {"results": [], "next": None, "previous": None}


def test_an_unchanged_answer_is_not_sent_again(api, catalogue):
    first = api.get("/skus")
    tag = first.headers["ETag"]

    unchanged = api.get("/skus", If_None_Match=tag)
    with tenant_scope(catalogue.pk):
        make_sku("H")
    changed = api.get("/skus", If_None_Match=tag)

    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", tag)
    assert (changed.status_code, len(codes(changed))) == (200, 8)


def queries_of(client: ApiClient, path: str) -> tuple[int, int]:
    """How many rows and how many queries a request has."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == 200, response.content
    return len(response.json()["results"]), len(captured)


def grow(shop, now, index: int) -> None:
    """One more of everything that is listed."""
    sku, place = make_sku(), make_location()
    make_stock(sku, place, 5, now=now)
    reserve_basket(reference=f"b{index}", lines=[BasketLine(sku.code, 1)], now=now)
    place_orders(orders=[new_order(shop.channel, (sku, 1), now=now)], now=now)


LISTS = ["/skus", "/locations", "/stock/levels", "/stock/movements", "/orders", "/fulfilments"]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_queries_for_one_row_and_for_three(shop, now, path):
    client = ApiClient(make_key(shop.tenant))
    client.get("/skus")
    with tenant_scope(shop.tenant.pk):
        grow(shop, now, 1)
    first = queries_of(client, path)
    with tenant_scope(shop.tenant.pk):
        grow(shop, now, 2)
        grow(shop, now, 3)

    third = queries_of(client, path)

    assert third[0] >= first[0] + 2
    assert first[1] == third[1]


@pytest.mark.parametrize("step", ["timeline", "decisions", ""])
def test_an_order_costs_the_same_queries_whatever_it_has(api, shop, now, step):
    api.get("/skus")
    with tenant_scope(shop.tenant.pk):
        skus = [make_sku() for _sku in range(3)]
        for sku in skus:
            make_stock(sku, shop.location, 5, now=now)
        one, three = place_orders(
            orders=[
                new_order(shop.channel, (skus[0], 1), now=now),
                new_order(shop.channel, *((sku, 1) for sku in skus), now=now),
            ],
            now=now,
        )

    counts = []
    for order in (one, three):
        with CaptureQueriesContext(connection) as captured:
            assert api.get(f"/orders/{order.order_id}/{step}".rstrip("/")).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1]
