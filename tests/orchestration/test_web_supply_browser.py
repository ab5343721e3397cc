"""The deliveries that an order's units wait for, in a real browser."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inventory.services import save_view
from oms.orders.models import Order
from oms.tenancy.context import tenant_scope
from orchestration.services import place_orders
from tests.factories import make_channel, make_location, make_sku, new_order
from tests.inventory.documents import make_purchase
from tests.support import drain
from tests.web.browser import DESKTOP, assert_axe_clean, assert_fits, assert_targets

if TYPE_CHECKING:
    from inventory.models import PurchaseOrder

pytestmark = pytest.mark.browser
NARROW = (360, 740)


@pytest.fixture
def waiting(live) -> tuple[str, PurchaseOrder]:
    """The number of an order whose units wait, and the purchase order they wait for."""
    now = timezone.now()
    with tenant_scope(live.tenant.pk):
        channel = make_channel("ahead", stock_view_id=save_view(code="ahead", name="Ahead", supply=["PURCHASE"]).pk)
        teapot, rennes = make_sku("TEAPOT", name="Théière Groix"), make_location("RENNES", name="Rennes Le Bastard")
        bought = make_purchase(rennes, (teapot, 5), now=now, expected_date=now.date() + timedelta(days=9))
        make_purchase(rennes, (teapot, 5), now=now, expected_date=now.date() - timedelta(days=1))
        order = new_order(channel, (teapot, 8), now=now)
        (intake,) = place_orders(orders=[order], now=now)
        number = Order.objects.get(pk=intake.order_id).number
    drain()
    return number, bought


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=str)
@pytest.mark.parametrize(
    ("language", "late", "comes"), [("en", "late", "3 units come with"), ("fr", "en retard", "3 unités arrivent avec")]
)
def test_the_order_page_leads_to_the_delivery_it_waits_for(live, open_browser, waiting, language, late, comes, size):
    number, bought = waiting
    page = open_browser("LOGISTICS", language=language, size=size)

    page.goto(f"/orders/{number}/")

    card = page.locator("#waiting")
    expect(card).to_contain_text(late)
    expect(card).to_contain_text(f"{comes} {bought.number}")
    assert_axe_clean(page)
    assert_fits(page)
    assert_targets(page)
    card.get_by_role("link", name=bought.number).click()
    page.wait_for_url(f"**/purchase-orders/{bought.pk}/")
