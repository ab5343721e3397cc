"""The stock matrix and pasting in a real browser: by keyboard, accessible, no wider than the screen, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inventory.models import StockLevel, StockMovement
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.web.browser import DESKTOP, assert_axe_clean, assert_fits, assert_targets

pytestmark = pytest.mark.browser
NARROW = (360, 740)


@pytest.fixture
def stock(live) -> None:
    now = timezone.now()
    with tenant_scope(live.tenant.pk):
        places = [make_location(f"S{number}", name=f"Magasin {number}", stock_as_of=now) for number in range(9)]
        for size in "SML":
            sku = make_sku(f"CIR-{size}", name=f"Ciré Ouessant, {size}", product="CIR")
            for number, place in enumerate(places):
                make_stock(sku, place, number, now=now)
        make_stock(make_sku("MUG", name="Mug"), places[0], 4, now=now)
        StockLevel.objects.filter(sku__code="CIR-S", location__code="S4").update(known=False)
        StockLevel.objects.filter(sku__code="CIR-S", location__code="S5").update(reserved=8)


def on_hand(live, code, place) -> int:
    with tenant_scope(live.tenant.pk):
        return StockLevel.objects.get(sku__code=code, location__code=place).on_hand


def cell(page, code, column):
    return page.locator(f'[data-sku="{code}"] [data-cell]').nth(column)


@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", NARROW)], ids=str)
def test_pages_are_accessible_and_fit(live, open_browser, stock, language, size):
    page = open_browser(language=language, size=size)

    page.goto("/stock/")
    cell(page, "CIR-M", 1).click()
    expect(page.locator("[data-cellbox]")).to_be_visible()
    page.locator("[data-cellbox] summary").click()
    assert_axe_clean(page)
    assert_fits(page)
    assert_targets(page)
    page.goto("/stock/paste/")
    page.locator("textarea").fill("MUG\tS0\t9\nGHOST\tS0\t1")
    page.locator("button[name=preview]").click()
    expect(page.locator("button[name=apply]")).to_be_visible()
    assert_axe_clean(page)
    assert_fits(page)


def test_units_are_held_back_in_the_cell(live, open_browser, stock):
    page = open_browser("LOGISTICS")
    page.goto("/stock/")
    cell(page, "CIR-S", 3).click()
    page.locator("[data-cellbox] summary").click()
    page.get_by_label("Units held back").fill("2")

    page.get_by_role("button", name="Hold back").click()
    expect(page.locator("#buffer_note_error")).to_be_visible()
    page.locator("#buffer_note").fill("Broken display")
    page.get_by_role("button", name="Hold back").click()

    expect(page.locator("[data-cellbox]")).to_have_count(0)
    expect(cell(page, "CIR-S", 3)).to_have_text(re.compile("^1"))


def test_a_cell_is_moved_by_keyboard_alone(live, open_browser, stock):
    page = open_browser("LOGISTICS")
    page.goto("/stock/")
    cell(page, "CIR-S", 0).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "End", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("[data-cellbox] h2")).to_have_text("Ciré Ouessant, M at Magasin 7")
    expect(page.get_by_label("Quantity")).to_be_focused()

    page.keyboard.press("Escape")
    expect(page.locator("[data-cellbox]")).to_have_count(0)
    expect(cell(page, "CIR-M", 7)).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_label("Quantity")).to_be_focused()
    page.keyboard.type("-9")
    page.keyboard.press("Tab")
    page.keyboard.type("Shrink")
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("[data-cellbox] [role=alert]").first).to_be_visible()
    page.get_by_label("Quantity").fill("-2")
    page.keyboard.press("Enter")

    expect(cell(page, "CIR-M", 7)).to_have_text("5")
    expect(cell(page, "CIR-M", 7)).to_be_focused()
    expect(page.locator("#live")).to_have_text("The movement is in the ledger.")
    assert on_hand(live, "CIR-M", "S7") == 5


def test_products_fold_and_stay_folded(open_browser, stock):
    page = open_browser()
    page.goto("/stock/")
    button = page.get_by_role("button", name="Variants of Ciré Ouessant")
    button.press("Enter")

    expect(button).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    page.get_by_role("link", name="On hand").click()
    expect(page.locator("[data-row]:visible")).to_have_count(4)


def test_what_is_pasted_on_a_cell_lies_on_those_after_it(live, open_browser, stock):
    page = open_browser()
    page.goto("/stock/")
    cell(page, "CIR-M", 2).focus()
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData("text/plain", "20\\t30\\n40\\t\\n");
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})); }"""
    )
    expect(page.locator("button[name=apply]")).to_have_text("Change 3 levels")
    rows = page.locator(".bt-diff tbody tr").all_inner_texts()
    assert [re.split(r"\s*\t\s*", row)[1:4] for row in rows] == [
        ["Magasin 2", "2", "20"],
        ["Magasin 3", "3", "30"],
        ["Magasin 2", "2", "40"],
    ]

    page.locator("button[name=apply]").click()
    page.wait_for_url("**/stock/")

    assert [on_hand(live, *place) for place in (("CIR-M", "S2"), ("CIR-M", "S3"), ("CIR-L", "S2"))] == [20, 30, 40]


def test_without_javascript_a_cell_is_a_page_and_text_is_pasted(live, open_browser, stock):
    page = open_browser(javascript=False)
    page.goto("/stock/")
    cell(page, "MUG", 0).click()
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("form", name="Movement").get_by_label("Reason").select_option("RECEIPT")
    with page.expect_navigation():
        page.get_by_role("button", name="Move").click()
    assert on_hand(live, "MUG", "S0") == 7

    page.goto("/stock/paste/")
    page.locator("textarea").fill("MUG;S0;1")
    page.locator("button[name=preview]").click()
    with page.expect_navigation():
        page.locator("button[name=apply]").click()

    assert on_hand(live, "MUG", "S0") == 1
    with tenant_scope(live.tenant.pk):
        assert StockMovement.objects.filter(reason="ADJUSTMENT", cause_type="paste").count() == 1
