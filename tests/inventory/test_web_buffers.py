"""The pages of the buffer rules, as a browser without JavaScript uses them, and in a real one."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inventory.models import BufferRule
from inventory.services import create_buffer_rule, learn
from inventory.types import Observed
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.buffer_world import held, sweep_all
from tests.web.browser import DESKTOP, PHONE, assert_axe_clean, assert_fits
from tests.web.conftest import make_person, signed_in


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


@pytest.fixture
def mug(tenant):
    place = make_location("RENNES", name="Rennes Le Bastard", groups=["west"])
    return make_stock(make_sku("MUG", category="Tableware", brand="Ker"), place, 10, now=timezone.now())


def written(**changes) -> dict[str, object]:
    fields = {"name": "West", "measure": "UNITS", "amount": "3", "priority": "5", "active": "on", "groups": "west"}
    return fields | changes


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_a_rule_is_written_and_listed(client, mug):
    given = written(categories=["Tableware"], sku_codes="MUG", starts_on="2026-01-01", save="1")
    assert client.post("/stock/buffers/new/", given).status_code == 302

    rule = BufferRule.objects.get()
    assert (rule.amount, rule.groups, rule.categories, rule.sku_codes) == (3, ["west"], ["Tableware"], ["MUG"])
    listed = text(client.get("/stock/buffers/"))
    for words in ("West", "3 units", "Tableware × MUG", "The levels are following."):
        assert words in listed
    sweep_all(timezone.now())
    assert held() == {("MUG", "RENNES"): 3}
    assert "The levels are following." not in text(client.get("/stock/buffers/"))
    shown = text(client.get(f"/stock/buffers/{rule.pk}/"))
    assert "Buffer rule created" in shown


def test_a_rule_is_changed_switched_off_and_deleted(client, mug):
    rule = create_buffer_rule(name="West", now=timezone.now(), measure="UNITS", amount=3)
    address = f"/stock/buffers/{rule.pk}/"

    client.post(address, written(measure="PERCENT", amount="25", least="1", most="4", save="1"))
    rule.refresh_from_db()
    assert (rule.measure, rule.amount, rule.least, rule.most) == ("PERCENT", 25, 1, 4)
    assert "25% of on hand, at least 1, at most 4" in text(client.get("/stock/buffers/"))

    client.post(f"{address}switch/")
    assert BufferRule.objects.filter(active=True).count() == 0
    client.post(f"{address}switch/", {"active": "1"})
    assert BufferRule.objects.filter(active=True).count() == 1
    assert client.post(f"{address}delete/").status_code == 302
    assert not BufferRule.objects.exists()


def test_a_preview_shows_the_effect_and_keeps_nothing(client, mug):
    with_script = text(client.post("/stock/buffers/preview/", written()))
    without = client.post("/stock/buffers/new/", written(preview="1"))

    for page in (with_script, text(without)):
        assert "1 level would change" in page
        assert "0 → 3" in page
        assert "10 → 7" in page
    assert "<html" not in with_script
    assert without.status_code == 200
    assert not BufferRule.objects.exists()
    assert "Complete the rule" in text(client.post("/stock/buffers/preview/", written(amount="")))


def test_a_rule_may_be_for_what_is_doubtful(client, mug):
    client.post("/stock/buffers/new/", written(groups="", confidence_below="70", save="1"))
    assert "All locations, where confidence is under 70%" in text(client.get("/stock/buffers/"))

    now = timezone.now()
    learn(observations=[Observed(mug.sku_id, mug.location_id, "MISSING", key, now) for key in "ab"])
    sweep_all(now)
    page = text(client.get("/stock/MUG/"))
    for words in ("Stock confidence", "60%", ">West<"):
        assert words in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"measure": "PERCENT", "amount": "120"}, "At most 100 percent can be held back."),
        ({"least": "1"}, "Only a percentage has a least and a most."),
        ({"measure": "PERCENT", "least": "4", "most": "2"}, "The most is not under the least."),
        ({"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "A rule ends on the day it begins, or later."),
        ({"sku_codes": "MUG, GHOST"}, "Unknown SKU: GHOST."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(client, mug, changes, words):
    response = client.post("/stock/buffers/new/", written(save="1", **changes))

    assert response.status_code == 422
    assert words in text(response)
    assert not BufferRule.objects.exists()


def test_who_may_only_read_sees_the_effect_and_changes_nothing(tenants, mug):
    rule = create_buffer_rule(name="West", now=timezone.now(), measure="UNITS", amount=3)
    reader = signed_in(make_person(tenants[0], "ANALYST"), tenants[0])

    page = text(reader.get(f"/stock/buffers/{rule.pk}/"))
    assert "0 → 3" in page
    assert "Deactivate" not in page
    assert reader.post(f"/stock/buffers/{rule.pk}/", written(save="1")).status_code == 403
    rule.refresh_from_db()
    assert rule.amount == 3


def test_the_list_costs_the_same_for_one_rule_and_three(client, tenant, django_assert_max_num_queries):
    create_buffer_rule(name="A", now=timezone.now(), measure="UNITS", amount=3)
    client.get("/stock/buffers/")
    with django_assert_max_num_queries(30) as one:
        client.get("/stock/buffers/")
    for name in "BC":
        create_buffer_rule(name=name, now=timezone.now(), measure="UNITS", amount=3)
    with django_assert_max_num_queries(len(one)):
        client.get("/stock/buffers/")


def make_pages(live) -> BufferRule:
    with tenant_scope(live.tenant.pk):
        place = make_location("RENNES", name="Rennes Le Bastard", groups=["west"])
        make_stock(make_sku("MUG", category="Tableware", brand="Ker"), place, 10, now=timezone.now())
        return create_buffer_rule(name="West", now=timezone.now(), measure="PERCENT", amount=25, groups=["west"])


@pytest.mark.browser
@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_pages_are_accessible_and_fit(live, open_browser, language, size):
    rule = make_pages(live)
    browser = open_browser(language=language, size=size)

    for where in ("", "new/", f"{rule.pk}/"):
        answer = browser.goto(f"/stock/buffers/{where}")
        assert answer is not None
        assert answer.status == 200, where
        assert_axe_clean(browser)
        assert_fits(browser)


@pytest.mark.browser
def test_the_effect_is_shown_while_a_rule_is_written(live, open_browser):
    make_pages(live)
    browser = open_browser()
    browser.goto("/stock/buffers/new/")
    browser.get_by_label("Name").fill("Mugs")
    browser.get_by_label("Priority").fill("1")
    browser.get_by_role("spinbutton", name="How much").fill("4")

    expect(browser.locator("#preview")).to_contain_text("10 → 6")
    browser.get_by_label("Percent of on hand").check()
    browser.get_by_role("spinbutton", name="How much").fill("15")
    expect(browser.locator("#preview")).to_contain_text("10 → 8")
    browser.get_by_role("button", name="Save").click()

    expect(browser.get_by_role("heading", name="Buffers")).to_be_visible()
    expect(browser.get_by_text("15% of on hand")).to_be_visible()
