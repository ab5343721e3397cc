"""The store app in a real browser, on a small phone: scanning, counting, handing over, on a poor network and without scripts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inventory.models import Location, Sku
from oms.fulfilment.models import FulfilmentOrder, Parcel
from oms.orders.models import SalesChannel
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import add_member
from oms.tenancy.types import SYSTEM
from tests.factories import make_channel, make_location, make_order, make_sku, make_stock
from tests.fulfilment.store import lines, on_hand, packed, picked, ready
from tests.fulfilment.test_work import work_for
from tests.web.browser import assert_axe_clean, assert_fits, scan

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PHONE = (360, 740)
MUG_EAN, CAP_EAN, RED_EAN = "3701204551073", "3701204551097", "3701204551080"
# Three hours fast and frozen: no deadline may follow it.
WRONG_CLOCK = """
const Real = Date; const wrong = Real.now() + 3 * 3600 * 1000;
window.Date = class extends Real { constructor(...given) { given.length ? super(...given) : super(wrong); } static now() { return wrong; } };
"""
SMALL_TARGETS = """
[...document.querySelectorAll("a, button, input, select, summary")]
  .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.matches(".bt-skip, [type=radio], [type=checkbox], .bt-scan input"))
  .map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 1 && r.height < 47.5)
  .map(([e, r]) => `${e.outerHTML.slice(0, 110)} ${Math.round(r.width)}x${Math.round(r.height)}`)
"""


class Store:
    """Nantes, its stock, and its staff; every question opens the tenant's scope."""

    def __init__(self, live) -> None:
        self.live, self.tenant_id = live, live.tenant.pk
        with tenant_scope(self.tenant_id):
            place = make_location("NANTES", name="Nantes Crébillon", city="Nantes")
            mug = make_sku("MUG", name="Mug Groix", product="groix", barcodes=[MUG_EAN], attributes={"colour": "blue"})
            make_sku("MUG-R", name="Mug Groix", product="groix", barcodes=[RED_EAN], attributes={"colour": "red"})
            cap = make_sku("CAP", name="Cap Sein", barcodes=[CAP_EAN])
            for sku in (mug, cap):
                make_stock(sku, place, 30, now=timezone.now())
            make_channel("web")
            for language in ("en", "fr"):
                user = live.person("STORE_STAFF", language=language)
                add_member(user=user, role="STORE_STAFF", actor=SYSTEM, location_ids=[place.pk])

    def job(self, *wanted: tuple[str, int], made: Any = None, **fields: Any) -> FulfilmentOrder:
        """Work for the store; `made` takes it further."""
        with tenant_scope(self.tenant_id):
            now, place = timezone.now(), Location.objects.get(code="NANTES")
            if "method" in fields:
                fields["collect_location"] = "NANTES"
            skus = {sku.code: sku for sku in Sku.objects.all()}
            order = make_order(
                SalesChannel.objects.get(code="web"), *((skus[c], n) for c, n in wanted), now=now, **fields
            )
            job = work_for(order, place, now)
            if made:
                made(job)
            return FulfilmentOrder.objects.select_related("order").get(pk=job.pk)

    def now(self, job: FulfilmentOrder) -> FulfilmentOrder:
        with tenant_scope(self.tenant_id):
            return FulfilmentOrder.objects.get(pk=job.pk)

    def picked(self, job: FulfilmentOrder) -> list[int]:
        with tenant_scope(self.tenant_id):
            return [line.picked for line in lines(job)]

    def stock(self, code: str) -> int:
        with tenant_scope(self.tenant_id):
            return on_hand(Sku.objects.get(code=code), Location.objects.get(code="NANTES"))

    def parcels(self) -> list[str]:
        with tenant_scope(self.tenant_id):
            return sorted(Parcel.objects.values_list("tracking_number", flat=True))

    def due_in(self, job: FulfilmentOrder, minutes: float) -> None:
        with tenant_scope(self.tenant_id):
            FulfilmentOrder.objects.filter(pk=job.pk).update(accept_by=timezone.now() + timedelta(minutes=minutes))


@pytest.fixture
def store(live) -> Store:
    return Store(live)


@pytest.fixture
def phone(store, open_browser) -> Page:
    """A store person's phone."""
    return open_browser("STORE_STAFF", size=PHONE)


def address(job: FulfilmentOrder, action: str = "") -> str:
    return f"/store/NANTES/jobs/{job.pk}/{action}"


def ask_for_news(page: Page) -> None:
    """What happens by itself every fifteen seconds."""
    with page.expect_response(lambda answer: answer.url.endswith("/store/NANTES/")):
        page.evaluate("htmx.trigger('#queue', 'store-tick')")


def test_a_parcel_from_the_queue_to_the_carrier(store, phone):
    first = store.job(("MUG", 1), ("CAP", 2))
    phone.goto("/store/")
    assert phone.url.endswith("/store/NANTES/")
    assert phone.title().startswith("(1) ")

    second = store.job(("CAP", 1), customer_name="Paul Morvan")
    ask_for_news(phone)
    ref = second.order.number[-4:]
    phone.get_by_text(f"New order {ref}").wait_for()
    expect(phone).to_have_title(re.compile(r"^\(2\) "))

    phone.get_by_role("button", name=f"Accept {first.order.number[-4:]}").click()
    phone.get_by_text("it is now to pick").wait_for()
    phone.get_by_role("link", name="To pick").click()
    phone.get_by_role("link", name=f"Pick {first.order.number[-4:]}").click()
    phone.wait_for_url(f"**{address(first)}")

    pick_with_mistakes(phone)
    phone.get_by_label("Carrier").first.select_option("colissimo")
    phone.get_by_label("Tracking number").fill("6A0001")
    phone.keyboard.press("Enter")
    assert store.now(first).state == "PACKED"
    phone.get_by_role("button", name="Hand over 1 parcel").click()
    phone.get_by_text("is shipped in 1 parcel").wait_for()

    assert store.now(first).state == "HANDED_OVER"
    assert store.parcels() == ["6A0001"]
    assert (store.stock("MUG"), store.stock("CAP")) == (29, 28)


def pick_with_mistakes(phone: Page) -> None:
    phone.locator("h2").first.click()
    scan(phone, RED_EAN)
    phone.get_by_role("alert").get_by_text("Mug Groix, red was scanned, Mug Groix, blue is wanted.").wait_for()
    scan(phone, MUG_EAN)
    phone.get_by_text("Mug Groix, blue: 1 of 1").first.wait_for()
    scan(phone, MUG_EAN)
    phone.get_by_role("alert").get_by_text("Already complete.").wait_for()
    assert phone.get_by_role("button", name="Pack").count() == 0
    plus = phone.get_by_role("button", name="One Cap Sein more")
    plus.click()
    plus.click()
    phone.get_by_role("button", name="Pack 3 items").click()


def test_click_and_collect_by_the_desk(store, phone):
    job = store.job(("MUG", 1), method="CLICK_AND_COLLECT", made=packed)
    phone.goto(address(job))
    phone.get_by_label("Shelf").fill("C 14")
    phone.get_by_role("button", name="Mark as ready").click()
    phone.get_by_text("C 14").wait_for()

    phone.goto("/store/NANTES/desk/")
    scan(phone, store.now(job).collection_code)
    phone.get_by_role("heading", name="Hand over").wait_for()
    assert phone.get_by_label("Collection code").nth(0).is_checked()
    phone.get_by_role("button", name="Hand over the parcel").click()
    phone.get_by_text("is handed over").wait_for()

    assert (store.now(job).state, store.now(job).proof) == ("COLLECTED", "CODE")


def test_a_refusal_shows_its_sum_as_soon_as_a_reason_is_chosen(store, phone):
    job = store.job(("MUG", 2))
    phone.goto(address(job, "refuse/"))

    phone.get_by_text("Not found on the shelves").click()
    phone.get_by_text("Stock here:").wait_for()
    sum_box = phone.locator(".st-confirm").bounding_box()
    assert sum_box["y"] + sum_box["height"] <= PHONE[1]
    assert phone.locator(".st-confirm p").first.inner_text().split() == ["Stock", "here:", "30", "→", "becomes", "0"]
    phone.get_by_label("To refuse").fill("1")
    phone.get_by_text("Fewer than the stock says").click()
    phone.get_by_role("button", name="Refuse 1 item").click()
    phone.get_by_text("goes to another location").wait_for()

    assert store.stock("MUG") == 29
    assert store.now(job).units == 1


def test_every_tap_and_scan_counts_once_over_a_poor_network(store, phone):
    job = store.job(("MUG", 5), ("CAP", 6))
    phone.goto(address(job))
    phone.get_by_role("button", name="Accept and pick").click()
    phone.get_by_text("0 of 11 items").wait_for()

    phone.context.set_offline(True)
    scan(phone, MUG_EAN)
    phone.get_by_text("1 scan waits to be sent").wait_for()
    scan(phone, MUG_EAN)
    phone.get_by_text("2 scans wait to be sent").wait_for()
    phone.context.set_offline(False)
    phone.get_by_text("Mug Groix, blue: 2 of 5").first.wait_for()
    for _ in range(3):
        phone.get_by_role("button", name="One Cap Sein more").click()
    phone.locator(".st-line", has_text="Cap Sein").get_by_text("3", exact=True).wait_for()
    for code in (MUG_EAN, CAP_EAN, MUG_EAN):
        scan(phone, code)
    phone.get_by_text("8 of 11 items").wait_for()

    assert store.picked(job) == [4, 4]
    assert "Kerjean" not in phone.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")


def test_a_double_tap_accepts_once_and_says_no_error(store, phone):
    job = store.job(("MUG", 1))
    phone.goto("/store/NANTES/")

    phone.get_by_role("button", name="Accept").dblclick()
    phone.get_by_text("it is now to pick").wait_for()

    assert store.now(job).state == "ACCEPTED"


def test_a_device_with_a_wrong_clock_counts_down_all_the_same(store, phone):
    store.due_in(store.job(("MUG", 1)), 12.5)
    phone.add_init_script(WRONG_CLOCK)
    phone.goto("/store/NANTES/")
    phone.wait_for_timeout(1500)

    mark = phone.locator("main .bt-cd")
    assert mark.inner_text() == "12 min left"
    assert "bt-cd-soon" in mark.get_attribute("class")
    store.due_in(store.job(("CAP", 1), customer_name="Paul Morvan"), 0.04)
    ask_for_news(phone)
    phone.locator("main .bt-cd-late").get_by_text("late").wait_for()


def test_news_that_change_nothing_are_answered_304_and_leave_the_page_alone(store, phone):
    store.job(("MUG", 1))
    phone.goto("/store/NANTES/")
    ask_for_news(phone)
    phone.evaluate("document.getElementById('queue').dataset.mark = 'kept'")

    with phone.expect_response(lambda answer: answer.url.endswith("/store/NANTES/")) as answered:
        phone.evaluate("htmx.trigger('#queue', 'store-tick')")

    assert answered.value.status == 304
    assert phone.evaluate("document.getElementById('queue').dataset.mark") == "kept"


def test_sound_waits_for_a_gesture(store, phone):
    phone.goto("/store/NANTES/")
    bell = phone.get_by_role("button", name="Sound for new orders")
    assert bell.get_attribute("aria-pressed") == "false"

    bell.click()
    assert bell.get_attribute("aria-pressed") == "true"
    phone.reload()

    assert phone.get_by_role("button", name="Sound for new orders").get_attribute("aria-pressed") == "true"


def test_the_whole_story_without_scripts(store, open_browser):
    job = store.job(("MUG", 1))
    phone = open_browser("STORE_STAFF", size=PHONE, javascript=False)
    phone.goto("/store/NANTES/")

    phone.get_by_role("button", name="Accept").click()
    phone.get_by_role("link", name="To pick").click()
    phone.get_by_role("link", name="Pick", exact=False).last.click()
    phone.get_by_label("Barcode").fill(CAP_EAN)
    phone.keyboard.press("Enter")
    phone.get_by_text("Cap Sein is not part of this order.").wait_for()
    phone.get_by_label("Barcode").fill(MUG_EAN)
    phone.keyboard.press("Enter")
    phone.get_by_text("1 of 1 item").wait_for()
    phone.get_by_role("button", name="Pack 1 item").click()
    phone.get_by_label("Carrier").first.select_option("letter")
    phone.get_by_role("button", name="Hand over 1 parcel").click()
    phone.get_by_text("is shipped in 1 parcel").wait_for()

    assert store.now(job).state == "HANDED_OVER"
    other = store.job(("CAP", 1))
    phone.goto(address(other, "refuse/"))
    phone.get_by_text("Too busy").click()
    phone.get_by_role("button", name="See the effect").click()
    phone.get_by_text("Stock does not change.").wait_for()
    phone.get_by_role("button", name="Refuse 1 item").click()
    phone.get_by_text("goes to another location").first.wait_for()
    assert store.now(other).state == "REFUSED"


def test_without_a_network_the_app_says_so_and_keeps_no_page(store, phone):
    job = store.job(("MUG", 1))
    phone.goto("/store/NANTES/")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.goto(address(job))

    phone.context.set_offline(True)
    phone.goto("/store/NANTES/")
    assert phone.get_by_role("heading", name="No network").is_visible()
    held = phone.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((c) => c.keys())))).then((all) => all.flat().map((r) => new URL(r.url).pathname))"
    )
    phone.context.set_offline(False)

    assert [path for path in held if not path.startswith("/static/")] == ["/store/-/offline/"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_accessible_and_fits_a_small_phone(store, open_browser, language):
    accept, pick, ship, shelf, hand = (
        store.job(("MUG", 1), ("CAP", 5), **fields)
        for fields in (
            {},
            {"made": picked},
            {"made": packed},
            {"made": packed, "method": "CLICK_AND_COLLECT"},
            {"made": ready, "method": "RESERVE_AND_COLLECT", "payment_state": "ON_COLLECTION"},
        )
    )
    store.due_in(store.job(("CAP", 1), customer_name="Paul Morvan"), -5)
    page = open_browser("STORE_STAFF", language=language, size=PHONE)
    queue = "/store/NANTES/"
    addresses = [queue, f"{queue}pick/", f"{queue}ready/", f"{queue}desk/", address(accept), address(accept, "refuse/")]
    addresses += [address(job) for job in (pick, ship, shelf, hand)] + ["/store/BREST/"]

    for path in addresses:
        page.goto(path)
        check(page)
    page.goto(address(accept, "refuse/"))
    page.locator("label.bt-method").first.click()
    page.locator(".st-confirm .bt-banner").wait_for()
    check(page)
    page.goto(address(hand))
    page.locator("input[value=code]").check()
    page.locator("button[form=collect]").click()
    check(page)
    page.goto(queue)
    page.locator("header summary").click()
    check(page)
    manager = open_browser("MANAGER", language=language, size=PHONE)
    manager.goto("/store/")
    check(manager)


def check(page: Page) -> None:
    assert_axe_clean(page)
    assert_fits(page)
    assert page.evaluate(SMALL_TARGETS) == [], page.url
