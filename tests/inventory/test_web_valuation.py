"""The valuation page, and the same as a file."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from inventory.services import move_stock
from inventory.types import Move
from oms.tenancy.context import tenant_scope
from oms.tenancy.middleware import SESSION_KEY
from tests.factories import make_location, make_sku, make_stock
from tests.matrix import make_owner
from tests.web.browser import DESKTOP, PHONE, assert_axe_clean, assert_fits, assert_targets

PAGE = "/stock/valuation/"


def fill(tenant) -> None:
    now = timezone.now()
    with tenant_scope(tenant.pk):
        rennes, brest = make_location("RENNES", name="Rennes"), make_location("BREST", name="=Brest")
        for code, cost in (("MUG", "4"), ("HAT", "10.5")):
            sku = make_sku(code, cost=Decimal(cost), category="Table")
            make_stock(sku, rennes, 10, now=now)
            make_stock(sku, brest, 2, now=now)
        move_stock(moves=[Move("MUG", "RENNES", -4, "STORE_SALE")], now=now)


@pytest.fixture
def client(tenants) -> Client:
    fill(tenants[0])
    client = Client()
    client.force_login(make_owner(tenants[0]))
    session = client.session
    session[SESSION_KEY] = str(tenants[0].pk)
    session.save()
    return client


def test_value_today_and_before_there_was_any(client):
    today = client.get(f"{PAGE}?by=location").content.decode()
    assert "€129.00" in today
    assert "€29.00" in today

    then = timezone.localdate() - timedelta(days=400)
    assert "Nothing to value" in client.get(f"{PAGE}?at={then}").content.decode()


def test_turnover_and_age(client):
    turnover = client.get(f"{PAGE}?report=turnover&by=sku").content.decode()
    assert "€16.00" in turnover

    ageing = client.get(f"{PAGE}?report=ageing&by=category").content.decode()
    assert "0 to 30 days" in ageing
    assert "€158.00" in ageing


@pytest.mark.parametrize("query", ["report=ageing&by=location", "report=turnover&begin=2099-01-01", "at=x", "by=x"])
def test_what_cannot_be_told_is_refused_in_words(client, query):
    response = client.get(f"{PAGE}?{query}")

    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()


def test_the_file_has_every_row_and_no_formula(client):
    response = client.get(f"{PAGE}?by=location&export=csv")

    head, *rows = response.content.decode("utf-8-sig").splitlines()
    assert head == "Code,Name,Units,In transit,Quarantined or damaged,Value,Units of no known cost"
    assert rows == ["RENNES,Rennes,16,0,0,129.00,0", "BREST,'=Brest,4,0,0,29.00,0"]
    assert "attachment" in response.headers["Content-Disposition"]


@pytest.mark.browser
@pytest.mark.parametrize(("language", "size", "theme"), [("en", DESKTOP, "light"), ("fr", PHONE, "dark")], ids=str)
def test_the_pages_are_accessible_and_drawn(open_browser, live, language, size, theme):
    fill(live.tenant)
    page = open_browser(language=language, size=size, theme=theme)
    for query in ("", "?report=turnover&by=category", "?report=ageing&by=sku", "?report=ageing&by=location"):
        page.goto(PAGE + query)
        if "location" not in query:
            expect(page.locator("[data-chart] canvas")).to_have_count(1)
        assert_axe_clean(page)
        assert_fits(page)
        assert_targets(page)
    page.goto("/settings/invariants/")
    assert_axe_clean(page)
    assert_fits(page)
