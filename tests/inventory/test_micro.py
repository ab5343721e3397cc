"""Micro-counts: proposed where doubt costs most, begun with one click, and not proposed again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.errors import InvalidLine
from inventory.models import CountLine, StockCount, StockLevel
from inventory.queries import confidences, micro_counts
from inventory.services import (
    cancel_count,
    create_micro_count,
    finish_counting,
    learn,
    move_stock,
    post_count,
    record_count,
    reserve,
)
from inventory.types import Ask, Counted, Move, Observed
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock
from tests.web.browser import DESKTOP, PHONE, assert_axe_clean, assert_fits
from tests.web.conftest import make_person, signed_in


def make_doubts(now) -> dict[str, StockLevel]:
    """In Rennes a dear coat and a cheap mug; a doubtful cup that sells; nothing of a hat. One coat at a supplier's."""
    rennes = make_location("RENNES", name="Rennes Le Bastard")
    prices = {"COAT": "200", "MUG": "8", "CUP": "10", "HAT": "30"}
    levels = {
        code: make_stock(make_sku(code, price=price), rennes, 0 if code == "HAT" else 10, now=now)
        for code, price in prices.items()
    }
    make_stock(levels["COAT"].sku, make_location("ACME", kind="SUPPLIER"), 10, now=now)
    cup = levels["CUP"]
    learn(observations=[Observed(cup.sku_id, cup.location_id, "MISSING", key, now) for key in "ab"])
    move_stock(moves=[Move("CUP", "RENNES", -4, "STORE_SALE")], now=now)
    reserve(asks=[Ask(new_id(), levels["MUG"].sku_id, levels["MUG"].location_id, 3, 0)])
    return levels


@pytest.fixture
def levels(tenant, now) -> dict[str, StockLevel]:
    return make_doubts(now)


def test_what_is_proposed_is_doubt_times_units_times_price(levels, now):
    at = timezone.now()
    (rennes,) = micro_counts(now=at)

    known = confidences([level.sku_id for level in levels.values()], now=at)
    # Reserved and sold in four weeks, or one unit; never more than there is.
    units = {"COAT": 1, "CUP": 4, "MUG": 3 + 1}
    wanted = {
        code: (1 - known[levels[code].sku_id, levels[code].location_id]) * count * float(levels[code].sku.price)
        for code, count in units.items()
    }
    assert {line.sku: line.units for line in rennes.lines} == units
    assert {line.sku: line.cost for line in rennes.lines} == {
        code: pytest.approx(cost) for code, cost in wanted.items()
    }
    assert [line.sku for line in rennes.lines] == sorted(wanted, key=lambda code: -wanted[code])
    assert rennes.cost == pytest.approx(sum(wanted.values()))


def test_the_place_where_most_is_at_stake_comes_first(levels, now):
    make_stock(levels["MUG"].sku, make_location("AIX"), 1, now=now)
    make_stock(make_sku("RING", price="9000"), make_location("ZOO"), 1, now=now)

    found = micro_counts(now=timezone.now(), most=1)

    assert (found[0].location, [line.sku for line in found[0].lines]) == ("ZOO", ["RING"])
    assert found[-1].location == "AIX"
    assert {len(each.lines) for each in found} == {1}


def test_a_count_is_begun_for_the_costliest_and_they_rest(levels, now):
    at = timezone.now()
    first = [line.sku for line in micro_counts(now=at)[0].lines]

    count = create_micro_count(location_id=levels["CUP"].location_id, most=2, now=at)

    assert (count.kind, count.blind, count.state) == ("CYCLE", True, "COUNTING")
    lines = CountLine.objects.filter(count=count).select_related("sku")
    assert {line.sku.code for line in lines} == set(first[:2])
    assert [line.sku for line in micro_counts(now=at)[0].lines] == first[2:]
    for line in lines:
        there = StockLevel.objects.get(sku=line.sku, location=count.location_id).on_hand
        record_count(count_id=count.pk, counted=[Counted(line.sku_id, there)], now=at, actor=SYSTEM)
    finish_counting(count_id=count.pk, now=at)
    post_count(count_id=count.pk, now=at)
    assert [line.sku for line in micro_counts(now=at + timedelta(days=13))[0].lines] == first[2:]
    assert {line.sku for line in micro_counts(now=at + timedelta(days=15))[0].lines} == set(first)


def test_a_count_that_is_given_up_was_none(levels, now):
    at = timezone.now()
    before = micro_counts(now=at)
    count = create_micro_count(location_id=levels["CUP"].location_id, most=2, now=at)

    cancel_count(count_id=count.pk, now=at)

    assert micro_counts(now=at) == before


def test_nothing_in_doubt_is_no_count(tenant, now):
    place = make_location("EMPTY")

    with pytest.raises(InvalidLine):
        create_micro_count(location_id=place.pk, most=5, now=now)
    assert not StockCount.objects.exists()


def test_another_tenants_doubts_are_not_proposed(tenants, now):
    with tenant_scope(tenants[1].pk):
        make_doubts(now)
    with tenant_scope(tenants[0].pk):
        assert micro_counts(now=timezone.now()) == []


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_page_proposes_and_one_click_begins_the_count(tenants, levels):
    client = signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])
    page = text(client.get("/counts/proposals/?most=2"))
    for words in ("Rennes Le Bastard", "at stake", "CUP", "Count these 2 SKUs"):
        assert words in page

    begun = client.post("/counts/proposals/", {"location": str(levels["CUP"].location_id), "most": "2"})

    count = StockCount.objects.get()
    assert begun["Location"] == f"/counts/{count.pk}/"
    assert CountLine.objects.filter(count=count).count() == 2
    assert client.get(f"/handling/RENNES/counts/{count.pk}/").status_code == 200
    assert client.post("/counts/proposals/", {"location": "", "most": "2"})["Location"] == "/counts/proposals/"
    assert client.get("/counts/proposals/?most=0").status_code == 422


def test_who_may_only_read_begins_no_count(tenants, levels):
    reader = signed_in(make_person(tenants[0], "ANALYST"), tenants[0])

    assert "Count these" not in text(reader.get("/counts/proposals/"))
    asked = {"location": str(levels["CUP"].location_id), "most": "2"}
    assert reader.post("/counts/proposals/", asked).status_code == 403
    assert not StockCount.objects.exists()


@pytest.mark.browser
@pytest.mark.parametrize(("language", "size"), [("en", DESKTOP), ("fr", PHONE)], ids=str)
def test_pages_are_accessible_and_fit(live, open_browser, language, size):
    with tenant_scope(live.tenant.pk):
        make_doubts(timezone.now())
    browser = open_browser(language=language, size=size)

    for where in ("/counts/proposals/", "/stock/CUP/"):
        answer = browser.goto(where)
        assert answer is not None
        assert answer.status == 200
        assert_axe_clean(browser)
        assert_fits(browser)
