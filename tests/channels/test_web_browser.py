"""Channels, stock, failed deliveries and settings in a real browser: accessible, and no wider than the screen."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from channels.models import Listing, ParkedItem, Publication
from channels.services import create_connection
from inventory.services import move_stock, reserve, save_view
from inventory.types import Ask, Move
from oms.events.models import Delivery, Event
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_api_key
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock
from tests.web.browser import DESKTOP, PHONE, assert_axe_clean, assert_fits

pytestmark = pytest.mark.browser
SETTINGS = {"url": "https://shop.example", "consumer_key": "ck", "consumer_secret": "cs"}


def furnish() -> list[str]:
    """Something on every page; the addresses of the pages."""
    now = timezone.now()
    place = make_location("RENNES", name="Rennes Le Bastard", opening={"1": [["09:00", "19:00"]]})
    mug = make_sku("MUG", name="Mug Ouessant", category="Tableware", barcodes=["3701204558812"])
    make_stock(mug, place, 9, now=now)
    move_stock(moves=[Move("MUG", "RENNES", -2, "DAMAGE", note="Broken on arrival")], now=now)
    reserve(asks=[Ask(uuid4(), mug.pk, place.pk, 2, 1, "CMD-2026-000123")])
    save_view(code="web", name="Web shops", percentage=80, buffer=1, cap=20)
    row = create_connection(kind="woocommerce", name="Web shop", settings=SETTINGS, now=now)
    offered = Listing.objects.create(
        connection=row, external_id="12", sku_code="MUG", sku=mug, title="Mug", seen_at=now
    )
    Listing.objects.create(connection=row, external_id="13", sku_code="TASSE", title="Tasse Groix", seen_at=now)
    told = {"connection": row, "listing": offered, "changed_at": now, "sent_at": now}
    Publication.objects.create(before=5, quantity=4, acknowledged_at=now, delay_ms=900, **told)
    Publication.objects.create(before=4, quantity=3, error="This article is locked in the shop.", **told)
    parked = {"kind": "UNKNOWN_SKU", "reason": "Unknown SKU: GHOST.", "raw": {"id": 1001}}
    item = ParkedItem.objects.create(connection=row, external_id="1001", created_at=now, updated_at=now, **parked)
    create_api_key(name="Till", scopes=["stock:read"], actor=SYSTEM)
    channel = f"/channels/{row.pk}/"
    return [
        "/channels/",
        channel,
        f"{channel}listings/",
        f"{channel}parked/{item.pk}/",
        f"{channel}exchanges/",
        f"{channel}settings/",
        "/channels/new/woocommerce/",
        "/stock/",
        "/stock/MUG/",
        "/views/edit/web/?try=MUG",
        f"/locations/{place.pk}/",
        "/locations/new/",
        f"/events/dead-letters/{_letter(now).pk}/",
        "/settings/",
        "/settings/keys/",
        "/settings/audit/",
    ]


def _letter(now) -> Delivery:
    event = Event.objects.create(
        kind="order.placed",
        subject_type="order",
        subject_id=uuid4(),
        sequence=1,
        payload={"order": "1"},
        transaction=1,
        recorded_at=now,
    )
    error = "Traceback (most recent call last)\nValueError: no such order"
    fields = {"subscriber": "analytics.count", "attempts": 8, "due_at": now, "dead_at": now, "created_at": now}
    return Delivery.objects.create(event=event, error=error, **fields)


@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_pages_are_accessible_and_fit(live, open_browser, language, size):
    with tenant_scope(live.tenant.pk):
        pages = furnish()
    browser = open_browser(language=language, size=size)

    for where in pages:
        answer = browser.goto(where)
        assert answer is not None
        assert answer.status == 200, where
        assert_axe_clean(browser)
        assert_fits(browser)
