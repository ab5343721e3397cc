"""Files over the API: sent, followed, mended, decided."""

from __future__ import annotations

import csv
import io
from itertools import count

import orjson
import pytest
import xlsxwriter
from django.test import Client
from python_calamine import CalamineWorkbook

from inventory.models import ImportRun, StockLevel, StockMovement
from inventory.services.imports import save_threshold, work_on
from oms.tenancy.context import tenant_scope
from oms.tenancy.types import SYSTEM
from tests.api.client import ApiClient, make_key
from tests.factories import make_location, make_sku

ROWS = "sku;location;on_hand\nMUG;RENNES;4\nGHOST;RENNES;1\n"
CSV = {"Content-Type": "text/csv"}
_names = count(1)


@pytest.fixture
def shop(shop):
    with tenant_scope(shop.tenant.pk):
        save_threshold(kind="STOCK", rows_percent=None, units_percent=None, actor=SYSTEM)
    return shop


def send(api, content, query="", **headers):
    raw = content if isinstance(content, bytes) else content.encode()
    return api.post(f"/imports?{query}", raw, **{**CSV, **headers})


def work(shop) -> None:
    with tenant_scope(shop.tenant.pk):
        waiting = list(ImportRun.objects.filter(state="QUEUED").values_list("pk", flat=True))
        applying = list(ImportRun.objects.filter(state="APPLYING").values_list("pk", flat=True))
    for run_id in (*waiting, *applying):
        work_on(tenant_id=shop.tenant.pk, run_id=run_id)


def on_hand(shop, sku="MUG") -> int:
    with tenant_scope(shop.tenant.pk):
        return StockLevel.objects.get(sku__code=sku).on_hand


def test_a_file_is_sent_read_and_told(api, shop):
    made = send(api, ROWS, "mode=DELTA&name=levels.csv")
    assert (made.status_code, made.json()["state"]) == (201, "QUEUED")
    work(shop)

    found = api.get(f"/imports/{made.json()['id']}").json()
    assert {
        name: found[name] for name in ("state", "file", "rows", "valid", "changed", "unchanged", "rejected", "applied")
    } == {
        "state": "DONE",
        "file": "levels.csv",
        "rows": 2,
        "valid": 1,
        "changed": 1,
        "unchanged": 0,
        "rejected": 1,
        "applied": 1,
    }
    assert on_hand(shop) == 4
    (row,) = api.get(f"/imports/{found['id']}/rejected").json()["results"]
    assert row == {
        "line": 3,
        "code": "unknown_sku",
        "reason": "There is no SKU “GHOST”.",
        "cells": {"sku": "GHOST", "location": "RENNES", "on_hand": "1"},
    }
    file = api.get(f"/imports/{found['id']}/rejected.csv")
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    lines = b"".join(file.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(lines))) == [
        ["line", "sku", "location", "on_hand", "reason"],
        ["3", "GHOST", "RENNES", "1", "There is no SKU “GHOST”."],
    ]
    assert [each["id"] for each in api.get("/imports?state=DONE&kind=STOCK").json()["results"]] == [found["id"]]


def test_a_form_may_carry_the_file(api, shop):
    sent = {"file": io.BytesIO(ROWS.encode()), "mode": "FULL", "dry_run": "true"}
    sent["file"].name = "feed.csv"

    made = Client().post("/api/v1/imports", sent, headers={"Authorization": f"Bearer {api.secret}"})
    work(shop)

    found = api.get(f"/imports/{made.json()['id']}").json()
    assert (made.status_code, found["file"], found["mode"], found["state"]) == (201, "feed.csv", "FULL", "CHECKED")
    assert on_hand(shop) == 10


def test_the_same_key_gives_the_same_answer_and_another_file_with_it_is_refused(api, shop):
    first = send(api, ROWS, Idempotency_Key="feed-1")
    work(shop)
    again = send(api, ROWS, Idempotency_Key="feed-1")
    other = send(api, ROWS + "MUG;RENNES;5\n", Idempotency_Key="feed-1")

    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    with tenant_scope(shop.tenant.pk):
        assert ImportRun.objects.count() == 1


def test_the_same_content_joins_the_import_that_is_not_over(api, shop):
    first, second = send(api, ROWS), send(api, ROWS)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]


def test_a_file_that_waits_is_applied_or_discarded(api, shop):
    with tenant_scope(shop.tenant.pk):
        make_sku("HAT")
        save_threshold(kind="STOCK", rows_percent=10, units_percent=10, actor=SYSTEM)
    made = send(api, "sku;location;on_hand\nMUG;RENNES;4\n", "mode=FULL").json()
    work(shop)

    found = api.get(f"/imports/{made['id']}").json()
    assert found["state"] == "WAITING"
    assert found["guard"] == {"compared_with": "stock", "rows_before": 1, "units_before": 10, "passed": ["units"]}
    assert on_hand(shop) == 10
    assert api.post(f"/imports/{made['id']}/apply").json()["state"] == "APPLYING"
    work(shop)
    assert on_hand(shop) == 4
    refused = api.post(f"/imports/{made['id']}/discard")
    assert (refused.status_code, refused.json()["data"]) == (409, {"state": "DONE"})


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("kind=ORDERS", 422),
        ("mode=SOME", 422),
        ("kind=LOCATIONS&mode=FULL", 422),
        ("colour=blue", 400),
        ("as_of=2999-01-01T00:00:00Z", 422),
    ],
)
def test_what_cannot_be_asked_is_refused(api, shop, query, status):
    assert send(api, ROWS, query).status_code == status
    with tenant_scope(shop.tenant.pk):
        assert not ImportRun.objects.exists()


def test_a_file_that_is_too_large_is_refused(api, shop, settings):
    settings.IMPORT_MAX_BYTES = 10

    assert send(api, ROWS).status_code == 413


def test_a_key_needs_the_scope_of_the_kind(api, shop):
    stock = ApiClient(make_key(shop.tenant, ["stock:read", "stock:write"]))
    reads = ApiClient(make_key(shop.tenant, ["stock:read"]))

    assert send(stock, ROWS).status_code == 201
    assert send(stock, "code;name\nA;B\n", "kind=CATALOGUE").status_code == 403
    assert send(reads, ROWS).status_code == 403


def workbook(*rows) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return file.getvalue()


def test_a_workbook_is_read_and_its_formulas_are_not(api, shop):
    with tenant_scope(shop.tenant.pk):
        make_sku("42")
        make_location("BREST")
    rows = [
        ["SKU", "Magasin", "Quantité"],
        ["MUG", "RENNES", 4],
        [42, "RENNES", 7.0],
        ["MUG", "BREST", "=1+1"],
        [42, "BREST", 1.5],
    ]
    made = send(api, workbook(*rows)).json()
    work(shop)

    assert api.get(f"/imports/{made['id']}").json()["changed"] == 2
    found = api.get(f"/imports/{made['id']}/rejected").json()["results"]
    assert [(row["line"], row["code"]) for row in found] == [(4, "quantity_formula"), (5, "quantity_fraction")]


def test_json_lines_are_read(api, shop):
    lines = [
        {"sku": "MUG", "location": "RENNES", "on_hand": 4},
        {"sku": "MUG", "location": "RENNES", "on_hand": 1.5},
        "no object",
    ]
    body = b"\n".join(orjson.dumps(line) for line in lines) + b"\n{broken\n"

    made = send(api, body).json()
    work(shop)

    assert on_hand(shop) == 4
    found = api.get(f"/imports/{made['id']}/rejected").json()["results"]
    assert [(row["line"], row["code"]) for row in found] == [(2, "quantity_fraction"), (3, "not_json"), (4, "not_json")]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
def test_what_was_exported_is_imported_without_a_change(api, shop, kind):
    content = b"".join(api.get(f"/exports/stock?format={kind}").streaming_content)

    made = send(api, content, "mode=FULL").json()
    work(shop)

    found = api.get(f"/imports/{made['id']}").json()
    assert (found["state"], found["rows"], found["unchanged"], found["zeroed"]) == ("DONE", 1, 1, 0)
    with tenant_scope(shop.tenant.pk):
        assert not StockMovement.objects.filter(reason="SYNC").exists()


def test_an_export_holds_every_row_and_no_formula(api, shop):
    with tenant_scope(shop.tenant.pk):
        make_sku("HAT", name="=HYPERLINK(1)", barcodes=["37", "38"])

    rows = b"".join(api.get("/exports/catalogue").streaming_content).decode("utf-8-sig").splitlines()
    places = b"".join(api.get("/exports/locations?format=jsonl").streaming_content)
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(b"".join(api.get("/exports/catalogue?format=xlsx").streaming_content))
    )

    assert rows[1].startswith("HAT,'=HYPERLINK(1),,37|38,")
    assert [orjson.loads(line)["code"] for line in places.splitlines()] == ["RENNES"]
    assert [row[0] for row in book.get_sheet_by_index(0).iter_rows()] == ["code", "HAT", "MUG"]


def test_the_stock_that_a_bound_key_exports_is_that_of_its_locations(api, shop, now):
    bound = ApiClient(make_key(shop.tenant, ["stock:read"], location_ids=[]))

    assert b"".join(bound.get("/exports/stock").streaming_content).decode("utf-8-sig").splitlines()[1:] == []
    assert bound.get("/imports").status_code == 403
