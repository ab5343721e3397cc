"""Purchase orders, transfers and counts in a real browser: by scan on a small phone, accessible in both languages and themes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inventory.models import Location, Sku
from inventory.services import announce_shipment, create_count, finish_counting, receive_transfer, record_count
from inventory.types import Arrival, Counted, NewNotice
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import add_member
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import SOON, count_line, line_of, make_purchase, make_transfer, stock
from tests.web.browser import DESKTOP, assert_axe_clean, assert_fits, assert_targets, scan

pytestmark = pytest.mark.browser
PHONE = (360, 740)
MUG_EAN = "3701204551073"


@pytest.fixture
def world(live):
    """Rennes and Brest, mugs and caps, and one document in each state that shows something of its own."""
    now = timezone.now()
    with tenant_scope(live.tenant.pk):
        rennes, brest = make_location("RENNES", name="Rennes Le Bastard"), make_location("BREST", name="Brest Siam")
        mug = make_sku("MUG", name="Mug Ouessant", barcodes=[MUG_EAN], cost=Decimal("4.00"), category="Tableware")
        cap = make_sku("CAP", name="Cap Sein", cost=Decimal("9.00"))
        for sku in (mug, cap):
            make_stock(sku, rennes, 20, now=now)
        for language in ("en", "fr"):
            user = live.person("STORE_STAFF", language=language)
            add_member(user=user, role="STORE_STAFF", actor=SYSTEM, location_ids=[rennes.pk])
        order = make_purchase(rennes, (mug, 4), (cap, 2), now=now)
        notice = NewNotice("ASN-1", SOON, {line_of(order, mug).pk: 2}, carrier="Geodis", tracking_number="8X")
        announce_shipment(order_id=order.pk, notice=notice, now=now)
        leaving = make_transfer(rennes, brest, (mug, 3), now=now, upto="REQUESTED")
        coming = make_transfer(rennes, brest, (cap, 3), now=now, upto="DISPATCHED")
        receive_transfer(
            transfer_id=coming.pk, arrivals=[Arrival(line_of(coming, cap).pk, 2)], key="1", now=now, finish=True
        )
        count = create_count(location_id=rennes.pk, now=now, note="Shelf A")
        review = create_count(location_id=rennes.pk, now=now)
        record_count(count_id=review.pk, counted=[Counted(mug.pk, 18)], now=now, actor=SYSTEM)
        finish_counting(count_id=review.pk, now=now)
    return {"order": order, "leaving": leaving, "coming": coming, "count": count, "review": review}


@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_the_back_office_pages_are_accessible_and_fit(live, world, open_browser, language, size):
    browser = open_browser(language=language, size=size)

    for where in (
        "/purchase-orders/",
        "/purchase-orders/new/",
        f"/purchase-orders/{world['order'].pk}/",
        "/transfers/",
        "/transfers/new/",
        f"/transfers/{world['leaving'].pk}/",
        f"/transfers/{world['coming'].pk}/",
        "/transfers/proposals/",
        "/counts/",
        "/counts/new/",
        f"/counts/{world['review'].pk}/",
        "/counts/shrinkage/",
    ):
        answer = browser.goto(where)
        assert answer is not None
        assert answer.status == 200, where
        assert_axe_clean(browser)
        assert_fits(browser)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pages_of_a_phone_are_accessible_and_fit(live, world, open_browser, language):
    phone = open_browser("STORE_STAFF", language=language, size=PHONE)

    for where in (
        "/handling/RENNES/",
        f"/handling/RENNES/arrivals/{world['order'].pk}/",
        f"/handling/RENNES/transfers/{world['leaving'].pk}/",
        f"/handling/RENNES/counts/{world['count'].pk}/",
    ):
        answer = phone.goto(where)
        assert answer is not None
        assert answer.status == 200, where
        assert_axe_clean(phone)
        assert_fits(phone)
        assert_targets(phone, least=44)


def test_a_delivery_is_received_by_scan(live, world, open_browser):
    phone = open_browser("STORE_STAFF", size=PHONE)
    phone.goto("/store/RENNES/")
    phone.get_by_label("Menu").click()
    phone.get_by_role("link", name="Stock work").click()
    phone.get_by_role("link", name="Faïencerie").click()
    phone.wait_for_url("**/arrivals/**")

    for received in (1, 2):
        scan(phone, MUG_EAN)
        expect(phone.locator("#job")).to_contain_text(f"Mug Ouessant: {received} of 4")
    scan(phone, "0000")
    expect(phone.get_by_role("alert")).to_contain_text("No item of the catalogue has the barcode 0000.")

    with tenant_scope(live.tenant.pk):
        assert line_of(world["order"], Sku.objects.get(code="MUG")).received == 2


def test_a_shelf_is_counted_by_scan_and_by_tap(live, world, open_browser):
    phone = open_browser("STORE_STAFF", size=PHONE)
    phone.goto(f"/handling/RENNES/counts/{world['count'].pk}/")

    scan(phone, MUG_EAN)
    expect(phone.locator("#job")).to_contain_text("Mug Ouessant")
    scan(phone, MUG_EAN)
    mug = phone.locator("li", has_text="Mug Ouessant")
    expect(mug.locator("[data-done]")).to_have_text("2")
    mug.get_by_role("button", name="One Mug Ouessant more").click()
    expect(mug.locator("[data-done]")).to_have_text("3")
    expect(phone.locator("#job")).to_contain_text("1 of 2 lines")
    phone.get_by_role("button", name="Counting is over").click()
    expect(phone.get_by_role("heading", name="Stock work")).to_be_visible()

    with tenant_scope(live.tenant.pk):
        line = count_line(world["count"], Sku.objects.get(code="MUG"))
        assert (line.counted, line.expected) == (3, 20)


def test_counting_ends_after_the_last_tap_has_arrived(live, world, open_browser):
    phone = open_browser("STORE_STAFF", size=PHONE)
    phone.goto(f"/handling/RENNES/counts/{world['count'].pk}/")
    held = []

    def hold(request):
        held.append(request)

    phone.route("**/counts/*/set/", hold)

    phone.get_by_role("button", name="One Mug Ouessant more").click()
    phone.get_by_role("button", name="Counting is over").click()
    expect(phone.get_by_text("1 scan waits to be sent")).to_be_visible()
    phone.get_by_role("button", name="Counting is over").click()
    held.pop().continue_()
    expect(phone.get_by_role("heading", name="Stock work")).to_be_visible()

    with tenant_scope(live.tenant.pk):
        assert count_line(world["count"], Sku.objects.get(code="MUG")).counted == 1


def test_a_purchase_order_is_received_on_the_desk(live, world, browser_page):
    browser_page.goto(f"/purchase-orders/{world['order'].pk}/")

    browser_page.get_by_label("Units of CAP that came").fill("2")
    browser_page.get_by_role("button", name="Receive", exact=True).click()

    expect(browser_page.get_by_role("heading", name="Receipts")).to_be_visible()
    with tenant_scope(live.tenant.pk):
        assert stock(Sku.objects.get(code="CAP"), Location.objects.get(code="RENNES"))[0] == 19
