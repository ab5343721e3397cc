"""Quantities pasted from a spreadsheet: read, shown, applied where nothing moved meanwhile."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from inventory.models import StockLevel, StockMovement
from inventory.queries import pasted_changes
from inventory.rules.paste import Pasted, quantity_of, read_paste
from inventory.services import fence_stock, move_stock, set_levels
from inventory.types import Fence, LevelSetting, Move
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.web.conftest import make_person, signed_in

BLOCK = "SKU\tRENNES\tBrest Siam\nMUG\t12\t\nHAT\t0\t1 200\n"
PLACES = {"RENNES", "BREST", "001"}


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


@pytest.fixture
def stock(tenant):
    rennes = make_location("RENNES", name="Rennes Le Bastard")
    brest = make_location("BREST", name="Brest Siam")
    mug, hat = make_sku("MUG", name="Mug"), make_sku("HAT", barcodes=["3701200000000"])
    make_stock(mug, rennes, 10, now=timezone.now())
    make_stock(mug, brest, 4, now=timezone.now())
    return mug, hat, rennes, brest


def text(response) -> str:
    return " ".join(response.content.decode().split())


def on_hand() -> dict[tuple[str, str], int]:
    rows = StockLevel.objects.values_list("sku__code", "location__code", "on_hand")
    return {(sku, place): units for sku, place, units in rows}


def shown(client, pasted, **more) -> dict[str, str]:
    """The fields of the form that applies what a paste would change."""
    page = text(client.post("/stock/paste/", {"text": pasted, "preview": "1", **more}))
    names = ("changes", "key")
    found = {name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in names}
    return {"apply": "1", "reason": "COUNT", **{name: match[1] for name, match in found.items() if match}}


@pytest.mark.parametrize(
    ("pasted", "found"),
    [
        ("SKU\tRENNES\tBREST\nMUG\t1\t2\nHAT\t\t3", [(2, "MUG", "RENNES", "1"), (2, "MUG", "BREST", "2"), (3, "HAT", "BREST", "3")]),
        ("\tRENNES\nMUG\t1\t9", [(2, "MUG", "RENNES", "1"), (2, "MUG", "", "9")]),
        ("SKU\t001\nMUG\t5", [(2, "MUG", "001", "5")]),
        ("MUG\tRENNES\t4\n\nHAT\tNANTES\t5\n", [(1, "MUG", "RENNES", "4"), (3, "HAT", "NANTES", "5")]),
        ("MUG\t001\t4", [(1, "MUG", "001", "4")]),
        ("sku;location;on hand\nMUG;RENNES;4", [(2, "MUG", "RENNES", "4")]),
        ('"MUG, blue",RENNES,4', [(1, "MUG, blue", "RENNES", "4")]),
        ("MUG\tRENNES", [(1, "MUG", "RENNES", "")]),
        ("\n \n", []),
    ],
)  # fmt: skip
def test_a_block_and_a_list_are_told_apart(pasted, found):
    assert read_paste(pasted, PLACES.__contains__) == [Pasted(*row) for row in found]


@pytest.mark.parametrize(
    ("cell", "quantity"),
    [
        ("12", 12),
        (" 1\N{NARROW NO-BREAK SPACE}284 ", 1284),
        ("12,0", 12),
        ("12.5", "quantity_fraction"),
        ("1,284", "quantity_ambiguous"),
        ("-3", "quantity_negative"),
        ("=A1", "quantity_formula"),
        ("many", "quantity_not_a_number"),
        ("", "quantity_empty"),
        ("9999999999", "quantity_too_large"),
    ],
)
def test_a_cell_is_a_quantity_or_has_its_fault(cell, quantity):
    assert quantity_of(cell) == quantity


def test_the_preview_tells_old_and_new_and_every_row_it_cannot_read(stock):
    preview = pasted_changes(
        "MUG\trennes\t12\n3701200000000\tBREST\t7\nMUG\tBrest Siam\t4\nGHOST\tBREST\t1\nMUG\tNOWHERE\t1\nHAT\tBREST\t8\nMUG\tRENNES\tmany"
    )

    changes = [(row.line, row.sku.code, row.place.code, row.old, row.new) for row in preview.changes]
    assert changes == [(1, "MUG", "RENNES", 10, 12), (2, "HAT", "BREST", 0, 7)]
    assert preview.unchanged == 1
    assert [(row.line, row.code) for row in preview.rejected] == [
        (4, "unknown_sku"),
        (5, "unknown_location"),
        (6, "duplicate"),
        (7, "quantity_not_a_number"),
    ]


def test_a_virtual_kit_has_no_quantity_of_its_own(stock):
    make_sku("SET", kind="VIRTUAL")

    assert [row.code for row in pasted_changes("SET\tRENNES\t4").rejected] == ["virtual_kit"]


def test_a_preview_changes_nothing_and_the_form_applies_each_cell_as_one_movement(client, stock):
    fields = shown(client, BLOCK)
    assert on_hand() == {("MUG", "RENNES"): 10, ("MUG", "BREST"): 4}

    answer = client.post("/stock/paste/", fields | {"note": "Sunday's count"})
    again = client.post("/stock/paste/", fields)

    assert (answer.status_code, answer["Location"], again["Location"]) == (302, "/stock/", "/stock/")
    assert on_hand() == {("MUG", "RENNES"): 12, ("MUG", "BREST"): 4, ("HAT", "BREST"): 1200}
    moved = StockMovement.objects.exclude(reason="OPENING").order_by("quantity")
    rows = list(moved.values_list("quantity", "reason", "note", "cause_type"))
    assert rows == [(2, "COUNT", "Sunday's count", "paste"), (1200, "COUNT", "Sunday's count", "paste")]


def test_a_level_that_moved_meanwhile_is_left_and_offered_again(client, stock):
    fields = shown(client, "MUG\tRENNES\t12\nMUG\tBREST\t9")
    move_stock(moves=[Move("MUG", "RENNES", -1, "STORE_SALE")], now=timezone.now())

    page = client.post("/stock/paste/", fields)

    assert on_hand() == {("MUG", "RENNES"): 9, ("MUG", "BREST"): 9}
    assert "It has become 9 since 10 was shown." in text(page)
    assert "MUG\tRENNES\t12" in page.content.decode()


def test_ring_fenced_units_are_part_of_what_lies_there(client, stock):
    fence_stock(fences=[Fence("MUG", "RENNES", "SALE", 4)])

    fields = shown(client, "MUG\tRENNES\t10\nMUG\tBREST\t5")

    assert client.post("/stock/paste/", fields).status_code == 302
    assert sorted(StockLevel.objects.values_list("on_hand", flat=True)) == [4, 5, 6]


def test_an_unknown_level_is_known_after_it_is_pasted(client, stock):
    StockLevel.objects.filter(location__code="RENNES").update(known=False)

    client.post("/stock/paste/", shown(client, "MUG\tRENNES\t10"))

    assert StockLevel.objects.get(location__code="RENNES").known


def test_what_is_shown_cannot_be_made_up(client, stock):
    fields = shown(client, BLOCK)

    forged = client.post("/stock/paste/", fields | {"changes": fields["changes"][:-2] + "xx"})
    unreasoned = client.post("/stock/paste/", fields | {"reason": "DISPATCH"})

    assert (forged.status_code, unreasoned.status_code) == (422, 422)
    assert on_hand() == {("MUG", "RENNES"): 10, ("MUG", "BREST"): 4}


def test_a_text_that_is_empty_or_too_long_is_refused(client, stock, monkeypatch):
    monkeypatch.setattr("inventory.web.paste.MOST_CELLS", 1)

    assert client.post("/stock/paste/", {"text": " "}).status_code == 422
    many = client.post("/stock/paste/", {"text": BLOCK})
    assert (many.status_code, "At most 1 quantities" in text(many)) == (422, True)


@pytest.fixture
def rival(tenants):
    with tenant_scope(tenants[1].pk):
        make_stock(make_sku("RIVAL"), make_location("SECRET"), 7, now=timezone.now())


def test_codes_of_another_company_are_unknown(rival, client, stock):
    page = text(client.post("/stock/paste/", {"text": "RIVAL\tRENNES\t1\nMUG\tSECRET\t1"}))

    assert ("There is no SKU “RIVAL”." in page, "There is no location “SECRET”." in page) == (True, True)
    assert 'name="changes"' not in page


def test_a_setting_holds_only_while_the_level_is_as_shown(stock, now):
    applied = set_levels(
        levels=[LevelSetting("MUG", "RENNES", 8, shown=10), LevelSetting("MUG", "BREST", 9, shown=5)], now=now
    )

    assert (applied.changed, applied.unchanged) == (1, 0)
    assert [(row.line, row.code) for row in applied.rejected] == [(2, "changed_meanwhile")]
    assert on_hand() == {("MUG", "RENNES"): 8, ("MUG", "BREST"): 4}
