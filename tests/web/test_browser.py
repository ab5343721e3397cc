"""In a real Chromium: no accessibility violation, nothing wider than the screen, keyboard, and life without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from oms.tenancy.context import tenant_scope
from oms.tenancy.services import audit
from oms.tenancy.types import SYSTEM
from tests.web.browser import DESKTOP, PHONE, TABLET, assert_axe_clean, assert_fits, assert_targets

pytestmark = pytest.mark.browser
LIST = "/test/audit/"
OUTSIDE = ["/account/login/", "/account/password/reset/", "/account/password/reset/done/", "/no/such/page/"]
INSIDE = [
    LIST,
    f"{LIST}?kind=order&kind=tenant&cols=at&cols=kind",
    f"{LIST}?q=nothing-like-that",
    "/test/keys/",
    "/styleguide/",
    "/palette/?q=theme",
    "/shortcuts/",
    "/account/2fa/",
    "/account/sessions/",
    "/account/password/change/",
    "/account/logout/",
    "/no/such/page/",
]


@pytest.fixture
def rows(live):
    with tenant_scope(live.tenant.pk):
        for number in range(12):
            audit(action="row.made", object_type="order", object_id=f"CMD-2026-{number:06}", actor=SYSTEM)


@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_pages_for_strangers_are_accessible(open_browser, language, size):
    page = open_browser(role=None, language=language, size=size)
    for path in OUTSIDE:
        page.goto(path)
        assert_axe_clean(page)
        assert_fits(page)


@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_pages_are_accessible_and_fit(open_browser, rows, language, size):
    page = open_browser(language=language, size=size)
    for path in INSIDE:
        page.goto(path)
        assert_axe_clean(page)
        assert_fits(page)
        assert_targets(page)
        if size == DESKTOP:
            page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
            assert_fits(page)
            page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def test_what_opens_is_accessible(open_browser, rows):
    page = open_browser()
    page.goto(f"{LIST}?kind=order")
    for summary in page.locator("details.bt-drop > summary").all():
        summary.click()
        assert_axe_clean(page)
        page.keyboard.press("Escape")
    page.locator("[data-check]").first.check()
    assert_axe_clean(page)
    page.keyboard.press("Control+k")
    page.wait_for_selector('[role="option"]')
    assert_axe_clean(page)


WRITE = """colour => {
    const line = document.createElement("p");
    line.textContent = "Seen by night";
    line.style.color = colour;
    document.querySelector("main").append(line);
}"""


def test_what_is_illegible_in_the_other_theme_alone_is_found_each_time(browser_page):
    browser_page.goto("/shortcuts/")
    browser_page.evaluate(WRITE, "light-dark(#000, #eee)")
    assert_axe_clean(browser_page)
    browser_page.evaluate(WRITE, "light-dark(#000, #333)")

    for _time in range(2):
        with pytest.raises(AssertionError, match=r"dark\ncolor-contrast: .*\n    .*Seen by night"):
            assert_axe_clean(browser_page)


def test_the_list_is_worked_by_keyboard_alone(open_browser, rows):
    page = open_browser()
    page.goto(LIST)
    page.keyboard.press("/")
    page.keyboard.type("CMD-2026-000003")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=CMD-2026-000003"))
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("#live")).to_have_text("1 row")
    assert page.evaluate("document.activeElement.id") == "list-audit-q"

    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("x")

    assert page.locator("[data-selected]").inner_text() == "1 selected"
    assert page.locator(".bt-bulk").is_visible()


def test_single_letters_do_nothing_when_switched_off(open_browser, live, rows):
    page = open_browser()
    live.person().shortcuts = False
    live.person().save()
    page.goto(LIST)
    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.id") != "list-audit-q"


def test_shift_selects_a_range_and_the_head_selects_the_page(browser_page, rows):
    browser_page.goto(LIST)
    boxes = browser_page.locator("[data-check]")
    boxes.nth(0).check()
    boxes.nth(3).click(modifiers=["Shift"])
    assert browser_page.locator("[data-selected]").inner_text() == "4 selected"

    browser_page.locator("[data-check-all]").check()
    assert browser_page.locator("[data-selected]").inner_text() == "5 selected"


def test_filters_change_the_address_and_back_undoes_them(browser_page, rows):
    browser_page.goto(LIST)
    browser_page.locator("[data-filter-panel] > summary").click()
    browser_page.locator(".bt-filter > summary", has_text="Kind").click()
    browser_page.get_by_label("Order").check()
    browser_page.get_by_role("button", name="Apply").first.click()
    browser_page.wait_for_selector(".bt-chip b")
    assert browser_page.url.endswith(f"{LIST}?kind=order")

    browser_page.go_back()
    browser_page.wait_for_load_state()
    expect(browser_page.locator(".bt-chip b")).to_have_count(0)
    assert browser_page.url.endswith(LIST)


def test_the_palette_goes_to_a_page_and_closes(browser_page):
    browser_page.goto(LIST)
    browser_page.keyboard.press("Control+k")
    browser_page.keyboard.type("keyboard")
    browser_page.wait_for_selector('[role="option"] >> text=Keyboard shortcuts')
    field = browser_page.locator("#palette-input")
    assert field.get_attribute("aria-activedescendant") == browser_page.locator('[aria-selected="true"]').get_attribute(
        "id"
    )

    browser_page.keyboard.press("Escape")
    assert not browser_page.locator("#palette").is_visible()

    browser_page.keyboard.press("Control+k")
    browser_page.wait_for_selector('[role="option"] >> text=Keyboard shortcuts')
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_url("**/shortcuts/")


def test_the_palette_switches_the_theme(browser_page):
    browser_page.goto(LIST)
    browser_page.keyboard.press("Control+k")
    browser_page.keyboard.type("dark")
    browser_page.wait_for_selector('[role="option"] >> text=Dark theme')
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_selector('html[data-bs-theme="dark"]')

    assert browser_page.url.endswith(LIST)


def test_auto_follows_the_device(open_browser):
    page = open_browser(role=None, theme="dark")
    page.goto("/account/login/")

    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_a_countdown_ignores_the_clock_of_the_device(open_browser):
    page = open_browser()
    page.add_init_script("const real = Date.now; Date.now = () => real() + 3600000;")
    page.goto("/styleguide/")
    before = page.locator(".bt-cd-soon b").first.inner_text()
    page.wait_for_timeout(1500)

    assert before == page.locator(".bt-cd-soon b").first.inner_text() == "32 min"


def test_a_countdown_turns_late_by_itself(open_browser):
    page = open_browser()
    page.goto("/styleguide/")
    page.evaluate("""() => { const cd = document.querySelector('.bt-cd-soon'); const copy = cd.cloneNode(true);
        copy.dataset.left = '1'; copy.id = 'copy'; cd.after(copy); }""")
    page.wait_for_selector("#copy.bt-cd-late")

    assert page.locator("#copy b").inner_text().endswith("late")


def test_without_javascript_the_list_works(open_browser, rows):
    page = open_browser(javascript=False)
    page.goto(LIST)
    page.locator("[data-filter-panel] > summary").click()
    page.locator(".bt-filter > summary", has_text="Kind").click()
    page.get_by_label("Order").check()
    page.get_by_role("button", name="Apply").first.click()
    page.wait_for_url("**kind=order**")

    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**after=**")
    expect(page.locator("[data-row]")).to_have_count(5)

    page.locator("[data-check]").first.check()
    page.get_by_role("button", name="Mark").click()
    expect(page.get_by_text("Mark: done for 1 row.")).to_be_visible()


def test_without_javascript_menus_and_preferences_work(open_browser):
    page = open_browser(javascript=False, size=PHONE)
    page.goto(LIST)
    page.locator(".bt-menu").click()
    assert page.locator("#side").is_visible()
    page.keyboard.press("Escape")
    page.locator(".bt-top details summary").click()
    page.get_by_role("button", name="Français").click()

    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_an_answer_that_never_comes_is_said(open_browser, rows):
    page = open_browser(watch=False)
    page.goto(LIST)
    page.route("**/test/audit/**", lambda route: route.abort())
    page.locator(".bt-views a").nth(1).click()

    page.wait_for_selector(".bt-toast-bad")
    assert "did not answer" in page.locator(".bt-toast-bad").inner_text()
