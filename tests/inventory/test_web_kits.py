"""Kits on the page of a SKU, without JavaScript and in a browser."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from inventory.models import StockLevel
from oms.tenancy.context import tenant_scope
from tests.factories import make_kit, make_location, make_sku, make_stock
from tests.web.browser import DESKTOP, PHONE, assert_axe_clean, assert_fits
from tests.web.conftest import make_person, signed_in


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


def stock_kits() -> None:
    """GIFT and BOX, each of two mugs and a tin, of which Rennes has six and two."""
    now, rennes = timezone.now(), make_location("RENNES", name="Rennes Le Bastard")
    mug, tin = make_sku("MUG", name="Mug Ouessant"), make_sku("TIN", name="Boîte Groix")
    make_stock(mug, rennes, 6, now=now)
    make_stock(tin, rennes, 2, now=now)
    make_kit("GIFT", (mug, 2), (tin, 1), name="Coffret cadeau")
    make_kit("BOX", (mug, 2), (tin, 1), name="Coffret prêt", kind="PREPACKED")


@pytest.fixture
def kits(tenant):
    stock_kits()


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().partition("<main")[2]).split())


def levels():
    return dict(StockLevel.objects.order_by("sku__code").values_list("sku__code", "on_hand"))


def test_a_virtual_kit_shows_what_its_components_allow(client, kits):
    page = text(client.get("/stock/GIFT/"))

    assert "Virtual kit" in page
    assert "2 TIN = 2 Available to sell" in page
    assert "MUG 6 2 3" in page
    assert "TIN Scarcest 2 1 2" in page
    assert "Move by hand" not in page
    assert "Levels" not in page


def test_a_component_names_the_kits_it_is_part_of(client, kits):
    page = text(client.get("/stock/MUG/"))

    assert "Part of kits Coffret prêt BOX 2 × Coffret cadeau GIFT 2 ×" in page


def act(client, **change):
    place = StockLevel.objects.filter(sku__code="MUG").get().location_id
    body = {"location": str(place), "act": "assemble", "quantity": 1, "key": "k1", **change}
    return client.post("/stock/BOX/assemble/", body)


def test_prepacked_kits_are_made_and_taken_apart_on_the_page(client, kits):
    assert act(client).status_code == 302
    assert act(client).status_code == 302
    assert levels() == {"BOX": 1, "MUG": 4, "TIN": 1}

    assert act(client, act="disassemble", key="k2").status_code == 302

    assert levels() == {"BOX": 0, "MUG": 6, "TIN": 2}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": 3}, "Not enough stock for TIN."),
        ({"quantity": 0}, "greater than or equal to 1"),
        ({"location": "x"}, "Select a valid"),
    ],
)
def test_what_cannot_be_made_is_said_on_the_page(client, kits, change, words):
    answer = act(client, **change)

    assert answer.status_code == 422
    assert words in text(answer)
    assert levels() == {"MUG": 6, "TIN": 2}


def test_who_may_only_read_sees_no_form(tenants, kits):
    page = text(signed_in(make_person(tenants[0], "ANALYST"), tenants[0]).get("/stock/BOX/"))

    assert "Prepacked kit" in page
    assert "What to do" not in page


@pytest.mark.browser
@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_the_cards_are_accessible_fit_and_make_kits(live, open_browser, language, size):
    with tenant_scope(live.tenant.pk):
        stock_kits()
    page = open_browser(language=language, size=size)
    for code in ("GIFT", "MUG", "BOX"):
        page.goto(f"/stock/{code}/")
        assert_axe_clean(page)
        assert_fits(page)

    page.locator("#kit select[name=location]").select_option(label="Rennes Le Bastard")
    page.locator("#kit input[name=quantity]").fill("2")
    with page.expect_navigation():
        page.locator("#kit button[type=submit]").click()

    with tenant_scope(live.tenant.pk):
        assert levels() == {"BOX": 2, "MUG": 2, "TIN": 0}
