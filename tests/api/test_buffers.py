"""Buffer rules over HTTP."""

from __future__ import annotations

import pytest

from inventory.models import BufferRule, StockLevel
from inventory.services import learn
from inventory.types import Observed
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import new_id
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.buffer_world import held, sweep_all

RULE = {"name": "West", "measure": "UNITS", "amount": 2, "groups": ["west"], "starts_on": "2026-01-01"}


@pytest.fixture
def stocked(tenants, now):
    with tenant_scope(tenants[0].pk):
        place = make_location("RENNES", groups=["west"])
        make_stock(make_sku("MUG"), place, 10, now=now)
    return tenants[0]


def test_a_rule_is_made_read_changed_and_deleted(api, stocked, now):
    made = api.post("/stock/buffers", RULE)
    assert made.status_code == 201, made.content
    rule = made.json()
    assert rule | RULE == rule
    assert (rule["priority"], rule["active"], rule["ends_on"], rule["skus"]) == (100, True, None, [])
    assert api.get(f"/stock/buffers/{rule['id']}").json() == rule
    assert api.get("/stock/buffers?active=true").json()["results"] == [rule]
    with tenant_scope(stocked.pk):
        sweep_all(now)
    assert api.get("/stock/levels").json()["results"][0]["buffer"] == 2
    moved = api.get("/stock/movements?reason=BUFFER").json()["results"][0]
    assert (moved["bucket"], moved["quantity"], moved["cause_id"], moved["note"]) == ("BUFFER", 2, rule["id"], "West")

    changed = api.send("PATCH", f"/stock/buffers/{rule['id']}", {"active": False, "skus": ["MUG"]})
    assert (changed.status_code, changed.json()["active"], changed.json()["skus"]) == (200, False, ["MUG"])
    assert api.get("/stock/buffers?active=true").json()["results"] == []
    assert api.delete(f"/stock/buffers/{rule['id']}").status_code == 204
    assert api.get(f"/stock/buffers/{rule['id']}").status_code == 404
    with tenant_scope(stocked.pk):
        sweep_all(now)
        assert set(held().values()) == {0}


def test_a_preview_writes_nothing(api, stocked):
    found = api.post("/stock/buffers/preview", {"measure": "PERCENT", "amount": 35})

    row = {"sku": "MUG", "location": "RENNES", "on_hand": 10, "buffer": 0, "buffer_after": 4}
    rows = [row | {"available": 10, "available_after": 6}]
    assert found.json() == {"levels": 1, "gained": 0, "lost": 4, "rows": rows}
    with tenant_scope(stocked.pk):
        assert not BufferRule.objects.exists()


def test_a_preview_may_replace_a_rule(api, stocked, now):
    rule = api.post("/stock/buffers", RULE).json()["id"]
    with tenant_scope(stocked.pk):
        sweep_all(now)

    found = api.post("/stock/buffers/preview", {"measure": "UNITS", "amount": 0, "rule": rule}).json()
    assert (found["gained"], found["lost"]) == (2, 0)
    ghost = {"measure": "UNITS", "amount": 0, "rule": str(new_id())}
    assert api.post("/stock/buffers/preview", ghost).status_code == 404


def test_what_makes_no_sense_is_refused_with_its_field(api, stocked):
    response = api.post("/stock/buffers", {**RULE, "measure": "PERCENT", "amount": 101})

    assert response.status_code == 422
    assert list(response.json()["data"]["faults"]) == ["amount"]


def test_own_buffers_are_set_by_hand(api, stocked):
    rows = [{"sku": "MUG", "location": "RENNES", "units": 3}]

    assert api.put("/stock/buffers/own", {"buffers": rows, "note": "Broken display"}).json() == {"changed": 1}
    assert api.put("/stock/buffers/own", {"buffers": rows}).json() == {"changed": 0}
    level = api.get("/stock/levels").json()["results"][0]
    assert (level["buffer"], level["available"]) == (3, 7)
    assert api.put("/stock/buffers/own", {"buffers": [{**rows[0], "sku": "GHOST"}]}).status_code == 422


def test_levels_tell_how_sure_they_are(api, stocked, now):
    assert api.get("/stock/levels").json()["results"][0]["confidence"] == 95.0
    with tenant_scope(stocked.pk):
        level = StockLevel.objects.get()
        learn(observations=[Observed(level.sku_id, level.location_id, "MISSING", key, now) for key in "ab"])
    found = api.get("/stock/levels").json()["results"][0]["confidence"]

    assert found < 70
    assert api.post("/stock/buffers", {**RULE, "confidence_below": 0}).status_code == 422
    assert api.post("/stock/buffers", {**RULE, "confidence_below": 70}).json()["confidence_below"] == 70


def test_micro_counts_are_proposed_and_begun(api, stocked):
    found = api.get("/count-proposals?limit=3").json()["results"]
    assert [(each["location"], [line["sku"] for line in each["lines"]]) for each in found] == [("RENNES", ["MUG"])]
    line = found[0]["lines"][0]
    assert (line["units"], line["price"], line["confidence"], line["cost"]) == (1, "1", 95.0, 0.05)
    assert api.get("/count-proposals?location=GHOST").status_code == 422
    assert api.get("/count-proposals?limit=0").status_code == 400

    begun = api.post("/count-proposals", {"location": "RENNES"})
    assert (begun.status_code, begun.json()["lines"], begun.json()["kind"]) == (201, 1, "CYCLE")
    assert api.get("/count-proposals").json()["results"] == []
    assert api.post("/count-proposals", {"location": "RENNES"}).json()["code"] == "inventory.invalid_line"
