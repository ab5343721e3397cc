"""The whole story in real browsers: two shops sell, the office sees and understands, the store prepares, both shops know.

Shops, messages and pages are HTTP; relay and scheduler are the real ones, each in a thread, and what they hand out is
done where it is handed out instead of by a worker.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from django.db import connections
from django.utils import timezone

from channels.services import create_connection
from channels.simulators.app import Options, build
from channels.simulators.server import Running
from oms.celery import app
from oms.events import relay, scheduler
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import add_member
from oms.tenancy.types import SYSTEM
from tests.e2e.test_store import CAP_EAN, MUG_EAN, PHONE, scan
from tests.factories import make_location, make_sku, make_stock
from tests.support import broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.web.browser import Live

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 40
SECRET = "signs the shops' messages"
STORE = "Nantes Crébillon"
SOLD = [
    {"sku": "MUG", "name": "Mug Groix", "price": 12.5, "barcode": MUG_EAN, "stock": 99},
    {"sku": "CAP", "name": "Cap Sein", "price": 29, "barcode": CAP_EAN, "stock": 99},
]
SETTINGS: dict[str, dict[str, Any]] = {
    "woocommerce": {"consumer_key": "ck_simulated", "consumer_secret": "cs_simulated", "webhook_secret": SECRET},
    "shopify": {
        "shop": "sim.myshopify.com",
        "access_token": "ck_simulated",
        "client_secret": SECRET,
        "location_id": "1",
    },
}
ADDRESS = {"woocommerce": "url", "shopify": "api_url"}
ANNE = {"first_name": "Anne", "last_name": "Le Bihan", "postcode": "44000", "city": "Nantes"}
YANN = {"first_name": "Yann", "last_name": "Morvan", "postcode": "44100", "city": "Nantes"}


class Shop:
    """A simulated shop, seen from its own side."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=30)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._client.post(path, json=body).raise_for_status().json()

    def sell(self, sku: str, quantity: int, **more: Any) -> None:
        lines = [{"sku": sku, "quantity": quantity}]
        self.post("/_sim/orders", {"lines": lines, "paid": True, "delivery": "ship", **more})

    def order(self) -> dict[str, Any]:
        (found,) = self._state()["orders"]
        return dict(found)

    def stock(self) -> tuple[int, int]:
        """Mugs and caps."""
        stock = self._state()["stock"]
        return stock["MUG"]["quantity"], stock["CAP"]["quantity"]

    def _state(self) -> dict[str, Any]:
        return dict(self._client.get("/_sim/state").raise_for_status().json())

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def shops(live: Live) -> Iterator[dict[str, Shop]]:
    """Both shops, connected, told by nobody yet; two stores have eight mugs each, one has five caps."""
    with tenant_scope(live.tenant.pk):
        nantes = make_location("NANTES", name=STORE, city="Nantes", postcode="44000", latitude=None)
        brest = make_location("BREST", name="Brest Siam", city="Brest", postcode="29200", latitude=None)
        mug, cap = (
            make_sku("MUG", name="Mug Groix", barcodes=[MUG_EAN]),
            make_sku("CAP", name="Cap Sein", barcodes=[CAP_EAN]),
        )
        for sku, place, units in ((mug, nantes, 8), (mug, brest, 8), (cap, nantes, 5)):
            make_stock(sku, place, units, now=timezone.now())
        add_member(user=live.person("STORE_STAFF"), role="STORE_STAFF", actor=SYSTEM, location_ids=[nantes.pk])
    with ExitStack() as stack:
        found = {kind: stack.enter_context(_shop(kind, live)) for kind in SETTINGS}
        stack.enter_context(_at_work())
        yield found


@contextmanager
def _shop(kind: str, live: Live) -> Iterator[Shop]:
    with Running(build(Options(kind=kind, seed=7, catalogue=SOLD, pickup_points=[STORE]))) as running:
        shop = Shop(running.url)
        settings = {**SETTINGS[kind], ADDRESS[kind]: running.url, "allow_private_addresses": True}
        with tenant_scope(live.tenant.pk):
            row = create_connection(kind=kind, name=f"Shop on {kind}", settings=settings, now=timezone.now())
        hook = f"{live.url}/hooks/{live.tenant.pk}/{row.pk}/{row.webhook_token}"
        shop.post("/_sim/webhooks", {"url": hook, "secret": SECRET})
        yield shop
        shop.close()


@contextmanager
def _at_work() -> Iterator[None]:
    """Relay and scheduler at work; a task is done by who hands it out."""
    stop = threading.Event()
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    threads = [
        threading.Thread(target=_alone, args=(relay.run, stop, {"poll_seconds": 0.1})),
        threading.Thread(target=_alone, args=(scheduler.run, stop, {"tick": 0.1})),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
        app.conf.task_always_eager = before


def _alone(run: Callable[..., None], stop: threading.Event, options: dict[str, float]) -> None:
    try:
        run(stop.is_set, **options)
    finally:
        connections.close_all()


def until(true: Callable[[], Any], what: str) -> None:
    """Poll; fails and says what was waited for."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"In vain: {what}."
        time.sleep(0.1)


def reload_until(page: Page, count: int, selector: str) -> None:
    """Reload as a person would, until so many are there."""

    def is_there() -> bool:
        page.reload()
        return page.locator(selector).count() == count

    until(is_there, f"{count} × {selector} at {page.url}")


def test_two_shops_one_stock(live, shops, open_browser):
    woo, shopify = shops["woocommerce"], shops["shopify"]
    until(lambda: woo.stock() == shopify.stock() == (16, 5), "both shops are told the stock")
    shopify.sell("MUG", 2, customer=ANNE)
    woo.sell("CAP", 1, customer=YANN, delivery="pickup", pickup=STORE)

    office = open_browser("MANAGER")
    numbers = read_orders(office)
    sent, collected = numbers["shopify"], numbers["woocommerce"]
    read_why(office, sent)
    until(lambda: woo.stock() == shopify.stock() == (14, 4), "each shop is told what the other sold")

    phone = open_browser("STORE_STAFF", size=PHONE)
    prepare(phone, sent, [MUG_EAN, MUG_EAN])
    send_parcel(phone, "6A0001")
    prepare(phone, collected, [CAP_EAN])
    put_aside(phone, "C 14")
    hand_over(phone, read_code(office, collected))

    until(lambda: shopify.order()["status"] == "FULFILLED", "Shopify knows that the parcel left")
    until(lambda: woo.order()["status"] == "completed", "WooCommerce knows that the customer has the goods")
    assert shopify.order()["tracking"] == ["6A0001"]
    assert woo.stock() == shopify.stock() == (14, 4)
    read_end(office, sent, collected)
    assert broken() == []


def read_orders(office: Page) -> dict[str, str]:
    """Both orders are in one list; their numbers by the kind of shop that the list names."""
    office.goto("/orders/")
    reload_until(office, 2, "[data-row]")
    rows = {kind: office.locator("[data-row]", has_text=f"Shop on {kind}") for kind in SETTINGS}
    return {kind: str(row.get_attribute("data-href")).split("/")[2] for kind, row in rows.items()}


def read_why(office: Page, number: str) -> None:
    """The order page says why this location, and what of the other."""
    office.goto(f"/orders/{number}/")
    panel = office.locator(".bt-decision").first
    assert panel.get_by_role("heading", name="Why this location?").is_visible()
    assert panel.locator(".bt-say").inner_text().startswith(f"{STORE}: the closest of the 2")
    assert STORE in panel.locator("tr.bt-chosen").inner_text()
    assert "Brest Siam" in panel.locator("tbody tr", has_text="Brest").inner_text()


def prepare(phone: Page, number: str, codes: list[str]) -> None:
    """Accept, pick by scan, pack."""
    ref = number[-4:]
    phone.goto("/store/")
    phone.get_by_role("button", name=f"Accept {ref}").click()
    phone.get_by_text("it is now to pick").wait_for()
    phone.get_by_role("link", name="To pick").click()
    phone.get_by_role("link", name=f"Pick {ref}").click()
    for count, code in enumerate(["", *codes]):
        if code:
            scan(phone, code)
        phone.get_by_text(f"{count} of {len(codes)} item").first.wait_for()
    phone.get_by_role("button", name=f"Pack {len(codes)} item").click()


def send_parcel(phone: Page, tracking: str) -> None:
    phone.get_by_label("Carrier").first.select_option("colissimo")
    phone.get_by_label("Tracking number").fill(tracking)
    phone.get_by_role("button", name="Hand over 1 parcel").click()
    phone.get_by_text("is shipped in 1 parcel").wait_for()


def put_aside(phone: Page, shelf: str) -> None:
    phone.get_by_label("Shelf").fill(shelf)
    phone.get_by_role("button", name="Mark as ready").click()
    phone.get_by_text(shelf).first.wait_for()


def read_code(office: Page, number: str) -> str:
    """Customer service tells the customer the code."""
    office.goto(f"/orders/{number}/")
    return office.locator("[data-collection-code]").inner_text()


def hand_over(phone: Page, code: str) -> None:
    phone.goto("/store/NANTES/desk/")
    scan(phone, code)
    phone.get_by_role("heading", name="Hand over").wait_for()
    phone.get_by_role("button", name="Hand over the parcel").click()
    phone.get_by_text("is handed over").wait_for()


def read_end(office: Page, sent: str, collected: str) -> None:
    """The office sees the end of both, and the parcel."""
    for number, state in ((collected, "Collected"), (sent, "Shipped")):
        office.goto(f"/orders/{number}/")
        assert state in office.locator(".bt-head").inner_text()
    assert office.get_by_text("Colissimo 6A0001").first.is_visible()
