"""The shop behind every simulator."""

import json
import random

import pytest

from channels.simulators.app import Options, build
from channels.simulators.faults import Faults
from channels.simulators.people import draw_person
from channels.simulators.shop import Shop, split_tax
from channels.simulators.traffic import Traffic

PRODUCTS = [
    {"sku": "A", "name": "A", "price": 10, "stock": 5},
    {"sku": "B-1", "name": "B 1", "price": 20, "stock": 5, "parent": "B"},
    {"sku": "B-2", "name": "B 2", "price": 20, "stock": 0, "parent": "B"},
]


def stocked(**given) -> Shop:
    shop = Shop(**given)
    shop.add_products(PRODUCTS)
    return shop


def orders_of(shop: Shop, number: int) -> list:
    return [
        (order.customer["email"], [(line.sku, line.quantity) for line in order.lines], order.delivery)
        for order in (shop.place_order({}) for _ in range(number))
    ]


def test_the_same_seed_draws_the_same_customers_and_baskets() -> None:
    assert orders_of(stocked(seed=5), 20) == orders_of(stocked(seed=5), 20)
    assert orders_of(stocked(seed=5), 20) != orders_of(stocked(seed=6), 20)


def test_people_are_french_and_cannot_be_reached() -> None:
    rng = random.Random(1)
    people = [draw_person(rng) for _ in range(200)]

    assert {each["country"] for each in people} == {"FR"}
    assert all(len(each["postcode"]) == 5 and each["postcode"].isdecimal() for each in people)
    assert all(each["email"].endswith("@example.com") and each["email"].isascii() for each in people)
    assert len({each["email"] for each in people}) > 150


def test_a_sale_lowers_the_stock_and_nothing_is_refused() -> None:
    shop = stocked()

    shop.place_order({"lines": [{"sku": "A", "quantity": 8}, {"sku": "GHOST", "quantity": 1}]})

    assert shop.product("A").stock == -3


def test_customers_see_only_what_is_in_stock() -> None:
    shop = stocked(seed=2)
    traffic = Traffic(shop, orders_per_minute=60, seed=1)

    sold = sum(traffic.tick(60) for _ in range(2))

    assert 0 < sold < 60
    assert {each.sku: each.stock for each in shop.sold()} == {"A": 0, "B-1": 0, "B-2": 0}


def test_stock_goes_back_once_and_without_what_came_back_before() -> None:
    shop = stocked()
    order = shop.place_order({"lines": [{"sku": "A", "quantity": 3}]})

    shop.restock(order.lines[0], 1)
    shop.give_back_stock(order)
    shop.give_back_stock(order)

    assert shop.product("A").stock == 5
    shop.take_stock(order)
    assert shop.product("A").stock == 2


def test_a_shop_outlives_its_process(tmp_path) -> None:
    shop = stocked()
    order = shop.place_order({"customer": {"city": "Lyon"}})
    shop.save_to(tmp_path / "shop.json")

    other = Shop(first_id=1)
    other.load(json.loads((tmp_path / "shop.json").read_text()))

    assert other.dump() == shop.dump()
    assert other.product("A").stock == shop.product("A").stock
    assert other.place_order({}).id > order.id


def test_a_simulator_goes_on_where_it_stopped(tmp_path) -> None:
    saved = tmp_path / "shop.json"
    for kind in ("woocommerce", "shopify"):
        first = build(Options(kind=kind, catalogue=PRODUCTS)).state.shop
        first.place_order({})
        first.save_to(saved)

        again = build(Options(kind=kind, catalogue=PRODUCTS, state=saved)).state

        assert again.shop.dump() == first.dump()
        assert again.simulator.report(next(iter(again.shop.orders.values())))["status"]


def test_the_list_learns_of_a_change_after_its_lag() -> None:
    shop = stocked()
    order = shop.place_order({})
    assert shop.listed(60) == []

    shop.clock.offset += 100
    shop.touch(order)
    [(at, _)] = shop.listed(60)
    assert at < shop.clock.now() - 60

    shop.clock.offset += 100
    [(at, _)] = shop.listed(60)
    assert at == order.modified_at


def test_traffic_sells_as_often_as_it_is_told() -> None:
    shop = Shop()
    shop.add_products([{"sku": "A", "stock": 10_000}])
    traffic = Traffic(shop, orders_per_minute=120, seed=1)

    sold = sum(traffic.tick(0.25) for _ in range(400))

    assert 150 <= sold <= 250
    assert len(shop.orders) == sold


@pytest.mark.parametrize(("gross", "vat", "net"), [(1200, 2000, 1000), (1055, 550, 1000), (1, 2000, 1), (0, 2000, 0)])
def test_tax_is_taken_out_of_the_gross(gross, vat, net) -> None:
    assert split_tax(gross, vat) == (net, gross - net)


def test_faults_strike_where_and_as_often_as_told() -> None:
    faults = Faults()
    faults.replace([{"kind": "html", "times": 2, "path": "/orders", "method": "GET"}])

    struck = [
        faults.strike(*each)
        for each in (
            ("POST", "/orders"),
            ("GET", "/products"),
            ("GET", "/orders"),
            ("GET", "/orders"),
            ("GET", "/orders"),
        )
    ]

    assert [each.kind if each else None for each in struck] == [None, None, "html", "html", None]
    with pytest.raises(ValueError, match="no such fault: fire"):
        faults.replace([{"kind": "fire"}])


def test_a_page_may_repeat_and_shuffle_its_rows() -> None:
    faults = Faults(seed=1)
    faults.replace([{"kind": "duplicates"}, {"kind": "disorder"}])
    page = faults.arrange(list(range(9)))

    assert len(page) == 12
    assert set(page) == set(range(9))
    assert page != sorted(page)


def test_who_collects_chooses_one_of_the_places() -> None:
    shop = stocked(pickup_points=["Nantes", "Rennes"])

    collected = {shop.place_order({"delivery": "pickup"}).pickup for _ in range(30)}

    assert collected == {"Nantes", "Rennes"}
    assert shop.place_order({"delivery": "ship"}).pickup == ""
