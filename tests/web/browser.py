"""A real Chromium on a live server, for tests of pages: `browser_page`, `open_browser`, `live`, `assert_axe_clean`.

Where no Chromium can be had the tests that need it are skipped and say so. CHROME_PATH names another binary.
Import the fixtures into the conftest of a folder that uses them. Wait with `expect(locator)`, never with
`page.wait_for_function`: from its second try on that one evaluates a string, which our content policy refuses.
"""

from __future__ import annotations

import functools
import os
import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import expect, sync_playwright
from whitenoise import WhiteNoise

from oms.tenancy.context import tenant_scope
from oms.tenancy.middleware import SESSION_KEY
from oms.tenancy.services import add_member, create_person, create_tenant
from oms.tenancy.types import SYSTEM
from tests.support import empty_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from oms.tenancy.models import Tenant, User

PASSWORD = "correct horse battery staple"
FLAGS = [
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
DESKTOP, TABLET, PHONE = (1440, 900), (768, 1024), (390, 844)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Axe parses the same few colours for every word of a page, a quarter of its price: once each will do.
AXE = (
    AXE_SCRIPT
    + """;(() => {
    const { prototype } = axe.commons.color.Color, { parseString } = prototype, known = new Map();
    prototype.parseString = function (text) {
        if (!known.has(text)) {
            const { r, g, b, alpha } = parseString.call(new axe.commons.color.Color(), text);
            known.set(text, { r, g, b, alpha });
        }
        return Object.assign(this, known.get(text));
    };
})()"""
)
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
# Marks the first element of each kind that is drawn in colours, on a ground and in a size that are not known yet.
DRAWN_ANEW = """known => {
    const grounds = new Map([[null, ""]]), kinds = new Set(known), anew = [];
    const ground = element => {
        if (!grounds.has(element)) {
            const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(element);
            const own = [backgroundColor, backgroundImage, opacity, filter].join();
            grounds.set(element, own === "rgba(0, 0, 0, 0),none,1,none" ? ground(element.parentElement) : own + ground(element.parentElement));
        }
        return grounds.get(element);
    };
    for (const each of document.querySelectorAll("[data-drawn-anew]")) each.removeAttribute("data-drawn-anew");
    for (const element of document.body.querySelectorAll("*")) {
        const written = element.matches("input, select, textarea") || [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!written || !element.checkVisibility()) continue;
        const { color, fontSize, fontWeight, textShadow, textDecorationLine } = getComputedStyle(element);
        const around = getComputedStyle(element.parentElement).color;
        const kind = [element.tagName, color, around, fontSize, fontWeight, textShadow, textDecorationLine, ground(element)].join();
        if (kinds.has(kind)) continue;
        kinds.add(kind);
        anew.push(kind);
        element.setAttribute("data-drawn-anew", "");
    }
    return anew;
}"""
# What axe has found legible so.
_LEGIBLE: set[str] = set()
# The stylesheets, by address, that axe has found to lock no orientation.
_READ: set[tuple[str | None, ...]] = set()


def find_chromium() -> str | None:
    """The browser to drive, or None."""
    wanted = os.environ.get("CHROME_PATH", "")
    # The shell is the same browser without windows: it draws the same pages for a third less work.
    for name in (
        wanted,
        "chromium-headless-shell",
        "/usr/bin/chromium",
        "chromium",
        "chromium-browser",
        "google-chrome",
    ):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


class Server(ThreadedWSGIServer):
    """Lets as many callers knock at once as a real one does."""

    request_queue_size = 128

    def serve_forever(self, poll_interval: float = 0.02) -> None:
        """Stops as soon as it is told to: by itself it would look twice a second."""
        super().serve_forever(poll_interval)


def serve_files(application: Any) -> WhiteNoise:
    """Static files as in production, read once: Django's handler seeks each of them in every folder, for every page."""
    server = WhiteNoise(application)
    server.files = _static_files()
    return server


@functools.cache
def _static_files() -> dict[str, Any]:
    found = WhiteNoise(None)
    for finder in get_finders():
        for path, storage in finder.list([]):
            found.add_file_to_dictionary(settings.STATIC_URL + path, storage.path(path))
    return found.files


@dataclass
class Live:
    """The running server, with one tenant whose people can sign in."""

    url: str
    tenant: Tenant
    people: dict[str, User] = field(default_factory=dict)

    def person(self, role: str = "OWNER", *, language: str = "en") -> User:
        """A person of that role and language; made once."""
        key = f"{role}-{language}".lower()
        if key not in self.people:
            user = create_person(
                email=f"{key}@{self.tenant.slug}.example", name="Marie Le Goff", password=PASSWORD, language=language
            )
            with tenant_scope(self.tenant.pk):
                add_member(user=user, role=role, actor=SYSTEM)
            self.people[key] = user
        return self.people[key]


@pytest.fixture
def live(django_db_setup, django_db_blocker) -> Iterator[Live]:
    """A server with committed data, which is removed afterwards. Make more data with tenant_scope(live.tenant.pk)."""
    with django_db_blocker.unblock():
        thread = LiveServerThread("127.0.0.1", serve_files, port=0)
        thread.server_class = Server
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        try:
            yield Live(
                f"http://127.0.0.1:{thread.port}", create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM)
            )
        finally:
            thread.terminate()
            for alias in ("default", "platform"):
                connections[alias].close()
            empty_database()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole session."""
    path = find_chromium()
    if path is None:
        pytest.skip("No Chromium: install chromium-headless-shell or chromium, or set CHROME_PATH.")
    # Playwright's loop stays in the thread of the tests until the session ends; Django would refuse to work beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *root])
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium, live) -> Iterator[Callable[..., Page]]:
    """Open a page: `open_browser(role="OWNER", language="fr", theme="dark", size=PHONE, javascript=False)`.

    With a role the person is signed in. What breaks the content policy or throws in a script fails the test,
    unless `watch` is False.
    """
    contexts, faults = [], []

    def open_one(
        role: str | None = "OWNER",
        *,
        language: str = "en",
        theme: str = "light",
        size: tuple[int, int] = DESKTOP,
        javascript: bool = True,
        watch: bool = True,
    ) -> Page:
        context = chromium.new_context(
            base_url=live.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        if watch:
            page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
            page.on("console", lambda message: _note(faults, page, message))
        if role:
            context.add_cookies([session_of(live, live.person(role, language=language))])
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


def _note(faults: list[str], page: Page, message: Any) -> None:
    if message.type == "error" and "Failed to load resource" not in message.text:
        faults.append(f"{page.url}: {message.text}")


@pytest.fixture
def browser_page(open_browser) -> Page:
    """A desktop page, signed in as an owner who reads English."""
    return open_browser()


def session_of(live: Live, user: User) -> Any:
    """The cookie of a person who has just signed in, without the two pages of doing it."""
    client = Client()
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = str(live.tenant.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "email": user.email}]
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live.url}


def sign_in(page: Page, user: User) -> None:
    """As a person does it."""
    page.goto("/account/login/")
    page.get_by_role("textbox").first.fill(user.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("form.bt-card button.btn-primary").click()
    page.wait_for_load_state()
    assert "/account/login/" not in page.url, page.locator("main").inner_text()


# False where a field has the focus: made-up keys would write nothing into it.
QUICK_KEYS = """code => {
    if (document.activeElement.matches("input, textarea, select")) return false;
    const options = { bubbles: true, cancelable: true };
    const keys = [...code, "Enter"].flatMap(key => ["keydown", "keyup"].map(type => new KeyboardEvent(type, { key, ...options })));
    for (const each of keys) document.activeElement.dispatchEvent(each);
    return true;
}"""


def scan(page: Page, code: str) -> None:
    """As a hardware scanner does: quick keys and Enter, wherever the focus is; a busy machine would type them slowly.

    Nobody scans before the page is there: its scripts listen from its end on.
    """
    page.wait_for_load_state()
    # One look and act: a page may focus its field at any moment.
    if not page.evaluate(QUICK_KEYS, code):
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def assert_axe_clean(page: Page) -> None:
    """No violation of WCAG 2.2 AA or of axe's good practice, in both themes: the second one only changes colours."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    seen = page.locator("html").get_attribute("data-bs-theme")
    other = "light" if seen == "dark" else "dark"
    # Axe reads every stylesheet anew for one rule about them, at half the price of the whole: once is enough for the same ones.
    sheets = tuple(page.evaluate("[...document.styleSheets].map(sheet => sheet.href)"))
    _assert_rules(page, {"type": "tag", "values": WCAG}, stylesheets=sheets not in _READ)
    _READ.add(sheets)
    try:
        _turn(page, other)
        # What is drawn in the same colours on the same ground is as legible as the first of its kind was.
        drawn = page.evaluate(DRAWN_ANEW, list(_LEGIBLE))
        if drawn:
            _assert_rules(page, COLOUR_RULES, among="[data-drawn-anew]")
            _LEGIBLE.update(drawn)
    finally:
        _turn(page, seen)


def _turn(page: Page, theme: str) -> None:
    """Show the page in that theme; its script follows the system a moment later."""
    page.emulate_media(color_scheme=theme)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)


def _assert_rules(page: Page, rules: Any, *, stylesheets: bool = False, among: str = "html") -> None:
    found = page.evaluate(
        "([among, options]) => axe.run(among, options).then(results => results.violations)",
        [among, {"runOnly": rules, "resultTypes": ["violations"], "preload": stylesheets}],
    )
    broken = [
        f"{each['id']}: {each['help']}\n    " + "\n    ".join(node["html"][:160] for node in each["nodes"][:4])
        for each in found
    ]
    theme = page.locator("html").get_attribute("data-bs-theme")
    assert not broken, f"{page.url}, {theme}\n" + "\n".join(broken)


def assert_fits(page: Page) -> None:
    """The page is no wider than the screen."""
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen, f"{page.url} is {wide} px wide on a screen of {seen} px"


SMALL_TARGETS = """[...document.querySelectorAll("a, button, input, select, summary")]
    .filter(e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && e.type !== "checkbox" && e.type !== "radio")
    .filter(e => !e.closest("p, td, tbody th, dd, .bt-sr, .bt-skip, .bt-meta, .bt-banner, .bt-or") && getComputedStyle(e).display !== "inline")
    .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width && (r.height < LEAST || r.width < LEAST))
    .map(([e, r]) => `${Math.round(r.width)}x${Math.round(r.height)} ${e.outerHTML.slice(0, 120)}`)"""


def assert_targets(page: Page, *, least: int = 24) -> None:
    """Every control that is not part of a sentence or a table cell measures `least` px or more, both ways."""
    small = page.evaluate(SMALL_TARGETS.replace("LEAST", str(least)))
    assert not small, f"{page.url}\n" + "\n".join(small)
