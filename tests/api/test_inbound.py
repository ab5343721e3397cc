"""Purchase orders, transfers and counts over the API."""

from __future__ import annotations

import pytest

from inventory.models import PurchaseOrder, Transfer
from oms.tenancy.context import tenant_scope
from tests.api.client import ApiClient, make_key
from tests.factories import make_location


@pytest.fixture
def brest(shop):
    with tenant_scope(shop.tenant.pk):
        return make_location("BREST")


def buy(api, **changes):
    body = {
        "supplier": "Faïencerie",
        "location": "RENNES",
        "reference": "PO-1",
        "expected_date": "2026-12-01",
        "lines": [{"sku": "MUG", "quantity": 10, "unit_cost": "4.20"}],
        **changes,
    }
    return api.post("/purchase-orders", body)


def level(api, location="RENNES") -> dict:
    return api.get(f"/stock/levels?sku=MUG&location={location}").json()["results"][0]


def test_a_purchase_order_from_the_draft_to_its_end(api, shop):
    made = buy(api)
    address = f"/purchase-orders/{made.json()['id']}"
    assert (made.status_code, made.json()["state"], buy(api).json()["id"]) == (201, "DRAFT", made.json()["id"])

    api.post(f"{address}/confirm")
    noticed = api.post(
        f"{address}/notices",
        {
            "reference": "ASN-9",
            "expected_date": "2026-11-28",
            "carrier": "Geodis",
            "lines": [{"sku": "MUG", "quantity": 4}],
        },
    )
    supply = api.get("/inbound-supply?sku=MUG&location=RENNES").json()["results"]
    came = {"key": "box-1", "lines": [{"sku": "MUG", "quantity": 5, "damaged": 1}]}
    received, again = api.post(f"{address}/receive", came), api.post(f"{address}/receive", came)
    refused = api.post(f"{address}/close")
    closed = api.post(f"{address}/close", {"reason": "Sold out at the supplier"})

    assert noticed.json()["notices"][0]["lines"][0]["quantity"] == 4
    assert [(row["expected_date"], row["quantity"]) for row in supply] == [("2026-11-28", 4), ("2026-12-01", 6)]
    assert received.json() == again.json()
    (line,) = received.json()["lines"]
    assert (line["received"], line["damaged"], line["open"], line["unit_cost"]) == (6, 1, 4, "4.2000")
    assert (refused.status_code, refused.json()["code"], refused.json()["data"]) == (
        409,
        "inventory.reason_needed",
        {"missing": 4},
    )
    assert (closed.json()["state"], closed.json()["open"], closed.json()["lines"][0]["cancelled"]) == ("CLOSED", 0, 4)
    assert (level(api)["on_hand"], level(api)["damaged"]) == (15, 1)
    (receipt,) = api.get("/receipts?sku=MUG").json()["results"]
    assert (receipt["quantity"], receipt["damaged"], receipt["unit_cost"]) == (6, 1, "4.2000")


def test_lines_are_expected_on_other_days(api, shop):
    address = f"/purchase-orders/{buy(api).json()['id']}"
    api.post(f"{address}/confirm")
    later = {"lines": [{"sku": "MUG", "expected_date": "2026-12-24"}]}

    assert api.post(f"{address}/reschedule", later).json()["lines"][0]["expected_date"] == "2026-12-24"
    assert api.get("/inbound-supply?sku=MUG").json()["results"][0]["expected_date"] == "2026-12-24"
    moved = api.post(
        f"{address}/reschedule", {"expected_date": "2026-12-20", "lines": [{"sku": "MUG", "expected_date": None}]}
    )
    assert (moved.json()["expected_date"], moved.json()["lines"][0]["expected_date"]) == ("2026-12-20", None)
    assert api.get("/inbound-supply?sku=MUG").json()["results"][0]["expected_date"] == "2026-12-20"
    assert api.post(f"{address}/reschedule", {"expected_date": None}).json()["expected_date"] is None
    assert api.post(f"{address}/reschedule", {}).status_code == 422
    assert api.post(f"{address}/reschedule", {"lines": [{"sku": "MUG"}]}).status_code == 422
    assert api.post(f"{address}/reschedule", {"lines": [{"sku": "HAT", "expected_date": None}]}).status_code == 422
    api.post(f"{address}/cancel")
    assert api.post(f"{address}/reschedule", later).status_code == 409


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"location": "GHOST"}, 422, "inventory.unknown_location"),
        ({"lines": [{"sku": "GHOST", "quantity": 1}]}, 422, "inventory.unknown_sku"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, 422, "invalid"),
        ({"lines": []}, 422, "invalid"),
        ({"expected_date": "soon"}, 422, "invalid"),
    ],
)
def test_a_purchase_order_that_cannot_be(api, shop, changes, status, code):
    answer = buy(api, **changes)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    with tenant_scope(shop.tenant.pk):
        assert not PurchaseOrder.objects.exists()


def move(api, quantity=4, **changes):
    body = {"origin": "RENNES", "destination": "BREST", "lines": [{"sku": "MUG", "quantity": quantity}], **changes}
    return api.post("/transfers", body)


def test_a_transfer_from_the_request_to_its_difference(api, shop, brest):
    made = move(api, request=True)
    address = f"/transfers/{made.json()['id']}"
    assert (made.status_code, made.json()["state"], level(api)["reserved"]) == (201, "REQUESTED", 4)

    sent = api.post(f"{address}/dispatch")
    assert (sent.json()["in_transit"], level(api)["on_hand"], level(api, "BREST")["in_transit"]) == (4, 6, 4)
    came = {"key": "1", "lines": [{"sku": "MUG", "quantity": 3}]}
    first, again = api.post(f"{address}/receive", came), api.post(f"{address}/receive", came)
    settled = api.post(
        f"{address}/settle", {"lines": [{"sku": "MUG", "fate": "LOST", "quantity": 1, "reason": "Broken seal"}]}
    )

    assert (first.json()["state"], first.json()["lines"][0]["in_transit"]) == ("RECEIVED", 1)
    assert first.json() == again.json()
    assert (settled.json()["state"], settled.json()["lines"][0]["lost"]) == ("CLOSED", 1)
    assert (level(api, "BREST")["on_hand"], level(api, "BREST")["in_transit"]) == (3, 0)


def test_a_transfer_of_more_than_there_is_is_refused_whole(api, shop, brest):
    answer = move(api, 11, request=True)

    assert (answer.status_code, answer.json()["code"]) == (409, "inventory.not_enough_stock")
    with tenant_scope(shop.tenant.pk):
        assert not Transfer.objects.exists()


def test_proposals_are_explained_and_accepted(api, shop, brest):
    api.put("/stock/levels", {"levels": [{"sku": "MUG", "location": "BREST", "on_hand": 5}]})
    api.post("/stock/movements", {"sku": "MUG", "location": "BREST", "quantity": -4, "reason": "STORE_SALE"})

    told = api.get("/transfer-proposals?window=28&target=14&keep=28").json()
    (row,) = told["results"]
    assert (told["target"], row["origin"], row["destination"], row["quantity"]) == (14, "RENNES", "BREST", 1)
    assert (row["destination_sold"], row["destination_cover"], row["origin_cover"]) == (4, 7.0, None)
    asked = {name: row[name] for name in ("sku", "origin", "destination", "quantity")}
    accepted = api.post(
        "/transfer-proposals",
        {"proposals": [asked, {**asked, "destination": "RENNES", "origin": "BREST", "quantity": 9}]},
    )

    assert accepted.status_code == 201
    assert [each["state"] for each in accepted.json()["transfers"]] == ["REQUESTED"]
    assert accepted.json()["refused"] == ["Not enough stock for MUG."]
    assert api.get("/transfer-proposals").json()["results"] == []
    assert api.get("/transfer-proposals?window=0").status_code == 400


def test_a_count_from_its_beginning_to_the_ledger(api, shop):
    made = api.post("/counts", {"location": "RENNES"})
    address = f"/counts/{made.json()['id']}"
    assert (made.status_code, made.json()["lines"]) == (201, 1)

    api.post(f"{address}/record", {"lines": [{"sku": "MUG", "quantity": 5}]})
    api.post(f"{address}/record", {"lines": [{"sku": "MUG", "quantity": 2, "add": True}]})
    api.post("/stock/movements", {"sku": "MUG", "location": "RENNES", "quantity": -1, "reason": "STORE_SALE"})
    early = api.post(f"{address}/post")
    api.post(f"{address}/finish")
    posted = api.post(f"{address}/post")

    assert (early.status_code, early.json()["data"]) == (409, {"state": "COUNTING"})
    assert posted.json()["state"] == "POSTED"
    (line,) = api.get(f"{address}/lines?limit=1").json()["results"]
    assert (line["counted"], line["expected"], line["difference"], line["posted"]) == (7, 10, -3, -3)
    assert level(api)["on_hand"] == 6
    (lost,) = api.get("/shrinkage").json()["results"]
    assert (lost["reason"], lost["location"], lost["lost"]) == ("COUNT", "RENNES", 3)


def test_what_is_counted_again(api, shop):
    address = f"/counts/{api.post('/counts', {'location': 'RENNES', 'kind': 'CYCLE', 'skus': ['MUG']}).json()['id']}"
    api.post(f"{address}/record", {"lines": [{"sku": "MUG", "quantity": 5}]})
    api.post(f"{address}/finish")

    again = api.post(f"{address}/recount", {"skus": ["MUG"]})

    assert (again.json()["state"], again.json()["counted"]) == ("COUNTING", 0)
    assert api.post("/counts", {"location": "RENNES", "kind": "CYCLE"}).status_code == 422


def test_a_bound_key_sees_the_documents_of_its_locations(api, shop, brest):
    bound = ApiClient(make_key(shop.tenant, location_ids=[brest.pk]))
    here, there = buy(api, location="BREST").json()["id"], buy(api, reference="PO-2").json()["id"]
    moved = move(api, request=True).json()["id"]
    count = api.post("/counts", {"location": "RENNES"}).json()["id"]

    assert [row["id"] for row in bound.get("/purchase-orders").json()["results"]] == [here]
    assert bound.get(f"/purchase-orders/{there}").status_code == 404
    assert bound.get(f"/transfers/{moved}").status_code == 200
    assert bound.post(f"/transfers/{moved}/dispatch").status_code == 404
    assert (bound.get("/counts").json()["results"], bound.get(f"/counts/{count}").status_code) == ([], 404)


@pytest.mark.parametrize("resource", ["purchase-orders", "transfers", "counts"])
def test_each_list_costs_the_same_for_one_row_and_three(api, shop, brest, resource, django_assert_max_num_queries):
    def make(number):
        buy(api, reference=f"PO-{number}")
        move(api)
        api.post("/counts", {"location": "RENNES"})

    make(1)
    api.get(f"/{resource}")
    with django_assert_max_num_queries(30) as one:
        api.get(f"/{resource}")
    make(2)
    make(3)
    with django_assert_max_num_queries(30) as three:
        assert len(api.get(f"/{resource}").json()["results"]) == 3
    assert len(three.captured_queries) == len(one.captured_queries)
