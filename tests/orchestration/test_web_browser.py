"""In a real Chromium: the whole work on orders and rules by keyboard, without JavaScript, and accessible in both themes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import accept, refuse
from oms.orders.models import Order
from oms.orders.services import add_note, hold_order
from oms.tenancy.context import tenant_scope
from oms.tenancy.types import Actor
from orchestration.models import RulesetVersion
from orchestration.rules.rulesets import default_ruleset, dump_ruleset
from orchestration.services import place_orders, publish_ruleset, save_draft
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.support import drain
from tests.web.browser import DESKTOP, PHONE, assert_axe_clean, assert_fits, assert_targets

if TYPE_CHECKING:
    from tests.web.browser import Live

pytestmark = pytest.mark.browser
MARIE = Actor("PERSON", "1", "Marie Le Goff")


class Shop(NamedTuple):
    """Numbers of orders by what happened to them, and the rules."""

    plain: str
    refused: str
    parked: str
    held: str
    split: str
    live_rules: str
    draft: str


@pytest.fixture
def shop(live) -> Shop:
    with tenant_scope(live.tenant.pk):
        found = _build()
    drain()
    return found


def _build() -> Shop:
    now = timezone.now()
    mug, teapot = make_sku("MUG", name="Mug Ouessant"), make_sku("TEAPOT", name="Théière Groix")
    rennes = make_location("RENNES", name="Rennes Le Bastard", postcode="35000", latitude=48.11, longitude=-1.68)
    nantes = make_location("NANTES", name="Nantes Crébillon", postcode="44000", latitude=47.22, longitude=-1.55)
    make_stock(mug, rennes, 4, now=now)
    make_stock(mug, nantes, 30, now=now)
    web = make_channel("web", name="Boutique en ligne")

    def placed(*lines, minutes=0, **fields) -> Order:
        order = new_order(web, *lines, now=now - timedelta(minutes=minutes), raw={"id": 1}, **fields)
        (intake,) = place_orders(orders=[order], now=now - timedelta(minutes=minutes))
        return Order.objects.get(pk=intake.order_id)

    plain = placed((mug, 1), promised_at=now + timedelta(hours=3))
    refused = placed((mug, 1), minutes=1, promised_at=now - timedelta(minutes=5))
    refuse(fulfilment_id=FulfilmentOrder.objects.get(order=refused).pk, reason="TOO_BUSY", now=now, actor=MARIE)
    parked = placed((teapot, 2), (mug, 1), minutes=2)
    held = placed((mug, 1), minutes=3)
    hold_order(order_id=held.pk, now=now, reason="FRAUD", note="two cards tried", actor=MARIE)
    split = placed((mug, 25), minutes=4)
    add_note(order_id=plain.pk, text="She calls back at two.", actor=MARIE)
    first = save_draft(document=dump_ruleset(default_ruleset()), actor=MARIE)
    publish_ruleset(version_id=first.pk, reason="to begin with", now=now, actor=MARIE)
    document = dump_ruleset(default_ruleset())
    document["rules"][0]["split"]["max_parcels"] = 1
    draft = save_draft(document=document, actor=MARIE)
    return Shop(*(each.number for each in (plain, refused, parked, held, split)), str(first.pk), str(draft.pk))


def pages_of(shop: Shop) -> list[str]:
    return [
        "/",
        "/orders/",
        "/orders/?alert=late&status=TO_PREPARE&cols=external&cols=tags",
        "/orders/?q=nothing-like-that",
        *(f"/orders/{number}/" for number in shop[:5]),
        f"/orders/{shop.plain}/technical/",
        *(f"/orders/{shop.plain}/{act}/" for act in ("hold", "reroute", "force", "cancel")),
        f"/orders/{shop.held}/release/",
        "/rules/",
        f"/rules/{shop.live_rules}/",
        f"/rules/{shop.draft}/edit/",
        f"/rules/{shop.draft}/publish/",
        f"/rules/compare/?before={shop.live_rules}&after={shop.draft}",
        f"/rules/try/?order={shop.split}&version={shop.draft}",
    ]


@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_pages_are_accessible_and_fit(open_browser, shop, language, size):
    page = open_browser(language=language, size=size)
    for path in pages_of(shop):
        page.goto(path)
        assert_axe_clean(page)
        assert_targets(page)
        assert_fits(page)


def test_what_opens_is_accessible(open_browser, shop):
    page = open_browser()
    page.goto(f"/orders/{shop.split}/")
    page.locator("#technical > summary").click()
    page.wait_for_selector("#technical pre")
    assert_axe_clean(page)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('#technical') !== null")
    for summary in page.locator("main details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()
    assert_axe_clean(page)

    page.goto("/orders/")
    page.locator("[data-check]").first.check()
    assert_axe_clean(page)
    page.locator(".bt-bulk button[value=cancel]").click()
    page.wait_for_selector("text=1 row is selected.")
    assert_axe_clean(page)
    page.goto("/")
    page.locator("#hours-table").click()
    assert_axe_clean(page)


def test_an_order_is_found_read_and_held_by_keyboard_alone(open_browser, live, shop):
    page = open_browser("MANAGER")
    page.goto("/orders/")
    page.keyboard.press("/")
    page.keyboard.type(shop.plain[-6:])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{shop.plain}/")
    assert "Rennes Le Bastard: the closest of the" in page.locator(".bt-decision .bt-say").first.inner_text()

    tab_to(page, "Hold…")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hold/")
    tab_to(page, "Reason", tag="SELECT")
    page.keyboard.type("Fraud")
    page.keyboard.press("Tab")
    page.keyboard.type("two cards")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{shop.plain}/")

    assert page.locator(".bt-toast").inner_text().startswith("The order is on hold.")
    assert "On hold: Fraud check. two cards." in page.locator(".bt-banner-warn").inner_text()
    tab_to(page, "Note", tag="TEXTAREA")
    page.keyboard.type("Called the bank.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#timeline >> text=Called the bank.")
    with tenant_scope(live.tenant.pk):
        assert Order.objects.get(number=shop.plain).status == "HELD"


def tab_to(page, name: str, *, tag: str = "A", most: int = 60) -> None:
    """Press Tab until the control of that name has the focus, which must be visible."""
    for _step in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const e = document.activeElement; const label = e.labels?.[0] ?? e;
            return [e.tagName, (e.ariaLabel || label.textContent || "").trim(), getComputedStyle(e).outlineStyle]; }"""
        )
        if found[0] == tag and found[1].startswith(name):
            assert found[2] != "none", found
            return
    raise AssertionError(f"Tab never reached {name}.")


def test_counters_filter_and_the_selection_acts(open_browser, live, shop):
    page = open_browser("MANAGER")
    page.goto("/orders/")
    page.locator(".bt-counter", has_text="Unroutable").click()
    page.wait_for_url("**status=UNROUTABLE")
    expect(page.locator("[data-row]")).to_have_count(1)
    assert page.locator(".bt-counter", has_text="Unroutable").get_attribute("aria-current") == "true"
    page.locator(".bt-counter", has_text="Unroutable").click()
    expect(page.locator("[data-row]")).to_have_count(5)

    page.locator("[data-check-all]").check()
    page.locator(".bt-bulk button[value=hold]").click()
    page.locator("button.btn-primary").click()
    page.wait_for_url("**/orders/results/")

    assert "4 done, 1 refused" in page.locator(".bt-head").inner_text()
    with tenant_scope(live.tenant.pk):
        assert set(Order.objects.values_list("status", flat=True)) == {"HELD"}


def test_two_people_do_not_overwrite_each_other(open_browser, live, shop):
    page = open_browser("MANAGER")
    page.goto(f"/orders/{shop.plain}/reroute/")
    page.get_by_label("Reason").fill("closed for works")
    with tenant_scope(live.tenant.pk):
        work = FulfilmentOrder.objects.get(order__number=shop.plain)
        accept(fulfilment_id=work.pk, now=timezone.now(), actor=Actor("PERSON", "2", "Hugo Lemaire"))

    page.get_by_role("button", name="Reroute").click()

    page.wait_for_selector("text=Hugo Lemaire changed this")
    assert_axe_clean(page)
    assert page.get_by_label("Reason").input_value() == "closed for works"
    page.get_by_role("button", name="Do it all the same").click()
    page.wait_for_url(f"**/orders/{shop.plain}/")
    assert "Nantes Crébillon" in page.locator(".bt-card h2").first.inner_text()


def test_a_draft_is_ranked_tried_and_published_by_keyboard(open_browser, live, shop):
    page = open_browser("MANAGER")
    page.goto(f"/rules/{shop.draft}/edit/")
    tab_to(page, "Move Distance up", tag="BUTTON")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#rule-0$"))
    assert page.locator(".bt-crit b").all_inner_texts()[0] == "Distance"

    tab_to(page, "Number of an order", tag="INPUT")
    page.keyboard.type(shop.split)
    page.keyboard.press("Enter")
    page.wait_for_selector("#trial-result .bt-decision")
    assert "What would become of" in page.locator("#trial-result").inner_text()
    assert_axe_clean(page)

    page.goto(f"/rules/{shop.draft}/publish/")
    tab_to(page, "Reason", tag="INPUT")
    page.keyboard.type("closest first")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/")
    with tenant_scope(live.tenant.pk):
        published = RulesetVersion.objects.get(state="PUBLISHED")
    assert str(published.pk) == shop.draft
    assert published.document["rules"][0]["ranking"][0]["by"] == "distance"


def test_the_main_acts_work_without_javascript(open_browser, live, shop):
    page = open_browser("MANAGER", javascript=False)
    page.goto("/orders/?alert=late")
    page.get_by_role("link", name=shop.refused).click()
    page.get_by_role("link", name="Hold…").click()
    page.get_by_label("Note").fill("no script")
    page.get_by_role("button", name="Hold").click()
    assert "no script" in page.locator(".bt-banner-warn").first.inner_text()

    page.goto(f"/rules/{shop.draft}/edit/")
    page.get_by_label("Parcels at most").fill("2")
    page.get_by_role("button", name="Move Distance up").click()
    page.get_by_label("Number of an order").fill(shop.split)
    page.get_by_role("button", name="Try").click()
    expect(page.locator(".bt-decision")).to_have_count(1)
    with tenant_scope(live.tenant.pk):
        draft = RulesetVersion.objects.get(pk=shop.draft)
    assert draft.document["rules"][0]["split"]["max_parcels"] == 2


def test_home_refreshes_by_itself_keeps_the_focus_and_can_be_paused(open_browser, live, shop):
    page = open_browser("MANAGER")
    page.goto("/")
    figure = page.locator("#web-received")
    before = int(figure.inner_text())
    figure.focus()
    with tenant_scope(live.tenant.pk):
        now = timezone.now()
        channel = Order.objects.first().channel
        cup = make_sku("CUP")
        place_orders(orders=[new_order(channel, (cup, 1), now=now)], now=now)

    page.evaluate("htmx.trigger('#home-board', 'tick')")

    expect(page.locator("#web-received")).to_have_text(str(before + 1))
    assert page.evaluate("document.activeElement.id") == "web-received"
    pause = page.get_by_role("button", name="Pause updates")
    pause.click()
    assert pause.get_attribute("aria-pressed") == "true"
    page.locator("#kpi-unroutable").click()
    page.wait_for_url("**/orders/?status=UNROUTABLE")
    assert page.locator("[data-row]").count() == 2


def test_a_chart_wider_than_its_box_opens_at_the_present(open_browser, shop):
    page = open_browser(size=PHONE)
    page.goto("/")
    # Half a day fits: wherever the clock stands, one of these hours is out of sight at first.
    place = """hour => {
        const [box, now] = [".bt-chart-box", ".bt-now"].map(each => document.querySelector(each));
        now.setAttribute("x1", hour * box.querySelector("svg").viewBox.baseVal.width / 24);
        now.setAttribute("x2", now.getAttribute("x1"));
        box.scrollLeft = 0;
        window.dispatchEvent(new Event("resize"));
        return now.getBoundingClientRect().left <= box.getBoundingClientRect().right;
    }"""

    assert [page.evaluate(place, hour) for hour in (1, 12, 18, 23)] == [True] * 4


def test_the_palette_acts_on_the_open_order(open_browser, live: Live, shop):
    page = open_browser("MANAGER")
    page.goto(f"/orders/{shop.plain}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("reroute")
    page.wait_for_selector('[role="option"]:has-text("Reroute")')
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/orders/{shop.plain}/reroute/")
    page.keyboard.press("Control+k")
    page.keyboard.type(shop.held)
    page.wait_for_selector(f'[role="option"]:has-text("{shop.held[-6:]}")')
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{shop.held}/")
