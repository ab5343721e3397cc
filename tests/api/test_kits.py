from __future__ import annotations

import pytest

from inventory.models import Sku, StockLevel
from oms.fulfilment.models import FulfilmentOrder
from oms.orders.models import OrderLine
from oms.tenancy.context import tenant_scope
from tests.api.client import ApiClient, make_key
from tests.factories import make_location, make_sku, make_stock

PARTS = [{"sku": "MUG", "quantity": 2}, {"sku": "TIN", "quantity": 1}]


@pytest.fixture
def tins(shop, now):
    with tenant_scope(shop.tenant.pk):
        make_stock(make_sku("TIN", name="Tin"), shop.location, 3, now=now)


@pytest.fixture
def gift(api, tins) -> dict:
    made = api.post("/skus", {"code": "GIFT", "name": "Gift", "kind": "VIRTUAL", "components": PARTS})
    assert made.status_code == 201, made.content
    return made.json()


@pytest.fixture
def box(api, tins) -> dict:
    made = api.post("/skus", {"code": "BOX", "name": "Box", "kind": "PREPACKED", "components": PARTS})
    assert made.status_code == 201, made.content
    return made.json()


def test_a_kit_is_created_read_listed_and_changed(api, gift):
    assert (gift["kind"], gift["components"]) == (
        "VIRTUAL",
        [{"sku": "MUG", "name": "MUG", "quantity": 2}, {"sku": "TIN", "name": "Tin", "quantity": 1}],
    )
    assert api.get(f"/skus/{gift['id']}").json() == gift
    assert [(row["code"], len(row["components"])) for row in api.get("/skus").json()["results"]] == [
        ("GIFT", 2),
        ("MUG", 0),
        ("TIN", 0),
    ]

    changed = api.patch(f"/skus/{gift['id']}", {"components": [{"sku": "TIN", "quantity": 3}]})
    renamed = api.patch(f"/skus/{gift['id']}", {"name": "Present"})
    plain = api.patch(f"/skus/{gift['id']}", {"kind": "SIMPLE"})

    assert (
        changed.json()["components"] == renamed.json()["components"] == [{"sku": "TIN", "name": "Tin", "quantity": 3}]
    )
    assert (plain.json()["kind"], plain.json()["components"]) == ("SIMPLE", [])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "VIRTUAL"}, "inventory.invalid_kit"),
        ({"components": PARTS}, "inventory.invalid_kit"),
        ({"kind": "VIRTUAL", "components": [{"sku": "NONE", "quantity": 1}]}, "inventory.unknown_sku"),
        ({"kind": "PREPACKED", "components": [{"sku": "GIFT", "quantity": 1}]}, "inventory.virtual_kit"),
        ({"kind": "VIRTUAL", "components": [{"sku": "MUG", "quantity": 0}]}, "invalid"),
    ],
)
def test_a_kit_that_cannot_be_is_refused_and_not_created(api, shop, gift, body, code):
    response = api.post("/skus", {"code": "NEW", "name": "New", **body})

    assert (response.status_code, response.json()["code"]) == (422, code)
    with tenant_scope(shop.tenant.pk):
        assert not Sku.objects.filter(code="NEW").exists()


def test_availability_explains_a_kit_by_its_components(api, gift):
    plain = api.get("/availability?sku=GIFT&sku=MUG").json()["results"]
    (explained,) = api.get("/availability?sku=GIFT&explain=true").json()["results"]

    assert [(row["sku"], row["available"]) for row in plain] == [("GIFT", 3), ("MUG", 10)]
    assert explained["contributions"] == []
    shares = explained["components"]
    assert [(share["component"]["sku"], share["per_kit"], share["kits"], share["scarcest"]) for share in shares] == [
        ("MUG", 2, 5, False),
        ("TIN", 1, 3, True),
    ]
    assert shares[1]["component"]["contributions"][0]["location"] == "RENNES"


def test_a_basket_is_answered_by_the_kit_as_asked(api, shop, gift):
    body = {"reference": "b1", "lines": [{"sku": "GIFT", "quantity": 2}, {"sku": "MUG", "quantity": 1}]}

    made, again, read = api.post("/reservations", body), api.post("/reservations", body), api.get("/reservations/b1")

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["kept"] == read.json()["kept"] == [{"sku": "GIFT", "quantity": 2}, {"sku": "MUG", "quantity": 1}]
    lines = [(line["sku"], line["quantity"], line["kit"], line["per_kit"]) for line in read.json()["lines"]]
    assert sorted(lines) == [("MUG", 1, "", 0), ("MUG", 4, "GIFT", 2), ("TIN", 2, "GIFT", 1)]
    assert api.delete("/reservations/b1").status_code == 204
    with tenant_scope(shop.tenant.pk):
        assert set(StockLevel.objects.values_list("reserved", flat=True)) == {0}


def test_an_order_shows_the_kit_with_its_components_under_it_and_cancels_it_whole(api, shop, gift):
    lines = [{"sku": "GIFT", "quantity": 2, "unit_price": "25.00", "external_id": "L1", "tax": "8.33"}]
    placed = api.post("/orders", {"channel": "web", "external_id": "A-1", "lines": lines}).json()

    (line,) = api.get(f"/orders/{placed['id']}").json()["lines"]
    cancelled = api.post(f"/orders/{placed['id']}/cancel", {"lines": [{"line": line["id"], "quantity": 1}]})

    assert (line["sku"], line["external_id"], line["quantity"], line["groups"]) == ("GIFT", "L1", 2, [])
    parts = line["components"]
    assert [(part["sku"], part["quantity"], part["per_kit"], part["external_id"]) for part in parts] == [
        ("MUG", 4, 2, ""),
        ("TIN", 2, 1, ""),
    ]
    assert [group["state"] for part in parts for group in part["groups"]] == ["ASSIGNED", "ASSIGNED"]
    (after,) = cancelled.json()["lines"]
    assert (after["cancelled"], after["shipped"]) == (1, 0)
    assert api.post(f"/orders/{placed['id']}/cancel", {"lines": [{"sku": "GIFT", "quantity": 2}]}).status_code == 409
    with tenant_scope(shop.tenant.pk):
        mugs = OrderLine.objects.get(sku__code="MUG")
    part = api.post(f"/orders/{placed['id']}/cancel", {"lines": [{"line": str(mugs.pk), "quantity": 1}]})
    assert (part.status_code, part.json()["code"]) == (422, "invalid")
    with tenant_scope(shop.tenant.pk):
        work = FulfilmentOrder.objects.get()
    shown = api.get(f"/fulfilments/{work.pk}").json()["lines"]
    assert {row["kit"] for row in shown} == {"Gift"}


def test_prepacked_kits_are_made_and_taken_apart(api, box):
    body = {"sku": "BOX", "location": "RENNES", "quantity": 2, "key": "k1"}

    made, again = api.post("/stock/assemblies", body), api.post("/stock/assemblies", body)
    apart = api.post("/stock/assemblies", {**body, "quantity": 1, "key": "k2", "action": "DISASSEMBLE"})
    short = api.post("/stock/assemblies", {**body, "quantity": 9, "key": "k3"})

    assert (made.status_code, made.json()["recorded"], again.json()["recorded"]) == (201, True, False)
    assert {row["sku"]: row["on_hand"] for row in made.json()["levels"]} == {"BOX": 2, "MUG": 6, "TIN": 1}
    assert {row["sku"]: row["on_hand"] for row in apart.json()["levels"]} == {"BOX": 1, "MUG": 8, "TIN": 2}
    assert (short.status_code, short.json()["code"]) == (409, "inventory.not_enough_stock")
    reasons = {row["reason"] for row in api.get("/stock/movements?sku=BOX").json()["results"]}
    assert reasons == {"ASSEMBLY", "DISASSEMBLY"}


@pytest.mark.parametrize(
    ("change", "status"),
    [({"sku": "NONE"}, 422), ({"location": "NONE"}, 422), ({"sku": "MUG"}, 422), ({"quantity": 0}, 422)],
)
def test_what_cannot_be_assembled_is_refused(api, box, change, status):
    response = api.post("/stock/assemblies", {"sku": "BOX", "location": "RENNES", "quantity": 1, **change})

    assert response.status_code == status


def test_a_bound_credential_assembles_at_its_locations_only(shop, box):
    with tenant_scope(shop.tenant.pk):
        other = make_location("NANTES")
    bound = ApiClient(make_key(shop.tenant, location_ids=[other.pk]))

    response = bound.post("/stock/assemblies", {"sku": "BOX", "location": "RENNES", "quantity": 1})

    assert (response.status_code, response.json()["code"]) == (422, "inventory.unknown_location")


def test_levels_of_a_virtual_kit_are_refused_with_their_line(api, gift):
    rows = [{"sku": "GIFT", "location": "RENNES", "on_hand": 1}, {"sku": "TIN", "location": "RENNES", "on_hand": 9}]

    mixed = api.put("/stock/levels", {"levels": rows})
    alone = api.put("/stock/levels", {"levels": rows[:1]})
    moved = api.post("/stock/movements", {"sku": "GIFT", "location": "RENNES", "quantity": 1})

    assert [(row["line"], row["code"]) for row in mixed.json()["rejected"]] == [(1, "virtual_kit")]
    assert alone.status_code == 422
    assert (moved.status_code, moved.json()["code"]) == (422, "inventory.virtual_kit")
