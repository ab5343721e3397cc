from __future__ import annotations

import pytest

from inventory.models import StockLevel
from oms.events.registry import kinds
from oms.orders.models import Order, UnitGroup
from oms.tenancy.context import tenant_scope
from tests.api.client import ApiClient, make_key
from tests.factories import make_location, make_sku, make_stock
from tests.support import until_fed

ORDER = {
    "channel": "web",
    "external_id": "A-1",
    "customer": {"name": "Élodie Kerjean", "email": "elodie@example.org"},
    "ship_to": {"name": "Élodie Kerjean", "line1": "14 rue Saint-Melaine", "postcode": "35000", "city": "Rennes"},
    "lines": [{"sku": "MUG", "quantity": 3, "unit_price": "9.90", "discount": "0.70"}],
    "shipping": "4.90",
}


@pytest.fixture
def placed(api, shop) -> dict:
    response = api.post("/orders", ORDER)
    assert response.status_code == 201, response.content
    return response.json()


def test_an_order_is_placed_reserved_and_given_to_a_location(api, shop, placed):
    order = api.get(f"/orders/{placed['id']}").json()

    assert (placed["created"], placed["status"], placed["total"]) == (True, "TO_PREPARE", "33.90")
    assert order["customer"] == {"name": "Élodie Kerjean", "email": "elodie@example.org", "phone": ""}
    assert order["ship_to"]["city"] == "Rennes"
    (line,) = order["lines"]
    assert (line["sku"], line["quantity"], line["unit_price"], line["title"]) == ("MUG", 3, "9.9000", "MUG")
    assert [(group["state"], group["quantity"], group["location"]) for group in line["groups"]] == [
        ("ASSIGNED", 3, "RENNES")
    ]
    with tenant_scope(shop.tenant.pk):
        assert StockLevel.objects.get().reserved == 3


def test_the_same_order_again_is_no_other_order(api, shop, placed):
    again = api.post("/orders", ORDER)

    assert (again.status_code, again.json()["id"], again.json()["created"]) == (200, placed["id"], False)
    with tenant_scope(shop.tenant.pk):
        assert Order.objects.count() == 1
        assert StockLevel.objects.get().reserved == 3


def test_an_order_without_stock_is_parked_and_not_refused(api, shop):
    response = api.post("/orders", {**ORDER, "lines": [{"sku": "MUG", "quantity": 11, "unit_price": "1"}]})

    assert (response.status_code, response.json()["status"]) == (201, "UNROUTABLE")


def test_an_unpaid_order_is_held(api, shop):
    response = api.post("/orders", {**ORDER, "payment_state": "PENDING"})

    order = api.get(f"/orders/{response.json()['id']}").json()
    assert (order["status"], order["holds"][0]["reason"]) == ("HELD", "PAYMENT")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "#/lines"),
        ({"lines": [{"sku": "MUG", "quantity": -1}]}, "#/lines/0/quantity"),
        ({"lines": [{"sku": "MUG", "quantity": 1, "unit_price": "-1"}]}, "#/lines/0/unit_price"),
        ({"lines": [{"sku": "MUG", "quantity": 1, "unit_price": "1000"}], "discount": "2000"}, "#/total"),
        ({"lines": [{"sku": "HAT", "quantity": 1}]}, "#/lines/0/sku"),
        ({"method": "PIGEON"}, "#/method"),
        ({"method": "CLICK_AND_COLLECT"}, "#/collect_location"),
        ({"collect_location": "NOWHERE"}, "#/collect_location"),
        ({"ship_to": {"country": "France"}}, "#/ship_to/country"),
        ({"customer": {"email": "nobody"}}, "#/customer/email"),
        ({"placed_at": "yesterday"}, "#/placed_at"),
        ({"external_id": ""}, "#/external_id"),
    ],
)
def test_an_order_that_is_none(api, shop, change, pointer):
    response = api.post("/orders", {**ORDER, **change})

    assert response.status_code == 422, response.content
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    with tenant_scope(shop.tenant.pk):
        assert Order.objects.count() == 0


def test_a_bulk_judges_each_order_alone(api, shop, placed):
    line = {"sku": "MUG", "quantity": 1, "unit_price": "10"}
    orders = [
        ORDER,
        {"channel": "web", "external_id": "A-2", "lines": [line]},
        {"channel": "web", "external_id": "A-3", "lines": [{**line, "sku": "HAT"}]},
        {"channel": "web", "external_id": "A-4", "lines": [{**line, "quantity": 0}]},
        {"channel": "nowhere", "external_id": "A-5", "lines": [line]},
        {"external_id": 6},
        {"channel": "web", "external_id": "A-2", "lines": [line]},
    ]

    response = api.post("/orders/bulk", {"orders": orders})

    assert response.status_code == 200
    body = response.json()
    assert [row["status"] for row in body["results"]] == [200, 201, 422, 422, 422, 422, 201]
    assert (body["created"], body["known"], body["refused"]) == (2, 1, 4)
    problems = [row["problem"] and row["problem"]["errors"][0]["pointer"] for row in body["results"]]
    assert problems[2:5] == ["#/lines/0/sku", "#/lines/0/quantity", "#/channel"]
    assert body["results"][1]["id"] == body["results"][6]["id"]
    with tenant_scope(shop.tenant.pk):
        assert Order.objects.count() == 2


def test_a_bulk_has_at_most_500_orders(api, shop):
    assert api.post("/orders/bulk", {"orders": [{}] * 501}).status_code == 422
    assert api.post("/orders/bulk", {"orders": []}).status_code == 422
    assert api.post("/orders/bulk", {"orders": [1]}).status_code == 422


def test_a_list_is_filtered(api, shop, placed):
    api.post("/orders", {**ORDER, "external_id": "A-2", "payment_state": "PENDING"})

    def found(query: str) -> list[str]:
        return [order["external_id"] for order in api.get(f"/orders?{query}").json()["results"]]

    assert found("status=HELD") == ["A-2"]
    assert found("status=HELD,TO_PREPARE") == ["A-2", "A-1"]
    assert found("external_id=A-1&channel=web") == ["A-1"]
    assert found("channel=other") == []
    assert found("customer_email=elodie@example.org&open=true&method=DELIVERY") == ["A-2", "A-1"]
    assert found("open=false") == []
    assert found("received_since=2000-01-01T00:00:00Z&received_before=2000-01-02T00:00:00Z") == []


def test_the_timeline_tells_what_happened(api, shop, placed):
    events = api.get(f"/orders/{placed['id']}/timeline").json()["results"]

    assert [event["sequence"] for event in events] == [1, 2, 3]
    assert events[0]["kind"] == "order.accepted"
    assert events[0]["actor"]["kind"] == "API_KEY"
    first = api.get(f"/orders/{placed['id']}/timeline?limit=2").json()
    rest = api.get(first["next"]).json()
    assert first["results"] + rest["results"] == events


def test_the_decision_says_why_in_words_and_in_full(api, shop, placed):
    (decision,) = api.get(f"/orders/{placed['id']}/decisions").json()["results"]

    assert (decision["placed"], decision["parked"]) == (3, 0) or decision["placed"] == 1
    assert set(decision["summary"]) == {"en", "fr"}
    assert all(decision["summary"].values())
    candidates = decision["document"]["attempts"][0]["candidates"]
    assert [candidate["code"] for candidate in candidates] == ["RENNES"]


def test_cancel_some_then_all(api, shop, placed):
    address = f"/orders/{placed['id']}/cancel"

    some = api.post(address, {"reason": "customer", "lines": [{"sku": "MUG", "quantity": 1}]})
    too_many = api.post(address, {"lines": [{"sku": "MUG", "quantity": 3}]})
    all_of_it = api.post(address)
    again = api.post(address)

    states = {group["state"]: group["quantity"] for group in some.json()["lines"][0]["groups"]}
    assert states == {"ASSIGNED": 2, "CANCELLED": 1}
    assert (too_many.status_code, too_many.json()["code"]) == (409, "orders.not_enough_units")
    assert (all_of_it.status_code, all_of_it.json()["status"]) == (200, "CANCELLED")
    assert (again.status_code, again.json()["code"]) == (409, "orders.nothing_to_cancel")
    with tenant_scope(shop.tenant.pk):
        assert StockLevel.objects.get().reserved == 0


@pytest.mark.parametrize(
    "lines",
    [
        [{"quantity": 1}],
        [{"sku": "HAT", "quantity": 1}],
        [{"sku": "MUG", "line": "018f0000-0000-7000-8000-000000000000", "quantity": 1}],
        [{"line": "018f0000-0000-7000-8000-000000000000", "quantity": 1}],
        [{"sku": "MUG", "quantity": 0}],
    ],
)
def test_cancel_of_what_is_not_there(api, shop, placed, lines):
    response = api.post(f"/orders/{placed['id']}/cancel", {"lines": lines})

    assert response.status_code == 422
    with tenant_scope(shop.tenant.pk):
        assert not UnitGroup.objects.filter(state="CANCELLED").exists()


def test_a_sku_on_two_lines_needs_the_line(api, shop):
    line = {"sku": "MUG", "quantity": 1, "unit_price": "1"}
    order = api.post("/orders", {**ORDER, "lines": [line, line]}).json()
    lines = api.get(f"/orders/{order['id']}").json()["lines"]

    by_sku = api.post(f"/orders/{order['id']}/cancel", {"lines": [{"sku": "MUG", "quantity": 1}]})
    by_line = api.post(f"/orders/{order['id']}/cancel", {"lines": [{"line": lines[1]["id"], "quantity": 1}]})

    assert by_sku.status_code == 422
    assert [row["groups"][0]["state"] for row in by_line.json()["lines"]] == ["ASSIGNED", "CANCELLED"]


def test_hold_and_release(api, shop, placed):
    held = api.post(f"/orders/{placed['id']}/hold", {"reason": "FRAUD", "note": "check"})
    released = api.post(f"/orders/{placed['id']}/release")
    again = api.post(f"/orders/{placed['id']}/release")

    assert (held.status_code, held.json()["status"], held.json()["holds"][0]["note"]) == (200, "HELD", "check")
    assert (released.status_code, released.json()["status"]) == (200, "TO_ROUTE")
    assert (again.status_code, again.json()["code"]) == (409, "orders.not_held")


@pytest.fixture
def working(api, shop, placed) -> str:
    (work,) = api.get(f"/fulfilments?order={placed['id']}").json()["results"]
    assert (work["state"], work["location"], work["units"]) == ("TO_ACCEPT", "RENNES", 3)
    return f"/fulfilments/{work['id']}"


def test_an_order_is_accepted_picked_packed_and_shipped(api, shop, placed, working):
    for step, body, state in (
        ("accept", {}, "ACCEPTED"),
        ("pick", {"lines": [{"sku": "MUG", "quantity": 1}]}, "PICKING"),
        ("pick", {}, "PICKING"),
        ("pack", {}, "PACKED"),
        ("ship", {"carrier": "Colissimo", "tracking_number": "8X01"}, "HANDED_OVER"),
    ):
        response = api.post(f"{working}/{step}", body)
        assert (response.status_code, response.json()["state"]) == (200, state), response.content

    done = api.get(working).json()
    assert [(parcel["carrier"], parcel["tracking_number"]) for parcel in done["parcels"]] == [("Colissimo", "8X01")]
    assert done["recipient"]["line1"] == "14 rue Saint-Melaine"
    assert api.get(f"/orders/{placed['id']}").json()["status"] == "SHIPPED"
    with tenant_scope(shop.tenant.pk):
        level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (7, 0)


def test_a_step_from_the_wrong_state_names_the_present_one(api, working):
    response = api.post(f"{working}/ship", {"carrier": "Colissimo"})

    assert (response.status_code, response.json()["code"]) == (409, "fulfilment.wrong_state")
    assert response.json()["data"]["state"] == "TO_ACCEPT"


def test_a_short_pick_needs_its_reason(api, shop, placed, working):
    api.post(f"{working}/pick", {"lines": [{"sku": "MUG", "quantity": 2}]})

    without = api.post(f"{working}/pack")
    with_reason = api.post(f"{working}/pack", {"missing": "NOT_FOUND"})

    assert (without.status_code, without.json()["code"]) == (409, "fulfilment.not_all_picked")
    assert (with_reason.status_code, with_reason.json()["units"]) == (200, 2)


def test_a_refusal_changes_stock_as_its_reason_declares(api, shop, working):
    response = api.post(f"{working}/refuse", {"reason": "NOT_FOUND"})

    assert (response.status_code, response.json()["state"]) == (200, "REFUSED")
    with tenant_scope(shop.tenant.pk):
        level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (0, 0)


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("refuse", {}),
        ("refuse", {"reason": "BORED"}),
        ("refuse", {"reason": "TOO_BUSY", "lines": [{"sku": "HAT", "quantity": 1}]}),
        ("pick", {"lines": [{"sku": "MUG", "quantity": 4}]}),
        ("pick", {"lines": [{"sku": "MUG", "quantity": -1}]}),
        ("accept", {"now": True}),
        ("ship", {}),
        ("collect", {}),
    ],
)
def test_a_step_that_is_none(api, working, step, body):
    assert api.post(f"{working}/{step}", body).status_code == 422
    assert api.get(working).json()["state"] == "TO_ACCEPT"


@pytest.fixture
def collected(api, shop) -> str:
    order = {**ORDER, "method": "CLICK_AND_COLLECT", "collect_location": "RENNES"}
    placed = api.post("/orders", order).json()
    (work,) = api.get(f"/fulfilments?order={placed['id']}").json()["results"]
    address = f"/fulfilments/{work['id']}"
    for step in ("accept", "pick", "pack"):
        assert api.post(f"{address}/{step}").status_code == 200
    assert api.post(f"{address}/ready", {"shelf": "B3"}).json()["state"] == "READY_TO_COLLECT"
    return address


def test_a_collection_needs_the_code(api, shop, collected):
    code = api.get(collected).json()["collection_code"]
    assert code

    wrong = api.post(f"{collected}/collect", {"code": "WRONG"})
    right = api.post(f"{collected}/collect", {"code": code, "collected_by": "Élodie"})

    assert (wrong.status_code, wrong.json()["code"]) == (422, "fulfilment.wrong_code")
    assert (right.status_code, right.json()["state"], right.json()["proof"]) == (200, "COLLECTED", "CODE")


def test_wrong_codes_are_counted_although_they_are_refused(api, shop, collected):
    code = api.get(collected).json()["collection_code"]
    answers = [api.post(f"{collected}/collect", {"code": "WRONG"}).json()["code"] for _attempt in range(6)]

    right = api.post(f"{collected}/collect", {"code": code})
    document = api.post(f"{collected}/collect", {"identity_of": "Élodie Kerjean"})

    assert answers == ["fulfilment.wrong_code"] * 5 + ["fulfilment.too_many_attempts"]
    assert (right.status_code, document.status_code) == (409, 200)


def test_a_key_bound_to_a_location_works_only_there(api, shop, placed, working, now):
    with tenant_scope(shop.tenant.pk):
        brest = make_location("BREST")
        hat = make_sku("HAT")
        make_stock(hat, brest, 5, now=now)
    api.post("/orders", {**ORDER, "external_id": "A-2", "lines": [{"sku": "HAT", "quantity": 1, "unit_price": "1"}]})
    bound = ApiClient(make_key(shop.tenant, location_ids=[brest.pk]))

    (mine,) = bound.get("/fulfilments").json()["results"]

    assert mine["location"] == "BREST"
    assert bound.get(working).status_code == 404
    for step in ("accept", "pick", "pack", "ship", "ready", "collect", "refuse"):
        body = {"ship": {"carrier": "X"}, "collect": {"code": "X"}, "refuse": {"reason": "TOO_BUSY"}}.get(step, {})
        assert bound.post(f"{working}/{step}", body).status_code == 404
    assert bound.post(f"/fulfilments/{mine['id']}/accept").json()["collection_code"] == ""
    assert api.get(working).json()["state"] == "TO_ACCEPT"


def test_the_feed_gives_each_event_once(transactional_db, api, shop):
    ids = [api.post("/orders", {**ORDER, "external_id": str(number)}).json()["id"] for number in range(3)]

    until_fed()
    found, address = [], "/events?limit=2&kind=order.accepted"
    for _page in range(3):
        page = api.get(address).json()
        found += [event["subject"]["id"] for event in page["results"]]
        address = page["next"]
    assert found == ids

    later = api.post("/orders", {**ORDER, "external_id": "later"}).json()["id"]
    until_fed()
    page = api.get(address).json()
    assert [event["subject"]["id"] for event in page["results"]] == [later]
    assert page["previous"] is None


def test_the_feed_refuses_a_kind_that_is_none(api, tenants):
    assert api.get("/events?kind=order.accepted,order.exploded").status_code == 400
    assert api.get(f"/events?kind={','.join(kinds())}").status_code == 200
