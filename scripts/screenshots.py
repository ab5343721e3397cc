"""`make screenshots`: pictures of every screen of a running demo, in both languages and themes, on desktop and phone.

Start `make demo` first, with the same BATON_HOME; pictures go to screenshots/. Names given as arguments choose screens.
What is wider than the screen is named, and makes the exit code 1.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "screenshots"
DESKTOP, PHONE, SMALL_PHONE = (1440, 900), (390, 844), (360, 740)
OVERFLOWING = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# A table may scroll sideways on a phone; on a desk it must not have to, unless it has a column for each location.
WIDE_TABLES = (
    "[...document.querySelectorAll('.bt-scroll-s, .bt-scroll')]"
    ".some(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && !e.querySelector('.bt-matrix'))"
)

# Until what has changed is on the screen.
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass(frozen=True)
class Screen:
    """One page: an address, or the first link on another page that a selector finds."""

    name: str
    path: str
    link: str = ""
    then: str = ""


OFFICE = (
    Screen("home", "/"),
    Screen("orders", "/orders/"),
    Screen("orders-none", "/orders/?q=nothing-like-that"),
    Screen("order-shipped", "/orders/?status=SHIPPED", "tbody a[href^='/orders/CMD-']"),
    Screen("order-unroutable", "/orders/?status=UNROUTABLE", "tbody a[href^='/orders/CMD-']"),
    Screen("order-prepare", "/orders/?status=TO_PREPARE", "tbody a[href^='/orders/CMD-']"),
    Screen("order-technical", "/orders/?status=TO_PREPARE", "tbody a[href^='/orders/CMD-']", "technical/"),
    Screen("order-hold", "/orders/?status=TO_PREPARE", "tbody a[href^='/orders/CMD-']", "hold/"),
    Screen("order-reroute", "/orders/?status=TO_PREPARE", "tbody a[href^='/orders/CMD-']", "reroute/"),
    Screen("order-force", "/orders/?status=TO_PREPARE", "tbody a[href^='/orders/CMD-']", "force/"),
    Screen("order-cancel", "/orders/?status=TO_PREPARE", "tbody a[href^='/orders/CMD-']", "cancel/"),
    Screen("stock", "/stock/"),
    Screen("stock-days", "/stock/?mode=cover"),
    Screen("stock-levels", "/stock/levels/"),
    Screen("stock-paste", "/stock/paste/"),
    Screen("sku", "/stock/levels/", "tbody a[href^='/stock/']"),
    Screen("sku-kit", "/stock/TENUE-OUE-MAR-M/"),
    Screen("sku-prepacked", "/stock/COFFRET-OUE-MAR-M/"),
    Screen("sku-composition", "/stock/TENUE-OUE-MAR-M/kit/"),
    Screen("stock-cell", "/stock/", "tbody a[data-cell]"),
    Screen("buffers", "/stock/buffers/"),
    Screen("buffer", "/stock/buffers/", "tbody a[href^='/stock/buffers/']"),
    Screen("buffer-new", "/stock/buffers/new/"),
    Screen("imports", "/stock/imports/"),
    Screen("import-new", "/stock/imports/new/"),
    Screen("import", "/stock/imports/", "tbody a[href^='/stock/imports/']"),
    Screen("import-limits", "/stock/imports/limits/"),
    Screen("valuation", "/stock/valuation/"),
    Screen("movements", "/stock/movements/"),
    Screen("purchase-orders", "/purchase-orders/"),
    Screen("purchase-order", "/purchase-orders/", "tbody a[href^='/purchase-orders/']"),
    Screen("purchase-order-new", "/purchase-orders/new/"),
    Screen("transfers", "/transfers/"),
    Screen("transfer", "/transfers/", "tbody a[href^='/transfers/']"),
    Screen("transfer-new", "/transfers/new/"),
    Screen("proposals", "/transfers/proposals/"),
    Screen("counts", "/counts/"),
    Screen("count", "/counts/", "tbody a[href^='/counts/']"),
    Screen("count-new", "/counts/new/"),
    Screen("count-proposals", "/counts/proposals/"),
    Screen("shrinkage", "/counts/shrinkage/"),
    Screen("views", "/views/"),
    Screen("view", "/views/", "tbody a[href^='/views/edit/']"),
    Screen("view-new", "/views/new/"),
    Screen("locations", "/locations/"),
    Screen("location", "/locations/", "tbody a[href^='/locations/']"),
    Screen("location-new", "/locations/new/"),
    Screen("rules", "/rules/"),
    Screen("rules-version", "/rules/", "main tbody a[href^='/rules/']"),
    Screen("rules-editor", "/rules/", "main a[href$='/edit/']"),
    Screen("rules-publish", "/rules/", "main a[href$='/edit/']", "../publish/"),
    Screen("rules-try", "/rules/try/"),
    Screen("channels", "/channels/"),
    Screen("channel", "/channels/", "tbody a[href^='/channels/']"),
    Screen("channel-listings", "/channels/", "tbody a[href^='/channels/']", "listings/"),
    Screen("channel-parked", "/channels/", "tbody a[href^='/channels/']", "parked/"),
    Screen("channel-exchanges", "/channels/", "tbody a[href^='/channels/']", "exchanges/"),
    Screen("channel-settings", "/channels/", "tbody a[href^='/channels/']", "settings/"),
    Screen("channel-choose", "/channels/new/"),
    Screen("channel-new", "/channels/new/woocommerce/"),
    Screen("dead-letters", "/events/dead-letters/"),
    Screen("people", "/settings/"),
    Screen("member", "/settings/", "main tbody a[href^='/settings/']"),
    Screen("keys", "/settings/keys/"),
    Screen("audit", "/settings/audit/"),
    Screen("safety", "/settings/safety/"),
    Screen("invariants", "/settings/invariants/"),
    Screen("shortcuts", "/shortcuts/"),
    Screen("palette", "/palette/?q=rennes"),
    Screen("sessions", "/account/sessions/"),
    Screen("second-factor", "/account/2fa/"),
    Screen("password", "/account/password/change/"),
    Screen("absent", "/no/such/page/"),
    Screen("styleguide", "/styleguide/"),
)
STRANGER = (Screen("sign-in", "/account/login/"), Screen("password-reset", "/account/password/reset/"))
STORE = (
    Screen("store-accept", "/store/"),
    Screen("store-pick", "/store/", "a[href$='/pick/']"),
    Screen("store-ready", "/store/", "a[href$='/ready/']"),
    Screen("store-job", "/store/", "main a[href*='/jobs/']:not([href$='refuse/'])"),
    Screen("store-refuse", "/store/", "a[href$='/refuse/']"),
    Screen("store-desk", "/store/", "a[href$='/desk/']"),
    Screen("handling", "/store/", "a[href^='/handling/']"),
)


def main(names: Sequence[str]) -> int:
    """Take the pictures; the answer is 1 without a running demo or a browser, or where something is too wide."""
    found = Path(os.environ.get("BATON_HOME") or ROOT / ".baton") / "demo.json"
    names_of_it = ("chromium-headless-shell", "chromium", "google-chrome")
    chromium = os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, names_of_it)), None)
    if not found.exists() or chromium is None:
        why = "There is no Chromium; set CHROME_PATH." if found.exists() else "Start `make demo` first."
        print(why, file=sys.stderr)
        return 1
    demo = json.loads(found.read_text())
    FOLDER.mkdir(exist_ok=True)
    root = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu", "--no-first-run", *root])
        complaints = [each for language in ("fr", "en") for each in _visit(browser, demo, language, set(names))]
    print(*complaints, f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.name}/", sep="\n")
    return 1 if complaints else 0


def _visit(browser: Browser, demo: dict[str, Any], language: str, names: set[str]) -> Iterator[str]:
    logins = demo["tenants"][0]["logins"]
    groups = ((STRANGER, "", PHONE), (OFFICE, "owner", PHONE), (STORE, "store_staff", SMALL_PHONE))
    for screens, role, phone in groups:
        wanted = [screen for screen in screens if not names or screen.name in names]
        if not wanted:
            continue
        context = browser.new_context(base_url=demo["url"], locale=language, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(60_000)
        if role:
            _sign_in(page, logins[role], language)
        for screen in wanted:
            if _open(page, screen):
                yield from _pictures(page, f"{screen.name}-{language}", phone)
            else:
                print(f"{screen.name}: there is none in this demo.")
        context.close()


def _sign_in(page: Page, login: dict[str, str], language: str) -> None:
    page.goto("/account/login/")
    page.fill("input[name=login]", login["email"])
    page.fill("input[name=password]", login["password"])
    page.locator("form.bt-card button.btn-primary").click()
    page.wait_for_url(lambda url: "/account/login/" not in url)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    page.request.post("/language/", form={"language": language, "csrfmiddlewaretoken": token or "", "next": "/"})


def _open(page: Page, screen: Screen) -> bool:
    page.goto(screen.path)
    if not screen.link:
        return True
    target = page.locator(screen.link).first
    if not target.count():
        return False
    address = (target.get_attribute("href") or "") + screen.then
    page.goto(address)
    return True


def _pictures(page: Page, name: str, phone: tuple[int, int]) -> Iterator[str]:
    """Both themes and both sizes of one page load; the theme follows the device."""
    for size, (width, height) in {"desktop": DESKTOP, "phone": phone}.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a loop's variable is no literal
            page.evaluate(PAINTED)
            page.screenshot(path=FOLDER / f"{name}-{size}-{theme}.png", full_page=True)
        if (wide := page.evaluate(OVERFLOWING)) > 0:
            yield f"{name}-{size}: {wide} px too wide"
        if size == "desktop" and page.evaluate(WIDE_TABLES):
            yield f"{name}-{size}: a table scrolls sideways"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
