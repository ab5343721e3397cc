"""Days of a purchase order in a real browser."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inventory.models import PurchaseOrder
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku
from tests.inventory.documents import line_of, make_purchase
from tests.web.browser import DESKTOP, assert_axe_clean, assert_fits, assert_targets

pytestmark = pytest.mark.browser
NARROW = (360, 740)
WORDS = {
    "en": ("Change the days", "The order", "The days are changed", re.compile(r"9\s+Dec")),
    "fr": ("Modifier les jours", "La commande", "Les jours sont modifiés", re.compile(r"9\s+déc")),
}


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=str)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_order_and_one_of_its_lines_are_expected_on_other_days(live, open_browser, language, size):
    with tenant_scope(live.tenant.pk):
        mug, hat = make_sku("MUG", name="Mug Ouessant"), make_sku("HAT", name="Bonnet marin")
        order = make_purchase(make_location("RENNES"), (mug, 10), (hat, 4), now=timezone.now())
        line = line_of(order, hat)
    change, whole, said, day = WORDS[language]
    page = open_browser("LOGISTICS", language=language, size=size)
    page.goto(f"/purchase-orders/{order.pk}/")

    page.locator("summary", has_text=change).click()
    assert_axe_clean(page)
    assert_fits(page)
    assert_targets(page)
    page.get_by_label(whole).fill("2026-12-09")
    page.locator(f"[name=day-{line.pk}]").fill("2026-12-20")
    page.get_by_role("button", name=change).click()

    expect(page.locator("body")).to_contain_text(said)
    expect(page.locator("main .bt-kv").first).to_contain_text(day)
    assert_axe_clean(page)
    assert_fits(page)
    with tenant_scope(live.tenant.pk):
        assert PurchaseOrder.objects.get(pk=order.pk).expected_date == date(2026, 12, 9)
        assert (line_of(order, mug).expected_date, line_of(order, hat).expected_date) == (None, date(2026, 12, 20))
