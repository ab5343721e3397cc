"""Shopify's wire format as its documentation says it."""

import time
from datetime import UTC, datetime

import pytest

from channels.simulators.shopify_cost import Bucket

SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code field } }
}"""
SET_WITHOUT_KEY = SET.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
LOCATION = "gid://shopify/Location/1"


def quantities(side, *entries, name="available") -> dict:
    return {
        "name": name,
        "reason": "correction",
        "quantities": [
            {"inventoryItemId": item, "locationId": LOCATION, "quantity": quantity, "changeFromQuantity": expected}
            for item, quantity, expected in entries
        ],
    }


def item(side, sku: str) -> str:
    return f"gid://shopify/InventoryItem/{side.shop.product(sku).id}"


def place(side, **request):
    asked = {"lines": [{"sku": "MUG", "quantity": 2}], "paid": True, "delivery": "ship", **request}
    return side.shop.place_order(asked)


def errors_of(answer: dict) -> list[str]:
    return [each["code"] for each in next(iter(answer["data"].values()))["userErrors"]]


def test_a_wrong_token_is_refused_before_anything_is_read(shopify) -> None:
    answer = shopify.http.post("/admin/api/2026-10/graphql.json", json={"query": "{ shop { name } }"})

    assert (answer.status_code, answer.json()["errors"][:5]) == (401, "[API]")


def test_a_token_is_given_for_the_apps_credentials(shopify) -> None:
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "cs"}

    assert shopify.http.post("/admin/oauth/access_token", data=form).json()["access_token"] == "ck"
    assert shopify.http.post("/admin/oauth/access_token", data={**form, "client_secret": "no"}).status_code == 400


def test_every_answer_tells_its_cost(shopify) -> None:
    cost = shopify.graphql("{ shop { name } locations(first: 10) { nodes { id } } }")["extensions"]["cost"]

    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (13, 4)
    assert cost["throttleStatus"]["maximumAvailable"] == 2000.0


def test_a_query_that_costs_too_much_does_not_run(shopify) -> None:
    query = "{ orders(first: 100) { nodes { lineItems(first: 50) { nodes { id } } } } }"
    [error] = shopify.graphql(query)["errors"]

    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_an_empty_bucket_throttles_with_status_200(shopify) -> None:
    shopify.app.state.simulator.bucket.available = 0.0
    answer = shopify.graphql("{ locations(first: 50) { nodes { id } } }")

    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in answer
    assert answer["extensions"]["cost"]["actualQueryCost"] is None


def test_the_bucket_fills_with_time() -> None:
    now = [100.0]
    bucket = Bucket(maximum=100, restore_rate=10, available=100, clock=lambda: now[0])

    assert bucket.take(90)
    assert not bucket.take(20)
    now[0] += 2
    assert bucket.take(20)
    bucket.give_back(500)
    assert bucket.status()["currentlyAvailable"] == 100


def test_a_document_that_is_wrong_is_an_error(shopify) -> None:
    assert shopify.graphql("{ shop { colour } }")["errors"][0]["extensions"]["code"] == "undefinedField"
    assert shopify.graphql("{ shop {")["errors"][0]["extensions"]["code"] == "parseError"


def test_inventory_needs_its_key(shopify) -> None:
    answer = shopify.graphql(SET_WITHOUT_KEY, input=quantities(shopify, (item(shopify, "MUG"), 5, None)))

    assert "@idempotent directive is required" in answer["errors"][0]["message"]
    assert shopify.shop.product("MUG").stock == 50


def test_the_same_key_answers_the_same_and_never_another_request(shopify) -> None:
    first = quantities(shopify, (item(shopify, "MUG"), 5, None))
    shopify.graphql(SET, input=first, key="k1")
    shopify.shop.product("MUG").stock = 4
    again = shopify.graphql(SET, input=first, key="k1")
    other = shopify.graphql(SET, input=quantities(shopify, (item(shopify, "MUG"), 9, None)), key="k1")

    assert errors_of(again) == []
    assert shopify.shop.product("MUG").stock == 4
    assert "different operation parameters" in other["errors"][0]["message"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"inventoryItemId": "gid://shopify/InventoryItem/9"}, "INVALID_INVENTORY_ITEM"),
        ({"locationId": "gid://shopify/Location/9"}, "INVALID_LOCATION"),
        ({"quantity": -1}, "INVALID_QUANTITY_NEGATIVE"),
        ({"changeFromQuantity": 49}, "CHANGE_FROM_QUANTITY_STALE"),
        ({"changeFromQuantity": ...}, "COMPARE_QUANTITY_REQUIRED"),
    ],
)
def test_one_wrong_quantity_stops_them_all(shopify, change, code) -> None:
    request = quantities(shopify, (item(shopify, "TEE"), 7, None), (item(shopify, "MUG"), 7, 50))
    wrong = request["quantities"][1]
    for name, value in change.items():
        if value is ...:
            del wrong[name]
        else:
            wrong[name] = value

    answer = shopify.graphql(SET, input=request, key="k")

    assert errors_of(answer) == [code]
    assert answer["data"]["inventorySetQuantities"]["userErrors"][0]["field"][:3] == ["input", "quantities", "1"]
    assert (shopify.shop.product("TEE").stock, shopify.shop.product("MUG").stock) == (20, 50)


def test_the_same_item_twice_and_unknown_names_are_refused(shopify) -> None:
    twice = quantities(shopify, (item(shopify, "MUG"), 5, None), (item(shopify, "MUG"), 6, None))
    named = quantities(shopify, (item(shopify, "MUG"), 5, None), name="wished")
    many = quantities(shopify, *[(item(shopify, "MUG"), 5, None)] * 251)

    assert errors_of(shopify.graphql(SET, input=twice, key="a")) == ["NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"]
    assert errors_of(shopify.graphql(SET, input=named, key="b")) == ["INVALID_NAME"]
    assert "250" in shopify.graphql(SET, input=many, key="c")["errors"][0]["message"]


SHIP = """mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }"""


def work_of(order) -> dict:
    return order.facts["work"][0]


def ship(side, order, units: int | None = None) -> dict:
    wanted = {"fulfillmentOrderId": f"gid://shopify/FulfillmentOrder/{work_of(order)['id']}"}
    if units is not None:
        entry = work_of(order)["lines"][0]["id"]
        wanted["fulfillmentOrderLineItems"] = [
            {"id": f"gid://shopify/FulfillmentOrderLineItem/{entry}", "quantity": units}
        ]
    return shopify_payload(side.graphql(SHIP, f={"lineItemsByFulfillmentOrder": [wanted]}))


def shopify_payload(answer: dict) -> dict:
    return next(iter(answer["data"].values()))


def test_work_closes_when_its_last_unit_left(shopify) -> None:
    order = place(shopify)
    partly = ship(shopify, order, 1)
    too_many = ship(shopify, order, 2)
    rest = ship(shopify, order)
    closed = ship(shopify, order)

    assert partly["userErrors"] == rest["userErrors"] == []
    assert "quantity" in too_many["userErrors"][0]["message"]
    assert "unfulfillable status= CLOSED" in closed["userErrors"][0]["message"]
    assert shopify.graphql(
        "query($id: ID!) { order(id: $id) { displayFulfillmentStatus } }", id=f"gid://shopify/Order/{order.id}"
    )["data"]["order"] == {"displayFulfillmentStatus": "FULFILLED"}


CANCEL = """mutation($id: ID!) {
  orderCancel(orderId: $id, reason: INVENTORY, restock: true) { job { done } orderCancelUserErrors { code } }
}"""


def test_a_cancellation_takes_effect_a_moment_later(shopify) -> None:
    order = place(shopify)
    name = f"gid://shopify/Order/{order.id}"
    payload = shopify_payload(shopify.graphql(CANCEL, id=name))
    read = "query($id: ID!) { order(id: $id) { cancelledAt } }"
    at_once = shopify.graphql(read, id=name)["data"]["order"]["cancelledAt"]
    time.sleep(0.4)
    later = shopify.graphql(read, id=name)["data"]["order"]["cancelledAt"]

    assert (payload["job"]["done"], at_once) == (False, None)
    assert later is not None
    assert shopify.shop.product("MUG").stock == 50
    assert shopify_payload(shopify.graphql(CANCEL, id=name))["orderCancelUserErrors"] == [{"code": "INVALID"}]


ORDERS = """query($window: String!, $after: String) {
  orders(first: 2, after: $after, query: $window, sortKey: UPDATED_AT) { nodes { name } pageInfo { hasNextPage endCursor } }
}"""


def test_orders_are_found_by_the_instant_of_their_change(shopify) -> None:
    placed = [place(shopify) for _ in range(5)]
    for minute, order in enumerate(placed):
        order.modified_at = 1_795_000_000 + 60 * minute
    since, until = (datetime.fromtimestamp(1_795_000_000 + 60 * minute, tz=UTC).isoformat() for minute in (1, 4))
    window = f"updated_at:>='{since}' updated_at:<'{until}'"
    first = shopify.graphql(ORDERS, window=window)["data"]["orders"]
    second = shopify.graphql(ORDERS, window=window, after=first["pageInfo"]["endCursor"])["data"]["orders"]

    names = [each["name"] for each in (*first["nodes"], *second["nodes"])]
    assert names == [f"#{order.number}" for order in placed[1:4]]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
