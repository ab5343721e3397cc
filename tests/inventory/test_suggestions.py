"""A field that takes SKUs offers those that may be meant by what is typed, wherever one is typed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from inventory.services import save_view
from oms.tenancy.context import tenant_scope
from tests.factories import make_kit, make_location, make_sku
from tests.web.browser import DESKTOP, assert_axe_clean, assert_fits, scan
from tests.web.conftest import make_person, signed_in

NARROW = (360, 740)
EAN = "3760123456789"


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


def stock_names() -> None:
    make_sku("BOL-1", name="Bol breton", barcodes=[EAN])
    make_sku("BOL-2", name="Bol à oreilles, bleu")
    make_sku("BOL", name="Bol")
    make_sku("MUG", name="Tasse bol")
    make_sku("HAT", name="Hat")


def offered(client, typed: str) -> list[str]:
    return re.findall(r'data-value="([^"]*)"', client.get("/stock/suggestions/", {"q": typed}).content.decode())


def test_skus_are_found_by_code_name_and_barcode_the_exact_one_first(client, tenant):
    stock_names()

    assert offered(client, "bol") == ["BOL", "BOL-1", "BOL-2", "MUG"]
    assert offered(client, " oreilles, ") == ["BOL-2"]
    assert offered(client, EAN) == ["BOL-1"]
    assert offered(client, EAN[:-1]) == offered(client, "") == offered(client, "NONE") == []


def test_one_that_is_named_exactly_is_marked(client, tenant):
    stock_names()

    page = client.get("/stock/suggestions/", {"q": "bol"}).content.decode()

    assert re.findall(r'data-value="([^"]*)" data-exact', page) == ["BOL"]


def test_a_few_are_offered_whatever_the_catalogue_has(client, tenant, django_assert_num_queries):
    for at in range(12):
        make_sku(f"SET-{at:02}", name="Set")

    client.get("/stock/suggestions/", {"q": "set-00"})
    with django_assert_num_queries(6):
        assert offered(client, "SET-00") == ["SET-00"]
    with django_assert_num_queries(6):
        assert offered(client, "set") == [f"SET-{at:02}" for at in range(8)]


def test_a_kit_says_that_it_is_one(client, tenant):
    make_kit("GIFT", (make_sku("MUG"), 1), name="Gift")

    assert "Virtual kit" in client.get("/stock/suggestions/", {"q": "GIFT"}).content.decode()


def test_nothing_of_another_tenant_is_offered_nor_to_who_may_not_read_stock(client, tenants):
    with tenant_scope(tenants[1].pk):
        stock_names()

    assert offered(client, "bol") == []
    staff = signed_in(make_person(tenants[0], "PARTNER"), tenants[0])
    assert staff.get("/stock/suggestions/", {"q": "bol"}).status_code == 403


@pytest.mark.parametrize(
    ("address", "name", "parts"),
    [
        ("/stock/GIFT/kit/", "parts-0-sku", None),
        ("/purchase-orders/new/", "lines", "lines"),
        ("/transfers/new/", "lines", "lines"),
        ("/counts/new/", "skus", "items"),
        ("/stock/buffers/new/", "sku_codes", "items"),
        ("/views/new/", "try", None),
    ],
)
def test_every_field_for_skus_is_the_same(client, tenant, address, name, parts):
    make_sku("GIFT")

    page = client.get(address).content.decode()

    (field,) = re.findall(rf'<(?:input|textarea)[^>]* name="{name}"[^>]*>', page)
    assert 'data-suggest="/stock/suggestions/"' in field
    assert re.findall(r'data-parts="(\w+)"', field) == ([parts] if parts else [])


@pytest.fixture
def names(live) -> None:
    with tenant_scope(live.tenant.pk):
        stock_names()
        make_kit("GIFT", (make_sku("BOX"), 1), name="Gift")
        make_location("RENNES", name="Rennes Le Bastard")


@pytest.mark.browser
@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", NARROW)], ids=str)
def test_a_field_is_filled_by_keyboard_and_stays_accessible(live, open_browser, names, language, size):
    page = open_browser(language=language, size=size)
    page.goto("/stock/GIFT/kit/")
    field = page.locator("[name=parts-1-sku]")
    options = page.locator("#suggestions [role=option]")

    field.press_sequentially("bo")
    expect(options).to_have_count(5)
    expect(field).to_have_attribute("aria-expanded", "true")
    assert_axe_clean(page)
    assert_fits(page)
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-2")
    field.press("Enter")

    expect(field).to_have_value("BOL-1")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    assert page.url.endswith("/stock/GIFT/kit/")


@pytest.mark.browser
def test_a_field_is_filled_by_touch_and_left_by_escape(live, open_browser, names):
    page = open_browser(size=NARROW)
    page.goto("/stock/GIFT/kit/")
    field = page.locator("[name=parts-1-sku]")

    field.press_sequentially("oreilles")
    box = page.locator("#suggestions [role=option]").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROW[0]
    field.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(field).to_have_value("oreilles")
    field.press_sequentially(",")
    page.locator("#suggestions [role=option]").click()

    expect(field).to_have_value("BOL-2")
    expect(field).to_be_focused()


@pytest.mark.browser
def test_a_scanned_barcode_becomes_its_sku_and_sends_nothing(live, open_browser, names):
    page = open_browser()
    page.goto("/stock/GIFT/kit/")
    field = page.locator("[name=parts-1-sku]")
    field.focus()

    scan(page, EAN)

    expect(field).to_have_value("BOL-1")
    assert page.url.endswith("/stock/GIFT/kit/")
    page.locator("[name=parts-2-sku]").focus()
    scan(page, "0000000000000")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()


@pytest.mark.browser
def test_each_line_and_each_item_of_a_longer_text_is_offered(live, open_browser, names):
    page = open_browser()
    page.goto("/transfers/new/")
    lines = page.locator("[name=lines]")
    options = page.locator("#suggestions [role=option]")

    lines.press_sequentially("HAT;3\nbreton")
    expect(options).to_have_count(1)
    assert_axe_clean(page)
    lines.press("ArrowDown")
    lines.press("Enter")
    expect(lines).to_have_value("HAT;3\nBOL-1;")
    lines.press_sequentially("2 bol")
    page.wait_for_timeout(400)
    expect(page.locator("#suggestions")).to_be_hidden()

    page.goto("/counts/new/")
    items = page.locator("[name=skus]")
    items.press_sequentially("HAT, tasse")
    options.click()
    expect(items).to_have_value("HAT, MUG, ")


@pytest.mark.browser
def test_a_sku_is_tried_on_a_view_as_soon_as_it_is_chosen(live, open_browser, names):
    with tenant_scope(live.tenant.pk):
        save_view(code="web", name="Web")
    page = open_browser()
    page.goto("/views/edit/web/")

    page.locator("#try").press_sequentially("oreilles")
    page.locator("#suggestions [role=option]").click()

    expect(page.locator("#preview .bt-term-result")).to_be_visible()


@pytest.mark.browser
def test_without_javascript_a_code_is_typed_whole(live, open_browser, names):
    page = open_browser(javascript=False)
    page.goto("/stock/GIFT/kit/")

    page.locator("[name=parts-1-sku]").fill("BOL")
    page.locator("[name=parts-1-quantity]").fill("2")
    page.locator("main button[type=submit]").click()

    expect(page.locator("main")).to_contain_text("BOL")
    assert page.url.endswith("/stock/GIFT/")
