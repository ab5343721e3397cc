"""The editor of stock views in a real browser: what would change is shown while it is written, and nothing is saved."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from channels.models import Listing
from channels.services import create_connection
from inventory.models import StockView
from inventory.services import save_view
from oms.orders.models import SalesChannel
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import make_purchase
from tests.web.browser import DESKTOP, assert_axe_clean, assert_fits, assert_targets

pytestmark = pytest.mark.browser
NARROW = (360, 740)
SHOP = {"url": "http://127.0.0.1:1", "consumer_key": "x", "consumer_secret": "y", "allow_private_addresses": True}


@pytest.fixture
def view(live) -> None:
    now = timezone.now()
    with tenant_scope(live.tenant.pk):
        mug, rennes = make_sku("MUG", name="Mug"), make_location("RENNES", name="Rennes Le Bastard")
        make_stock(mug, rennes, 10, now=now)
        make_purchase(rennes, (mug, 6), now=now)
        top = save_view(code="web", name="Web shops", supply=["PURCHASE"])
        save_view(code="club", name="Club", parent_id=top.pk, inherited=["percentage"])
        row = create_connection(kind="woocommerce", name="Web shop", settings=SHOP, now=now)
        SalesChannel.objects.filter(pk=row.channel_id).update(stock_view_id=top.pk)
        Listing.objects.create(connection=row, external_id="1", sku_code="MUG", sku=mug, seen_at=now)


@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", NARROW)], ids=str)
def test_the_editor_is_accessible_and_fits(live, open_browser, view, language, size):
    page = open_browser(language=language, size=size)

    page.goto("/views/edit/club/?try=MUG")
    assert_axe_clean(page)
    assert_fits(page)
    assert_targets(page)
    page.goto("/views/")
    assert_axe_clean(page)
    assert_fits(page)


def test_what_would_change_is_seen_while_it_is_written(live, open_browser, view):
    page = open_browser("LOGISTICS")
    page.goto("/views/edit/web/?try=MUG")
    expect(page.locator("#preview .bt-term-result b")).to_have_text("16")

    page.get_by_label("Share sold, in %").fill("50")

    expect(page.locator("#preview .bt-term-result b")).to_have_text("8")
    expect(page.locator("#preview")).to_contain_text("Club")
    expect(page.locator("#preview")).to_contain_text("1 changes")
    assert_axe_clean(page)
    with tenant_scope(live.tenant.pk):
        assert StockView.objects.get(code="web").percentage == 100
    page.get_by_role("button", name="Save").click()
    expect(page.locator("body")).to_contain_text("The stock view is saved")
    with tenant_scope(live.tenant.pk):
        assert set(StockView.objects.values_list("percentage", flat=True)) == {50}
