from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import Location, Reservation, Sku, StockLevel, StockMovement
from inventory.services import expire_reservations, save_skus, save_view
from oms.rest.schema import document
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import AuditEntry
from tests.api.client import ApiClient, make_key
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import make_purchase


def test_a_sku_is_created_read_and_changed(api, tenants):
    made = api.post("/skus", {"code": "MUG", "name": "Mug", "barcode": "3760001", "price": "9.90", "weight_g": 350})
    address = f"/skus/{made.json()['id']}"

    changed = api.patch(address, {"name": "Big mug", "cost": "2.5", "barcodes": ["1", "2"]})

    assert made.status_code == 201
    assert (made.json()["barcodes"], made.json()["price"], made.json()["cost"]) == (["3760001"], "9.90", None)
    assert (changed.json()["name"], changed.json()["cost"], changed.json()["weight_g"]) == ("Big mug", "2.5000", 350)
    assert changed.json()["barcodes"] == ["1", "2"]
    assert api.get(address).json() == changed.json()
    assert [row["code"] for row in api.get("/skus?barcode=2").json()["results"]] == ["MUG"]


def test_a_code_is_taken_once(api, tenants):
    api.post("/skus", {"code": "MUG", "name": "Mug"})
    api.post("/locations", {"code": "R", "name": "Rennes", "kind": "STORE"})

    for path, body in (
        ("/skus", {"code": "MUG", "name": "Other"}),
        ("/locations", {"code": "R", "name": "Other", "kind": "STORE"}),
    ):
        response = api.post(path, body)
        assert (response.status_code, response.json()["code"]) == (409, "inventory.code_taken")


def test_the_same_code_lives_in_two_tenants(api, rival_api, tenants):
    for client in (api, rival_api):
        assert client.post("/skus", {"code": "MUG", "name": "Mug"}).status_code == 201


@pytest.mark.parametrize("code", ["", " ", "A,B", "A/B", "x" * 101, "A\nB"])
def test_a_code_that_is_none(api, tenants, code):
    assert api.post("/skus", {"code": code, "name": "n"}).status_code == 422


def test_a_location_is_created_and_changed(api, tenants):
    made = api.post(
        "/locations",
        {
            "code": "R",
            "name": "Rennes",
            "kind": "STORE",
            "postcode": "35000",
            "latitude": 48.11,
            "opening": {"1": [["09:00", "19:00"]]},
            "closures": ["2026-12-25"],
            "groups": ["west"],
            "daily_capacity": 40,
        },
    )
    address = f"/locations/{made.json()['id']}"

    changed = api.patch(address, {"collects": True, "daily_capacity": None, "legal_entity": "main"})
    same = api.patch(address, {})

    assert made.status_code == 201
    assert (made.json()["legal_entity"], made.json()["parcel_cost"]) == ("main", "0.00")
    assert (changed.json()["collects"], changed.json()["daily_capacity"]) == (True, None)
    assert same.json() == changed.json() == api.get(address).json()
    assert [row["code"] for row in api.get("/locations?group=west&kind=STORE").json()["results"]] == ["R"]
    with tenant_scope(tenants[0].pk):
        entry = AuditEntry.objects.filter(action="location.created").get()
    assert (entry.actor_kind, entry.actor_label) == ("API_KEY", "test")


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "SHOP"},
        {"opening": {"8": []}},
        {"opening": {"1": [["19:00", "09:00"]]}},
        {"opening": {"1": [["9", "x"]]}},
        {"opening": {"1": "09:00"}},
        {"closures": ["2026-02-30"]},
        {"time_zone": "Europe/Breizh"},
        {"country": "FRA"},
        {"latitude": 91},
        {"legal_entity": "nobody"},
        {"parcel_cost": "-1"},
        {"parcel_cost": "NaN"},
    ],
)
def test_a_location_that_is_none(api, tenants, fields):
    response = api.post("/locations", {"code": "R", "name": "Rennes", "kind": "STORE", **fields})

    assert response.status_code == 422, response.content
    assert response.json()["errors"][0]["pointer"].startswith(f"#/{next(iter(fields))}")
    with tenant_scope(tenants[0].pk):
        assert Location.objects.count() == 0


def test_levels_are_set_and_only_differences_move(api, shop):
    rows = [{"sku": "MUG", "location": "RENNES", "on_hand": 7}]

    first = api.put("/stock/levels", {"levels": rows})
    again = api.put("/stock/levels", {"levels": rows})

    assert first.json() == {"changed": 1, "unchanged": 0, "rejected": []}
    assert again.json() == {"changed": 0, "unchanged": 1, "rejected": []}
    level = api.get("/stock/levels?sku=MUG&location=RENNES").json()["results"][0]
    assert (level["on_hand"], level["available"], level["known"]) == (7, 7, True)
    with tenant_scope(shop.tenant.pk):
        assert list(StockMovement.objects.order_by("version").values_list("quantity", flat=True)) == [10, -3]


def test_a_row_that_is_not_known_does_not_stop_the_others(api, shop):
    rows = [
        {"sku": "HAT", "location": "RENNES", "on_hand": 1},
        {"sku": "MUG", "location": "RENNES", "on_hand": 3},
        {"sku": "MUG", "location": "NOWHERE", "on_hand": 1},
        {"sku": "MUG", "location": "RENNES", "on_hand": -1},
    ]

    response = api.put("/stock/levels", {"levels": rows})

    assert response.status_code == 200
    rejected = [(row["line"], row["code"]) for row in response.json()["rejected"]]
    assert rejected == [(1, "unknown_sku"), (3, "unknown_location"), (4, "impossible_quantity")]
    with tenant_scope(shop.tenant.pk):
        assert StockLevel.objects.get().on_hand == 3


def test_ten_thousand_levels_in_one_request(api, shop):
    with tenant_scope(shop.tenant.pk):
        save_skus(skus=[{"code": f"S{number}", "name": "n"} for number in range(500)])
        places = [make_location() for _place in range(20)]
    rows = [
        {"sku": f"S{number}", "location": place.code, "on_hand": number} for number in range(500) for place in places
    ]

    response = api.put("/stock/levels", {"levels": rows})

    assert response.json() == {"changed": 9_980, "unchanged": 20, "rejected": []}
    assert api.put("/stock/levels", {"levels": [*rows, rows[0]]}).status_code == 422


def test_movements_one_or_several(api, shop):
    one = api.post("/stock/movements", {"sku": "MUG", "location": "RENNES", "quantity": -2, "reason": "STORE_SALE"})
    two = api.post(
        "/stock/movements",
        {
            "movements": [
                {"sku": "MUG", "location": "RENNES", "quantity": 5, "reason": "RECEIPT", "key": "PO-1"},
                {"sku": "MUG", "location": "RENNES", "quantity": 5, "reason": "RECEIPT", "key": "PO-1"},
            ]
        },
    )

    assert (one.status_code, one.json()["recorded"], one.json()["levels"][0]["on_hand"]) == (201, 1, 8)
    assert (two.json()["recorded"], two.json()["repeated"], two.json()["levels"][0]["on_hand"]) == (1, 1, 13)
    listed = api.get("/stock/movements?sku=MUG&reason=RECEIPT").json()["results"]
    assert [(row["quantity"], row["balance"], row["key"]) for row in listed] == [(5, 13, "PO-1")]
    assert listed[0]["actor"]["kind"] == "API_KEY"


def test_availability_tells_each_term(api, shop, now):
    with tenant_scope(shop.tenant.pk):
        brest = make_location("BREST", kind="WAREHOUSE")
        make_stock(shop.sku, brest, 5, now=now)
        make_sku("HAT")
        save_view(code="half", name="Half", percentage=50, buffer=1, cap=6)

    short = api.get("/availability?view=half&sku=MUG&sku=HAT").json()
    long = api.get("/availability?view=half&sku=MUG,HAT&explain=true").json()

    assert short["view"] == "half"
    terms = {"inbound": 0, "percentage": 50, "buffer": 1, "cap": 6}
    mug = {"sku": "MUG", "available": 6, "at_once": 6, "total": 15, **terms}
    hat = {"sku": "HAT", "available": 0, "at_once": 0, "total": 0, **terms}
    assert short["results"] == [mug, hat]
    assert set(document()["components"]["schemas"]["ExplainedAvailabilityOut"]["required"]) == set(mug)
    assert [(row["location"], row["available"]) for row in long["results"][0]["contributions"]] == [
        ("BREST", 5),
        ("RENNES", 10),
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?sku=", 400), ("?sku=MUG&explain=yes", 400), ("?sku=MUG&view=x", 422), ("?sku=MUG,HAT", 422)],
)
def test_availability_of_what_is_not_known(api, shop, query, status):
    assert api.get(f"/availability{query}").status_code == status


def test_a_basket_is_kept_read_and_given_back(api, shop):
    body = {"reference": "cart/1?", "expires_in": 900, "lines": [{"sku": "MUG", "quantity": 4}]}

    made = api.post("/reservations", body)
    read = api.get("/reservations/cart/1%3F")
    gone = api.delete("/reservations/cart/1%3F")

    assert (made.status_code, made.json()["id"], made.json()["state"]) == (201, "cart/1?", "SOFT")
    assert [(line["sku"], line["location"], line["quantity"]) for line in made.json()["lines"]] == [
        ("MUG", "RENNES", 4)
    ]
    assert read.json()["lines"] == made.json()["lines"]
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get("/reservations/cart/1%3F").json()["state"] == "RELEASED"
    assert api.delete("/reservations/cart/1%3F").status_code == 404
    with tenant_scope(shop.tenant.pk):
        assert StockLevel.objects.get().reserved == 0


def test_the_same_reference_again(api, shop):
    body = {"reference": "b1", "lines": [{"sku": "MUG", "quantity": 2}]}
    first = api.post("/reservations", body)

    split = api.post("/reservations", {**body, "lines": [{"sku": "MUG", "quantity": 1}] * 2})
    other = api.post("/reservations", {**body, "lines": [{"sku": "MUG", "quantity": 3}]})

    assert (first.status_code, split.status_code) == (201, 200)
    assert split.json()["lines"] == first.json()["lines"]
    assert (other.status_code, other.json()["code"]) == (409, "inventory.reservation_conflict")
    with tenant_scope(shop.tenant.pk):
        assert StockLevel.objects.get().reserved == 2


def test_a_basket_is_kept_whole_or_not_at_all(api, shop, now):
    with tenant_scope(shop.tenant.pk):
        make_stock(make_sku("HAT"), shop.location, 1, now=now)
    lines = [{"sku": "MUG", "quantity": 2}, {"sku": "HAT", "quantity": 2}]

    response = api.post("/reservations", {"reference": "b1", "lines": lines})

    assert response.status_code == 409
    assert response.json()["data"]["shortages"] == [{"sku": "HAT", "wanted": 2, "available": 1}]
    with tenant_scope(shop.tenant.pk):
        assert Reservation.objects.count() == 0


def test_a_basket_ends_by_itself(api, shop):
    made = api.post("/reservations", {"reference": "b1", "expires_in": 60, "lines": [{"sku": "MUG", "quantity": 2}]})
    with tenant_scope(shop.tenant.pk):
        kept = Reservation.objects.get()
        expire_reservations(now=kept.created_at + timedelta(seconds=61))

    assert made.json()["expires_at"] is not None
    assert api.get("/reservations/b1").json()["state"] == "EXPIRED"
    assert api.post("/reservations", {"reference": "b1", "lines": [{"sku": "MUG", "quantity": 9}]}).status_code == 201


def test_an_orders_own_reservation_is_no_basket(api, shop):
    order = {"channel": "web", "external_id": "1", "lines": [{"sku": "MUG", "quantity": 1}]}
    api.post("/orders", order)
    with tenant_scope(shop.tenant.pk):
        reference = Reservation.objects.get().reference

    assert api.get(f"/reservations/{reference}").status_code == 404
    assert api.delete(f"/reservations/{reference}").status_code == 404
    with tenant_scope(shop.tenant.pk):
        assert StockLevel.objects.get().reserved == 1


def test_a_key_bound_to_locations_sees_and_moves_only_theirs(shop, now):
    with tenant_scope(shop.tenant.pk):
        brest = make_location("BREST")
        make_stock(shop.sku, brest, 5, now=now)
    bound = ApiClient(make_key(shop.tenant, location_ids=[brest.pk]))

    levels = bound.get("/stock/levels").json()["results"]
    movements = bound.get("/stock/movements").json()["results"]
    places = bound.get("/locations").json()["results"]
    refused = bound.put("/stock/levels", {"levels": [{"sku": "MUG", "location": "RENNES", "on_hand": 0}]})
    moved = bound.post("/stock/movements", {"sku": "MUG", "location": "RENNES", "quantity": -1})

    assert [row["location"] for row in levels] == ["BREST"]
    assert [row["location"] for row in movements] == ["BREST"]
    assert [row["code"] for row in places] == ["BREST"]
    assert bound.get(f"/locations/{shop.location.pk}").status_code == 404
    assert (refused.status_code, moved.status_code) == (422, 422)
    assert refused.json()["code"] == "inventory.unknown_location"
    for path in ("/orders", "/events", "/availability?sku=MUG", "/reservations/x"):
        assert bound.get(path).status_code == 403
    with tenant_scope(shop.tenant.pk):
        assert sorted(StockLevel.objects.values_list("on_hand", flat=True)) == [5, 10]
        assert Sku.objects.count() == 1


def test_a_view_is_made_read_and_replaced(api, shop):
    made = api.post("/stock/views", {"code": "web", "name": "Web", "percentage": 50, "locations": ["RENNES"]})
    again = api.post("/stock/views", {"code": "web", "name": "Web"})
    nameless = api.post("/stock/views", {"code": "sale", "name": "Sale", "pool_only": True})

    assert (made.status_code, again.status_code, nameless.status_code) == (201, 409, 422)
    assert api.get("/availability?sku=MUG&view=web").json()["results"][0]["available"] == 5
    replaced = api.put("/stock/views/web", {"name": "Web", "cap": 3})
    assert replaced.json() == api.get("/stock/views/web").json() == api.get("/stock/views").json()["results"][0]
    assert (replaced.json()["locations"], replaced.json()["percentage"]) == ([], 100)
    assert api.get("/availability?sku=MUG&view=web").json()["results"][0]["available"] == 3
    assert api.put("/stock/views/none", {"name": "None"}).status_code == 404


def test_units_are_ring_fenced_for_a_pool(api, shop):
    wanted = {"sku": "MUG", "location": "RENNES", "pool": "SALE", "quantity": 4}

    set_aside = api.put("/stock/pools", {"pools": [wanted]})

    assert set_aside.json()["changed"] == 1
    assert {row["pool"]: row["on_hand"] for row in set_aside.json()["levels"]} == {"": 6, "SALE": 4}
    assert api.put("/stock/pools", {"pools": [wanted]}).json()["changed"] == 0
    too_many = api.put("/stock/pools", {"pools": [wanted | {"quantity": 11}]})
    assert (too_many.status_code, too_many.json()["code"]) == (409, "inventory.not_enough_stock")
    assert too_many.json()["data"]["shortages"] == [{"sku": "MUG", "wanted": 7, "available": 6}]


def test_a_view_has_of_its_parent_what_it_leaves_out(api, shop):
    api.post("/stock/views", {"code": "top", "name": "Top", "percentage": 50, "buffer": 1, "supply": ["TRANSFER"]})
    made = api.post(
        "/stock/views", {"code": "child", "name": "Child", "parent": "top", "cap": None, "supply": []}
    ).json()
    api.put("/stock/views/top", {"name": "Top", "percentage": 40, "buffer": 1, "kinds": ["WAREHOUSE"]})

    assert made["inherited"] == ["percentage", "buffer", "pool"]
    read = api.get("/stock/views/child").json()
    assert (read["percentage"], read["buffer"], read["supply"], read["parent"]) == (40, 1, [], "top")
    assert api.get("/availability?view=child&sku=MUG").json()["results"][0]["total"] == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"query": {"colour": "red"}}, "#/query/colour"),
        ({"query": {"ships": "yes"}}, "#/query/ships"),
        ({"query": {"kind": ["TENT"]}}, "#/query/kind/0"),
        ({"horizon_days": -1}, "#/horizon_days"),
        ({"supply": ["MAGIC"]}, "#/supply/0"),
        ({"parent": 3}, "#/parent"),
    ],
)
def test_terms_that_no_view_has_are_refused(api, shop, body, pointer):
    refused = api.post("/stock/views", {"code": "odd", "name": "Odd", **body})

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_a_parent_that_cannot_be_is_refused(api, shop):
    api.post("/stock/views", {"code": "top", "name": "Top"})
    api.post("/stock/views", {"code": "child", "name": "Child", "parent": "top"})

    looped = api.put("/stock/views/top", {"name": "Top", "parent": "child"})
    unknown = api.put("/stock/views/top", {"name": "Top", "parent": "nowhere"})
    fenced = api.post(
        "/stock/views", {"code": "s", "name": "S", "pool": "P", "pool_only": True, "supply": ["PURCHASE"]}
    )

    assert (looped.status_code, looped.json()["code"]) == (422, "inventory.invalid_view")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "inventory.unknown_view")
    assert (fenced.status_code, fenced.json()["code"]) == (422, "inventory.invalid_view")


def test_what_is_to_come_is_explained_and_not_kept_for_a_basket(api, shop, now):
    with tenant_scope(shop.tenant.pk):
        make_purchase(shop.location, (shop.sku, 7), now=now)
    api.post("/stock/views", {"code": "ahead", "name": "Ahead", "supply": ["PURCHASE"]})

    found = api.get("/availability?view=ahead&sku=MUG&explain=true").json()["results"][0]
    refused = api.post(
        "/reservations", {"reference": "c-1", "view": "ahead", "lines": [{"sku": "MUG", "quantity": 11}]}
    )

    assert (found["available"], found["at_once"], found["total"], found["inbound"]) == (17, 10, 10, 7)
    coming = found["coming"][0]
    assert (coming["location"], coming["quantity"], coming["promised"], coming["available"]) == ("RENNES", 7, 0, 7)
    assert (coming["expected_date"], coming["kind"]) == ("2026-12-01", "PURCHASE")
    assert refused.status_code == 409
    assert refused.json()["data"]["shortages"] == [{"sku": "MUG", "wanted": 11, "available": 10}]


def test_what_can_be_promised_by_a_day(api, shop, now):
    today = timezone.now().date()
    with tenant_scope(shop.tenant.pk):
        for days, units in ((-3, 2), (5, 4), (40, 8)):
            make_purchase(shop.location, (shop.sku, units), now=now, expected_date=today + timedelta(days=days))
        make_purchase(shop.location, (shop.sku, 1), now=now, expected_date=None)
    last = today + timedelta(days=30)

    (found,) = api.get(f"/availability/dates?sku=MUG&by={last}").json()["results"]

    soon = today + timedelta(days=5)
    assert found["available"] == 10
    assert [(step["date"], step["available"]) for step in found["dates"]] == [(f"{today}", 12), (f"{soon}", 16)]
    late = found["dates"][0]["deliveries"][0]
    assert (late["expected_date"], late["quantity"], late["promised"]) == (f"{today - timedelta(days=3)}", 2, 0)
    assert [delivery["quantity"] for delivery in found["undated"]] == [1]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?sku=MUG&by=soon", 400), ("?sku=MUG&view=x", 422), ("?sku=HAT", 422), ("?sku=MUG&explain=true", 400)],
)
def test_dates_of_what_is_not_known(api, shop, query, status):
    assert api.get(f"/availability/dates{query}").status_code == status
