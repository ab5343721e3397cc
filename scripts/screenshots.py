"""`make screenshots`: pictures of every screen of a running demo, both languages and themes, desktop and phone.

Start `make demo` first, with the same BATON_HOME; pictures go to screenshots/.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "screenshots"
OFFICE = {
    "home": "/",
    "orders": "/orders/",
    "stock": "/stock/",
    "movements": "/stock/movements/",
    "views": "/views/",
    "locations": "/locations/",
    "rules": "/rules/",
    "channels": "/channels/",
    "dead-letters": "/events/dead-letters/",
    "people": "/settings/",
    "keys": "/settings/keys/",
    "audit": "/settings/audit/",
}
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 360, "height": 740}}


def main() -> int:
    """Take every picture; the answer is 1 without a running demo or a browser."""
    found = Path(os.environ.get("BATON_HOME") or ROOT / ".baton") / "demo.json"
    chromium = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found.exists() or chromium is None:
        print(
            "Start `make demo` first." if not found.exists() else "There is no Chromium; set CHROME_PATH.",
            file=sys.stderr,
        )
        return 1
    demo = json.loads(found.read_text())
    FOLDER.mkdir(exist_ok=True)
    flags = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        *(["--no-sandbox"] if os.getuid() == 0 else []),
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        count = sum(
            _visit(browser, demo, language, theme, size)
            for language in ("fr", "en")
            for theme in ("light", "dark")
            for size in SIZES
        )
    print(f"{count} pictures in {FOLDER.name}/")
    return 0


def _visit(browser: Browser, demo: dict[str, Any], language: str, theme: str, size: str) -> int:
    context = browser.new_context(viewport=SIZES[size], color_scheme=theme, locale=language)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)
    name = f"{language}-{theme}-{size}"
    logins = demo["tenants"][0]["logins"]
    _picture(page, demo["url"] + "/account/login/", f"{name}-sign-in")
    _sign_in(page, demo["url"], logins["owner"], language)
    for screen, path in OFFICE.items():
        _picture(page, demo["url"] + path, f"{name}-{screen}")
    page.goto(demo["url"] + "/orders/")
    order = page.get_attribute("a[href*='/orders/CMD-']", "href")
    _picture(page, f"{demo['url']}{order}", f"{name}-order")
    context.clear_cookies()
    _sign_in(page, demo["url"], logins["store_staff"], language)
    _picture(page, demo["url"] + "/store/", f"{name}-store")
    context.close()
    return len(OFFICE) + 3


def _sign_in(page: Page, url: str, login: dict[str, str], language: str) -> None:
    page.goto(f"{url}/account/login/")
    page.fill("input[name=login]", login["email"])
    page.fill("input[name=password]", login["password"])
    page.click("form button[type=submit]")
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """language => document.querySelector(`[name="language"][value="${language}"]`)?.click()""",
        language,
    )
    page.wait_for_load_state("networkidle")


def _picture(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True)


if __name__ == "__main__":
    sys.exit(main())
