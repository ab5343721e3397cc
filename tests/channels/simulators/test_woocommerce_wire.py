"""WooCommerce's wire format as the real shop was seen to speak it."""

import pytest


def codes(answer) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def place(side, **request) -> int:
    asked = {"lines": [{"sku": "MUG", "quantity": 2}], "paid": True, "delivery": "ship", **request}
    return side.control("orders", asked)["orders"][0]["id"]


def number_of(side, sku: str) -> int:
    return side.woo("GET", "products", params={"sku": sku}).json()[0]["id"]


def test_keys_are_checked_as_the_shop_does(woo) -> None:
    plain = woo.http.get("/wp-json/wc/v3/orders", auth=("ck", "cs"))
    wrong = woo.http.get("/wp-json/wc/v3/orders", auth=("ck", "no"), headers={"X-Forwarded-Proto": "https"})
    half = woo.http.get("/wp-json/wc/v3/orders", params={"oauth_consumer_key": "ck"})

    assert codes(plain) == (401, "woocommerce_rest_cannot_view")
    assert codes(wrong) == (401, "woocommerce_rest_authentication_error")
    assert codes(half) == (401, "woocommerce_rest_authentication_missing_parameter")


def test_lists_count_and_page(woo) -> None:
    for _ in range(5):
        place(woo)
    page = woo.woo("GET", "orders", params={"per_page": 2, "page": 3, "orderby": "id", "order": "asc"})
    beyond = woo.woo("GET", "orders", params={"per_page": 2, "page": 9})

    assert (len(page.json()), page.headers["X-WP-Total"], page.headers["X-WP-TotalPages"]) == (1, "5", "3")
    assert (beyond.json(), beyond.headers["X-WP-Total"]) == ([], "0")


@pytest.mark.parametrize(
    "params",
    [{"per_page": 101}, {"page": 0}, {"status": "shipped"}, {"modified_after": "yesterday"}, {"orderby": "mood"}],
)
def test_wrong_parameters_are_refused(woo, params) -> None:
    assert codes(woo.woo("GET", "orders", params=params)) == (400, "rest_invalid_param")


def test_dates_without_zone_are_the_shops_own_unless_told(woo) -> None:
    body = woo.woo("GET", f"orders/{place(woo)}").json()
    own = {"modified_after": body["date_modified_gmt"]}

    assert body["date_modified"] != body["date_modified_gmt"]
    assert len(woo.woo("GET", "orders", params=own).json()) == 1
    assert woo.woo("GET", "orders", params={**own, "dates_are_gmt": "true"}).json() == []


def test_amounts_are_net_with_tax_beside(woo) -> None:
    body = woo.woo("GET", f"orders/{place(woo)}").json()
    [line] = body["line_items"]

    assert (line["total"], line["total_tax"], body["total"], body["total_tax"]) == ("20.83", "4.17", "29.90", "4.99")
    assert line["meta_data"][0]["value"] == "2"
    assert body["tax_lines"][0]["rate_percent"] == 20


def test_unknown_things_have_the_shops_codes(woo) -> None:
    assert codes(woo.woo("GET", "orders/9")) == (404, "woocommerce_rest_shop_order_invalid_id")
    assert codes(woo.woo("GET", "products/9")) == (404, "woocommerce_rest_product_invalid_id")
    assert codes(woo.woo("GET", "nothing")) == (404, "rest_no_route")
    assert codes(woo.woo("POST", "orders", content=b"{")) == (400, "rest_invalid_json")
    assert codes(woo.woo("PUT", f"orders/{place(woo)}", json={"status": "flying"})) == (400, "rest_invalid_param")


def test_a_batch_checks_nothing_and_answers_each_element(woo) -> None:
    mug, pull = number_of(woo, "MUG"), number_of(woo, "PULL-M")
    updates = [{"id": mug, "stock_quantity": "x"}, {"id": 9, "stock_quantity": 1}, {"id": pull, "stock_quantity": 1}]
    answer = woo.woo("POST", "products/batch", json={"update": updates}).json()["update"]

    assert (answer[0]["stock_quantity"], answer[0]["stock_status"]) == (0, "outofstock")
    assert [each["error"]["code"] for each in answer[1:]] == ["woocommerce_rest_product_invalid_id"] * 2
    assert codes(woo.woo("POST", "products/batch", json={"update": updates * 40})) == (
        413,
        "woocommerce_rest_request_entity_too_large",
    )
    assert codes(woo.woo("PUT", f"products/{mug}", json={"stock_quantity": "x"})) == (400, "rest_invalid_param")
    assert woo.woo("POST", "products/batch", json={"update": []}).json() == []


def test_stock_moves_with_the_status(woo) -> None:
    order_id = place(woo)
    seen = []
    for status in ("cancelled", "processing", "completed", "pending", "on-hold"):
        woo.woo("PUT", f"orders/{order_id}", json={"status": status})
        seen.append(woo.state()["stock"]["MUG"]["quantity"])

    assert seen == [50, 48, 48, 50, 48]


def test_an_unpaid_order_holds_no_stock_and_the_bin_keeps_it(woo) -> None:
    place(woo, paid=False, payment="card")
    unpaid = woo.state()["stock"]["MUG"]["quantity"]
    order_id = place(woo)
    woo.woo("DELETE", f"orders/{order_id}")

    assert (unpaid, woo.state()["stock"]["MUG"]["quantity"]) == (50, 48)
    assert order_id not in [each["id"] for each in woo.woo("GET", "orders").json()]
    assert woo.woo("GET", "orders", params={"status": "trash"}).json()[0]["id"] == order_id
    assert woo.woo("GET", f"orders/{order_id}").json()["status"] == "trash"


def test_refunds_restock_unless_told_and_refuse_with_500(woo) -> None:
    order_id = place(woo)
    line = woo.woo("GET", f"orders/{order_id}").json()["line_items"][0]["id"]
    body = {"amount": "12.50", "line_items": [{"id": line, "quantity": 1, "refund_total": 10.42}]}
    made = woo.woo("POST", f"orders/{order_id}/refunds", json=body).json()
    too_much = woo.woo("POST", f"orders/{order_id}/refunds", json={"amount": "999", "api_refund": False})
    transfer = place(woo, payment="transfer")
    gateway = woo.woo("POST", f"orders/{transfer}/refunds", json={"amount": "1"})

    assert made["line_items"][0]["quantity"] == -1
    assert woo.woo("GET", f"orders/{order_id}").json()["refunds"][0]["total"] == "-12.50"
    assert woo.state()["stock"]["MUG"]["quantity"] == 47
    assert codes(too_much) == codes(gateway) == (500, "woocommerce_rest_cannot_create_order_refund")


def test_variations_live_under_their_parent(woo) -> None:
    [parent] = [each for each in woo.woo("GET", "products").json() if each["type"] == "variable"]
    [child] = woo.woo("GET", f"products/{parent['id']}/variations").json()

    assert (parent["variations"], parent["stock_quantity"]) == ([child["id"]], None)
    assert (child["sku"], child["parent_id"]) == ("PULL-M", parent["id"])
    assert codes(woo.woo("GET", f"products/{child['id']}")) == (404, "woocommerce_rest_product_invalid_id")


def test_fields_are_chosen(woo) -> None:
    assert woo.woo("GET", "products", params={"sku": "MUG", "_fields": "id,sku"}).json()[0].keys() == {"id", "sku"}


def test_an_order_made_by_api_is_an_order(woo) -> None:
    mug = number_of(woo, "MUG")
    body = {"line_items": [{"product_id": mug, "quantity": 4}], "set_paid": True}
    answer = woo.woo("POST", "orders", json=body)

    assert (answer.status_code, answer.json()["status"]) == (201, "processing")
    assert woo.state()["stock"]["MUG"]["quantity"] == 46
