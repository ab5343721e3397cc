"""The home page: every figure opens exactly the rows it counts."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.web.chart import scale_of
from analytics.web.home import delay_words, delta_of
from channels.models import Listing, Publication
from channels.services import create_connection
from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import accept, refuse
from oms.orders.services import hold_order
from orchestration.services import route_refused
from orchestration.types import Refusal
from tests.factories import make_channel

pytestmark = pytest.mark.usefixtures("clock")
QUERIES = 17
SHOP = {
    "url": "https://shop.example",
    "consumer_key": "ck_" + "0" * 40,
    "consumer_secret": "cs_" + "0" * 40,
}


def figures(client) -> dict[str, tuple[str, int]]:
    """Every linked figure of the page: its id, where it leads and what it says."""
    page = client.get("/").content.decode()
    cards = re.findall(
        r'<a class="bt-card bt-kpi" href="([^"]+)" id="([^"]+)">.*?<span class="bt-kpi-v">(\d+)', page, re.DOTALL
    )
    cells = re.findall(r'<a class="bt-figure[^"]*" id="([^"]+)" href="([^"]+)">(\d+)</a>', page)
    found = {key: (html.unescape(href), int(value)) for href, key, value in cards}
    return found | {key: (html.unescape(href), int(value)) for key, href, value in cells}


def rows_at(client, href: str) -> int:
    return len(re.findall(r'data-href="/orders/', client.get(href).content.decode()))


@pytest.fixture
def busy(place, network, now):
    """Two channels and orders of every sort that the page counts."""
    set_levels(levels=[LevelSetting("MUG", "RENNES", 20)], now=now)
    shop = make_channel("shop", name="Zalando")
    place(promised_at=now - timedelta(hours=1))
    place(channel=shop, promised_at=now - timedelta(hours=2))
    place((network.teapot, 2))
    place((network.teapot, 1), channel=shop)
    place((network.teapot, 1), channel=shop, at=now - timedelta(days=2))
    place(payment_state="PENDING")
    hold_order(order_id=place(channel=shop).pk, now=now)
    refused = place()
    work = FulfilmentOrder.objects.get(order=refused)
    refuse(fulfilment_id=work.pk, reason="TOO_BUSY", now=now)
    refusal = Refusal(refused.pk, work.location_id, frozenset({network.mug.pk}), "TOO_BUSY")
    route_refused(refusals=[refusal], now=now, trigger="fulfilment.refused")
    accepted = place()
    accept(fulfilment_id=FulfilmentOrder.objects.get(order=accepted).pk, now=now)


def test_every_figure_opens_exactly_the_rows_it_counts(busy, signed_in):
    client = signed_in("MANAGER")

    found = figures(client)

    assert {key: value for key, (_href, value) in found.items()} == {
        "kpi-received": 8,
        "kpi-late": 2,
        "kpi-to_accept": 4,
        "kpi-unroutable": 3,
        "kpi-refused": 1,
        "kpi-held": 2,
        "web-received": 5,
        "web-late": 1,
        "web-to_accept": 2,
        "web-unroutable": 1,
        "web-refused": 1,
        "web-held": 1,
        "shop-received": 3,
        "shop-late": 1,
        "shop-to_accept": 2,
        "shop-unroutable": 2,
        "shop-refused": 0,
        "shop-held": 1,
        "refusal-too_busy": 1,
    }
    for key, (href, value) in found.items():
        assert rows_at(client, href) == value, (key, href)


def test_another_tenants_orders_are_not_counted(rivals_order, network, signed_in):
    assert {value for _href, value in figures(signed_in("MANAGER")).values()} == {0}


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_whatever_it_counts(place, network, signed_in, count):
    for number in range(count):
        place(channel=make_channel(f"shop-{number}"))
    client = signed_in("MANAGER")
    client.get("/")

    with CaptureQueriesContext(connection) as queries:
        client.get("/")

    assert len(queries) == QUERIES


def test_the_board_alone_is_polled(busy, signed_in):
    part = signed_in("MANAGER").get("/", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in part
    assert 'id="home-board"' in part
    assert 'hx-trigger="tick"' in part


def test_orders_by_hour_are_drawn_and_told_in_a_table(busy, place, signed_in, now):
    place(at=now - timedelta(hours=3))
    place(at=now - timedelta(days=7, hours=1))
    page = signed_in("MANAGER").get("/").content.decode()

    # 10:42 in UTC is 11:42 in Paris.
    assert "Orders by hour: 8 at 11 h, 8 so far at 11 h." in page
    assert '<rect class="bt-f-1"' in page
    assert '<polyline class="bt-prev"' in page
    table = re.findall(r'<tr><th scope="row">(\d+ h)</th>(.*?)</tr>', page)
    assert {hour: re.findall(r">(\d+)<", cells) for hour, cells in table} == {
        "8 h": ["1", "0", "1", "0"],
        "10 h": ["0", "0", "0", "1"],
        "11 h": ["5", "3", "8", "0"],
    }


def test_without_orders_nothing_is_drawn(network, signed_in):
    page = signed_in("MANAGER").get("/").content.decode()

    assert "bt-chart" not in page.replace("bt-chart-legend", "")
    assert "By channel" in page


def test_publication_delays_say_which_channel_is_late(network, signed_in, now):
    slow, quick, idle = (
        create_connection(kind="woocommerce", name=name, settings=SHOP, now=now) for name in ("Slow", "Quick", "Idle")
    )
    for row, delays in ((slow, [1000, 400_000]), (quick, [300, 700])):
        listing = Listing.objects.create(connection=row, external_id="1", seen_at=now)
        for delay in delays:
            Publication.objects.create(
                connection=row,
                listing=listing,
                quantity=1,
                changed_at=now,
                sent_at=now - timedelta(minutes=5),
                delay_ms=delay,
            )
        Publication.objects.create(
            connection=row,
            listing=listing,
            quantity=1,
            changed_at=now,
            sent_at=now - timedelta(hours=2),
            delay_ms=9_999_999,
        )
    page = signed_in("MANAGER").get("/").content.decode()

    told = {}
    for row in (slow, quick, idle):
        cells = re.search(rf'href="/channels/{row.pk}/">.*?</tr>', page, re.DOTALL)[0]
        told[str(row.channel)] = " ".join(re.sub(r"<[^>]+>", " ", cells.partition(">")[2]).split())
    assert told == {
        "Slow": "Sl Slow 3 min 6 min Late",
        "Quick": "Qu Quick 0.5 s 0.7 s Normal",
        "Idle": "Id Idle nothing to publish Normal",
    }


def test_people_of_a_store_start_in_the_store_app(network, signed_in):
    response = signed_in("STORE_STAFF", location_ids=[network.rennes.pk]).get("/")

    assert (response.status_code, response["Location"]) == (302, "/store/")


def test_strangers_are_asked_to_sign_in(client, db):
    assert client.get("/")["Location"] == "/account/login/?next=/"


def test_an_analyst_sees_the_figures(busy, signed_in):
    assert figures(signed_in("ANALYST"))["kpi-late"][1] == 2


def test_the_scale_is_even_and_holds_the_highest():
    assert [scale_of(most) for most in (1, 4, 5, 9, 21, 99, 201)] == [4, 4, 8, 20, 40, 200, 400]


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [(5, 0, ("", "")), (15, 10, ("+50%", "up")), (5, 10, ("−50%", "down")), (7, 7, ("0%", "flat"))],
)
def test_a_comparison_needs_something_to_compare_with(now, before, told):
    assert delta_of(now, before) == told


def test_delays_are_told_with_a_decimal_only_while_it_matters():
    assert [delay_words(each) for each in (40, 1_900, 14_000, 190_000)] == ["0.0 s", "1.9 s", "14 s", "3 min"]
