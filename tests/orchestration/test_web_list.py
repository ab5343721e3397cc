"""The order list: what it shows, counts, finds, exports and does to a selection."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import accept, pack, pick, refuse, ship
from oms.fulfilment.types import Tracking
from oms.orders.models import Order
from oms.orders.services import hold_order
from oms.tenancy.queries import audit_entries
from orchestration.web.orders.listing import COUNTERS, VIEWS
from tests.factories import make_channel, make_sku, make_stock

pytestmark = pytest.mark.usefixtures("clock")
QUERIES = 16


def numbers(response) -> list[str]:
    """The orders of the page, in its order."""
    return re.findall(r'data-href="/orders/([^/"]+)/"', response.content.decode())


def ask(client, query: str = ""):
    response = client.get(f"/orders/{query}")
    assert response.status_code == 200, response.content
    return response


def dispatch(order, now):
    """Take an order's only work to the carrier."""
    work = FulfilmentOrder.objects.get(order=order)
    accept(fulfilment_id=work.pk, now=now)
    pick(fulfilment_id=work.pk, picked={line.pk: line.quantity for line in work.lines.all()}, now=now)
    pack(fulfilment_id=work.pk, now=now)
    ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", "6A00012345678")], now=now)


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_queries_whatever_its_rows(place, signed_in, count):
    client = signed_in("MANAGER")
    for _each in range(count):
        place()
    ask(client)

    with CaptureQueriesContext(connection) as queries:
        response = ask(client)

    assert len(numbers(response)) == count
    assert len(queries) == QUERIES


def test_rows_say_where_and_how_far_each_order_is(place, signed_in, network, now):
    order = place(promised_at=now + timedelta(minutes=33))
    page = ask(signed_in("MANAGER")).content.decode()

    assert "Rennes Le Bastard" in page
    assert "To accept" in page
    assert ">33 min<" in page
    accept(fulfilment_id=FulfilmentOrder.objects.get(order=order).pk, now=now)
    assert "Accepted" in ask(signed_in("MANAGER")).content.decode()


def test_another_tenants_orders_are_nowhere(rivals_order, place, signed_in):
    mine = place()
    client = signed_in("MANAGER")

    assert numbers(ask(client)) == [mine.number]
    assert numbers(ask(client, "?q=Rival")) == []
    assert b"Rival Customer" not in client.get("/orders/?export=csv").getvalue()


@pytest.fixture
def busy(place, network, now):
    """One order of every sort that tabs and counters tell apart."""
    place(promised_at=now - timedelta(hours=1))
    place(promised_at=now + timedelta(minutes=90))
    place(promised_at=now + timedelta(days=2))
    place(ship_by=now - timedelta(minutes=5), promised_at=now + timedelta(days=2))
    place((network.teapot, 2))
    place((network.teapot, 1), (network.mug, 1), promised_at=now - timedelta(minutes=1))
    place(payment_state="PENDING")
    held = place()
    hold_order(order_id=held.pk, now=now, reason="FRAUD")
    refused = place()
    refuse(fulfilment_id=FulfilmentOrder.objects.get(order=refused).pk, reason="TOO_BUSY", now=now)
    shipped = place(promised_at=now - timedelta(hours=1))
    dispatch(shipped, now)


def test_every_counter_and_tab_counts_exactly_the_rows_it_opens(busy, signed_in):
    client = signed_in("MANAGER")
    page = ask(client).content.decode()

    shown = {}
    for counter in COUNTERS:
        (figure,) = re.findall(rf'id="list-orders-counter-{counter.key}"[^>]*>.*?<b>(\d+)</b>', page, re.DOTALL)
        shown[counter.query] = int(figure)
    for tab in VIEWS:
        found = re.search(
            rf'href="\?{re.escape(tab.query)}&amp;view={tab.key}"[^>]*>[^<]*<span class="bt-n">(\d+)<', page
        )
        assert found, tab.key
        assert shown.setdefault(tab.query, int(found[1])) == int(found[1])

    assert shown == {
        "alert=late": 3,
        "alert=soon": 1,
        "status=UNROUTABLE": 2,
        "alert=refused": 1,
        "status=HELD": 2,
        "alert=payment": 1,
        "status=TO_ROUTE": 1,
        "status=TO_PREPARE": 4,
        "status=PICKING": 0,
        "status=READY": 0,
        "status=BACKORDERED": 0,
    }
    for query, figure in shown.items():
        assert len(numbers(ask(client, f"?{query}"))) == figure, query


def test_counters_alone_are_polled_and_cost_nothing_when_unchanged(busy, signed_in):
    client = signed_in("MANAGER")
    first = client.get("/orders/?part=counters")
    again = client.get("/orders/?part=counters", headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    assert b"<html" not in first.content


def test_an_order_without_promise_is_due_when_its_work_is(place, signed_in, now):
    slow, quick = place(), place(promised_at=now + timedelta(hours=1))

    assert numbers(ask(signed_in("MANAGER"), "?sort=due")) == [quick.number, slow.number]
    work = FulfilmentOrder.objects.get(order=slow)
    late = ask(signed_in("MANAGER"), "?alert=late")
    assert numbers(late) == []
    assert work.ready_by > now


def test_pages_follow_each_other_by_key(place, signed_in, now):
    made = [place(at=now - timedelta(minutes=minute)).number for minute in range(52)]
    client = signed_in("MANAGER")

    first = ask(client)
    (after,) = re.findall(r'rel="next" href="(\?[^"]+)"', first.content.decode())
    second = ask(client, after.replace("&amp;", "&"))

    assert numbers(first) + numbers(second) == made


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("elodie@keravel.example", True),
        ("ELODIE@keravel", True),
        ("Élodie", True),
        ("kerjean", True),
        ("Kerj", True),
        ("erjean", False),
        ("mug", True),
        ("MUG", True),
        ("6A00012345678", True),
        ("CMD-2026", True),
        ("nothing", False),
        ("%", False),
    ],
)
def test_the_search_box_understands_what_people_have_in_hand(place, signed_in, network, now, text, finds):
    order = place(customer_email="Elodie@Keravel.example", external_number="#1042")
    place((network.teapot, 1), customer_name="Yann Le Bihan", external_number="#99", at=now - timedelta(days=400))
    dispatch(order, now)

    found = numbers(ask(signed_in("MANAGER"), f"?q={text.replace('%', '%25')}"))

    assert (order.number in found) is finds


@pytest.mark.parametrize(
    "spoken",
    [
        lambda o: o.number,
        lambda o: o.number.lower(),
        lambda o: str(int(o.number[-6:])),
        lambda _o: "#1042",
        lambda _o: "1042",
    ],
)
def test_an_exact_number_opens_its_order(place, signed_in, spoken):
    order = place(external_number="#1042")
    place(external_number="#7")
    client = signed_in("MANAGER")
    text = spoken(order).replace("#", "%23")

    plain = client.get(f"/orders/?q={text}")
    inside = client.get(f"/orders/?q={text}", headers={"HX-Request": "true"})

    assert (plain.status_code, plain["Location"]) == (302, f"/orders/{order.number}/")
    assert inside["HX-Redirect"] == f"/orders/{order.number}/"


def test_a_channel_number_that_two_channels_use_lists_both(place, signed_in):
    one, other = place(external_number="#5"), place(channel=make_channel("shop"), external_number="5")

    assert set(numbers(ask(signed_in("MANAGER"), "?q=%235"))) == {one.number, other.number}


def test_filters_narrow_by_every_fact(place, signed_in, network, now):
    shop = make_channel("shop")
    one = place((network.mug, 1), tags=("gift",))
    two = place((network.mug, 5), channel=shop, kind="B2B", payment_state="AUTHORISED", at=now - timedelta(days=3))
    client = signed_in("MANAGER")

    def found(query: str) -> list[str]:
        return numbers(ask(client, f"?{query}"))

    both = [one.number, two.number]
    assert found(f"channel={shop.pk}") == [two.number]
    assert found(f"channel={shop.pk}&channel={network.web.pk}") == both
    assert found(f"location={network.rennes.pk}") == [one.number]
    assert found(f"location={network.nantes.pk}") == [two.number]
    assert found(f"location={network.rennes.pk}&location={network.nantes.pk}") == both
    assert found("kind=B2B") == [two.number]
    assert found("payment=AUTHORISED") == [two.number]
    assert found("method=CLICK_AND_COLLECT") == []
    assert found("received=today") == [one.number]
    assert found("postcode=35") == both
    assert found("postcode=44") == []
    assert found("tag=gift") == [one.number]
    assert found("sku=mug") == both
    assert found("sku=TEAPOT,nothing") == []
    assert found("amount_min=20") == [two.number]


def test_refused_orders_are_found_by_the_reason(place, signed_in, now):
    order = place()
    refuse(fulfilment_id=FulfilmentOrder.objects.get(order=order).pk, reason="NOT_FOUND", now=now)
    client = signed_in("MANAGER")

    assert numbers(ask(client, "?refusal=NOT_FOUND")) == [order.number]
    assert numbers(ask(client, "?refusal=DAMAGED")) == []


def test_who_may_see_export_and_act(place, signed_in, now):
    order = place()
    analyst, manager, staff = signed_in("ANALYST"), signed_in("MANAGER"), signed_in("STORE_STAFF")

    assert ask(analyst).content.count(b'name="id"') == 0
    assert staff.get("/orders/").status_code == 403
    assert analyst.get("/orders/?export=csv").status_code == 403
    assert not audit_entries().filter(action="list.exported").exists()
    assert (
        analyst.post("/orders/", {"action": "hold", "id": order.pk, "confirmed": "1", "reason": "MANUAL"}).status_code
        == 403
    )
    order.refresh_from_db()
    assert order.status == "TO_PREPARE"

    exported = manager.get("/orders/?export=csv").getvalue().decode("utf-8-sig")
    assert exported.splitlines()[1].startswith(order.number)
    assert "Élodie Kerjean" in exported
    assert audit_entries().filter(action="list.exported").count() == 1


def test_a_selection_is_held_and_what_cannot_be_says_why(place, signed_in, now):
    waiting, gone = place(), place()
    dispatch(gone, now)
    client = signed_in("MANAGER")
    body = {"action": "hold", "id": [waiting.pk, gone.pk], "query": "status=TO_PREPARE"}

    asked = client.post("/orders/", body)
    assert b"2 rows are selected" in asked.content
    done = client.post("/orders/", {**body, "confirmed": "1", "reason": "FRAUD", "note": "two cards"}, follow=True)

    page = done.content.decode()
    assert done.redirect_chain == [("/orders/results/", 302)]
    assert "1 done, 1 refused" in page
    assert "Every unit of this order is held, picked or gone already." in page
    assert set(Order.objects.values_list("status", flat=True)) == {"HELD", "SHIPPED"}
    assert "/orders/?status=TO_PREPARE" in page


def test_a_selection_that_is_all_done_returns_to_its_list(place, signed_in):
    orders = [place(payment_state="PENDING"), place(payment_state="PENDING")]
    client = signed_in("MANAGER")

    done = client.post(
        "/orders/", {"action": "release", "id": [o.pk for o in orders], "query": "status=HELD"}, follow=True
    )

    assert done.redirect_chain == [("/orders/?status=HELD", 302)]
    assert "Release: done for 2 orders." in done.content.decode()
    assert set(Order.objects.values_list("status", flat=True)) == {"TO_ROUTE"}


def test_cancelling_a_selection_needs_a_reason(place, signed_in):
    order = place()
    client = signed_in("MANAGER")
    body = {"action": "cancel", "id": order.pk, "confirmed": "1", "query": ""}

    assert client.post("/orders/", body).status_code == 422
    assert client.post("/orders/", {**body, "reason": "OTHER"}).status_code == 422
    order.refresh_from_db()
    assert order.status == "TO_PREPARE"

    client.post("/orders/", {**body, "reason": "OTHER", "comment": "ordered by a child"})
    order.refresh_from_db()
    assert order.status == "CANCELLED"


def test_more_than_fifty_are_refused_together(place, signed_in, network, now):
    make_stock(network.mug, network.nantes, 100, now=now)
    for _each in range(51):
        place()
    client = signed_in("MANAGER")

    refused = client.post(
        "/orders/", {"action": "hold", "all": "1", "query": "", "confirmed": "1", "reason": "MANUAL"}, follow=True
    )

    assert "Select at most 50 orders at once; nothing was done." in refused.content.decode()
    assert not Order.objects.filter(status="HELD").exists()


def test_an_empty_list_says_what_will_be_there(network, signed_in):
    assert b"No order yet" in ask(signed_in("MANAGER")).content


def test_a_sku_in_two_lines_shows_the_order_once(place, signed_in, network, now):
    other = make_sku("PLATE")
    make_stock(other, network.rennes, 3, now=now)
    order = place((network.mug, 1), (other, 1))

    assert numbers(ask(signed_in("MANAGER"), "?sku=MUG,PLATE")) == [order.number]
