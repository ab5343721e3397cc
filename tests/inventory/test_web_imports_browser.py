"""Imports in a real browser: accessible, no wider than the screen, and a run that ends while it is watched."""

from __future__ import annotations

import io

import pytest
from django.utils import timezone

from inventory.models import ImportRun
from inventory.services.imports import receive_file, work_on
from inventory.services.imports.receive import ImportRequest
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.web.browser import DESKTOP, PHONE, assert_axe_clean, assert_fits

pytestmark = pytest.mark.browser
ROWS = b"sku;location;on_hand\nMUG;RENNES;4\nGHOST;RENNES;1\nMUG;RENNES;many\n"


def receive(content=ROWS, **order) -> ImportRun:
    return receive_file(
        content=io.BytesIO(content), name="levels.csv", wanted=ImportRequest(**order), now=timezone.now()
    )[0]


@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_pages_are_accessible_and_fit(live, open_browser, language, size):
    with tenant_scope(live.tenant.pk):
        make_stock(make_sku("MUG"), make_location("RENNES", name="Rennes Le Bastard"), 9, now=timezone.now())
        runs = [receive(draft=True), receive(dry_run=True), receive(mode="FULL"), receive(b"PK\x03\x04", mode="FULL")]
    for run in runs[1:]:
        work_on(tenant_id=live.tenant.pk, run_id=run.pk)
    with tenant_scope(live.tenant.pk):
        states = [ImportRun.objects.get(pk=run.pk).state for run in runs]
    assert states == ["DRAFT", "CHECKED", "WAITING", "FAILED"]
    browser = open_browser(language=language, size=size)

    for where in ("", "new/", "limits/", *(f"{run.pk}/" for run in runs)):
        answer = browser.goto(f"/stock/imports/{where}")
        assert answer is not None
        assert answer.status == 200, where
        assert_axe_clean(browser)
        assert_fits(browser)


def test_a_run_that_is_watched_is_seen_to_end(live, open_browser):
    with tenant_scope(live.tenant.pk):
        make_stock(make_sku("MUG"), make_location("RENNES"), 9, now=timezone.now())
        run = receive()
    browser = open_browser()
    browser.goto(f"/stock/imports/{run.pk}/")
    assert browser.get_by_text("Queued").is_visible()

    work_on(tenant_id=live.tenant.pk, run_id=run.pk)

    browser.get_by_text("Applied", exact=True).wait_for()
    assert browser.locator("#run[hx-trigger]").count() == 0
