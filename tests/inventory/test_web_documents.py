"""The pages of purchase orders, transfers and counts, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from inventory.models import PurchaseOrder, PurchaseOrderLine, Receipt, ShippingNotice, StockCount, Transfer
from inventory.queries import tallies_of
from inventory.services import create_count, finish_counting, move_stock, receive_transfer, record_count
from inventory.types import Arrival, Counted, Move
from oms.tenancy.services import add_member
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import count_line, line_of, make_purchase, make_transfer, stock
from tests.web.conftest import make_person, signed_in

EAN = "3701204551073"


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


@pytest.fixture
def rennes(tenant):
    return make_location("RENNES", name="Rennes Le Bastard")


@pytest.fixture
def brest(tenant):
    return make_location("BREST", name="Brest Siam")


@pytest.fixture
def mug(rennes):
    sku = make_sku("MUG", name="Mug Ouessant", cost=Decimal("4.00"), category="Tableware", barcodes=[EAN])
    make_stock(sku, rennes, 10, now=timezone.now())
    return sku


@pytest.fixture
def phone(tenants, rennes):
    """Staff of Rennes."""
    user = make_person(tenants[0], "STORE_STAFF")
    add_member(user=user, role="STORE_STAFF", actor=SYSTEM, location_ids=[rennes.pk])
    return signed_in(user, tenants[0])


def text(response) -> str:
    return " ".join(response.content.decode().split())


# Purchase orders.


def test_a_purchase_order_is_pasted_from_a_spreadsheet(client, mug, rennes):
    make_sku("HAT/2 B", cost=Decimal("7.5"))
    form = {
        "supplier": "Faïencerie",
        "location": str(rennes.pk),
        "expected_date": "2026-12-01",
        "lines": "MUG\t12\t3,95\r\n\r\nHAT/2 B;4\r\n",
    }

    answer = client.post("/purchase-orders/new/", form)

    order = PurchaseOrder.objects.get()
    assert answer.url == f"/purchase-orders/{order.pk}/"
    lines = PurchaseOrderLine.objects.filter(order=order).order_by("position")
    costs = [(line.sku.code, line.quantity, line.unit_cost) for line in lines]
    assert costs == [("MUG", 12, Decimal("3.9500")), ("HAT/2 B", 4, Decimal("7.5000"))]
    assert "Faïencerie" in text(client.get("/purchase-orders/?q=Fa%C3%AFenc"))


def test_each_line_that_cannot_be_is_named_and_nothing_is_saved(client, mug, rennes):
    form = {"supplier": "S", "location": str(rennes.pk), "lines": "MUG\nMUG 0\nGHOST 3\nMUG\t1\tcheap\nMUG 2 3"}

    answer = client.post("/purchase-orders/new/", form)

    page = text(answer)
    assert answer.status_code == 422
    for words in (
        "Line 1: a SKU and a quantity are expected.",
        "Line 2: “0” is not a quantity.",
        "Line 4: “cheap” is not a cost.",
        "Unknown SKU: GHOST.",
    ):
        assert words in page
    assert not PurchaseOrder.objects.exists()


def test_a_purchase_order_is_confirmed_announced_received_and_closed(client, mug, rennes, now):
    order = make_purchase(rennes, (mug, 10), now=now, confirmed=False)
    line, where = line_of(order, mug), f"/purchase-orders/{order.pk}/"

    client.post(f"{where}confirm/")
    notice = {"reference": "ASN-1", "expected_date": "2026-11-28", f"announced-{line.pk}": "4"}
    assert client.post(f"{where}announce/", notice).status_code == 302
    came = {"key": "k1", f"quantity-{line.pk}": "6", f"damaged-{line.pk}": "1"}
    client.post(f"{where}receive/", came)
    page = text(client.post(f"{where}receive/", came, follow=True))

    assert stock(mug, rennes) == (16, 0, 1, 0)
    assert "ASN-1" in page
    assert ShippingNotice.objects.count() == 1
    refused = client.post(f"{where}close/", follow=True)
    assert "3 units have not come" in text(refused)
    client.post(f"{where}close/", {"reason": "Sold out"})
    assert "Sold out" in text(client.get(where))
    assert PurchaseOrder.objects.get().state == "CLOSED"


def test_a_line_is_expected_on_another_day(client, mug, rennes, now):
    order = make_purchase(rennes, (mug, 10), now=now)
    line = line_of(order, mug)
    where = f"/purchase-orders/{order.pk}/"
    own = {"expected_date": order.expected_date.isoformat()}
    assert f'name="expected_date" value="{order.expected_date}"' in text(client.get(where))

    assert client.post(f"{where}days/", {**own, f"day-{line.pk}": "2026-12-09"}).status_code == 302

    line.refresh_from_db()
    assert line.expected_date == date(2026, 12, 9)
    assert f'name="day-{line.pk}" value="2026-12-09"' in text(client.get(where))
    refused = client.post(f"{where}days/", {**own, f"day-{line.pk}": "soon"})
    assert refused.status_code == 409
    assert f'id="days_day-{line.pk}_error"' in text(refused)
    line.refresh_from_db()
    assert line.expected_date == date(2026, 12, 9)


def test_an_order_is_expected_on_another_day_with_its_lines(client, mug, rennes, now):
    order = make_purchase(rennes, (mug, 10), now=now)
    where = f"/purchase-orders/{order.pk}/"

    assert client.post(f"{where}days/", {"expected_date": "2026-12-09"}).status_code == 302

    order.refresh_from_db()
    assert (order.expected_date, line_of(order, mug).expected_date) == (date(2026, 12, 9), None)
    refused = client.post(f"{where}days/", {"expected_date": "soon"})
    assert (refused.status_code, 'id="days_expected_date_error"' in text(refused)) == (409, True)


def test_an_order_that_is_over_offers_no_days(client, mug, rennes, now):
    order = make_purchase(rennes, (mug, 10), now=now)
    client.post(f"/purchase-orders/{order.pk}/cancel/", {})

    assert "Change the days" not in text(client.get(f"/purchase-orders/{order.pk}/"))
    line = line_of(order, mug)
    client.post(f"/purchase-orders/{order.pk}/days/", {f"day-{line.pk}": "2026-12-09"})
    line.refresh_from_db()
    assert line.expected_date is None


def test_the_page_of_a_sku_shows_what_is_to_come(client, mug, rennes, brest, now):
    order = make_purchase(rennes, (mug, 7), now=now)
    transfer = make_transfer(rennes, brest, (mug, 2), now=now, upto="DISPATCHED")

    page = text(client.get("/stock/MUG/"))

    for words in (f"/purchase-orders/{order.pk}/", f"/transfers/{transfer.pk}/", "Brest Siam · 1 Dec."):
        assert words in page.replace("\N{NO-BREAK SPACE}", " ")


def test_a_refused_receipt_keeps_what_was_typed(client, mug, rennes, now):
    order = make_purchase(rennes, (mug, 10), now=now)
    line = line_of(order, mug)

    over = client.post(f"/purchase-orders/{order.pk}/receive/", {"key": "k", f"quantity-{line.pk}": "12"})
    odd = client.post(f"/purchase-orders/{order.pk}/receive/", {"key": "k", f"quantity-{line.pk}": "a few"})

    assert (over.status_code, odd.status_code) == (409, 409)
    assert "MUG: 2 more than ordered; say why." in text(over)
    assert 'value="12"' in text(over)
    assert 'name="key" value="k"' in text(over)
    assert "“a few” is not a whole number." in text(odd)
    assert not Receipt.objects.exists()


# Transfers.


def test_a_transfer_is_requested_sent_received_and_decided(client, mug, rennes, brest):
    form = {"source": str(rennes.pk), "destination": str(brest.pk), "lines": "MUG 6", "request": "on"}
    where = client.post("/transfers/new/", form).url
    transfer = Transfer.objects.get()
    line = line_of(transfer, mug)
    assert (transfer.state, stock(mug, rennes)) == ("REQUESTED", (10, 6, 0, 0))

    client.post(f"{where}dispatch/", {f"quantity-{line.pk}": "5"})
    assert (stock(mug, rennes), stock(mug, brest)) == ((5, 0, 0, 0), (0, 0, 0, 5))
    client.post(f"{where}receive/", {"key": "1", f"quantity-{line.pk}": "3", "finish": "on"})
    assert "There is a difference." in text(client.get(where))
    refused = client.post(f"{where}settle/", {"key": "2", f"quantity-{line.pk}": "9", f"fate-{line.pk}": "LOST"})
    assert refused.status_code == 409
    client.post(
        f"{where}settle/", {"key": "2", f"quantity-{line.pk}": "2", f"fate-{line.pk}": "LOST", "reason": "Fell"}
    )

    assert (Transfer.objects.get().state, stock(mug, brest)) == ("CLOSED", (3, 0, 0, 0))
    assert "Fell" in text(client.get(where))


def test_a_transfer_of_more_than_there_is_is_refused_in_words(client, mug, rennes, brest):
    form = {"source": str(rennes.pk), "destination": str(brest.pk), "lines": "MUG 60", "request": "on"}

    answer = client.post("/transfers/new/", form)

    assert answer.status_code == 422
    assert "Not enough stock for MUG." in text(answer)
    assert not Transfer.objects.exists()


def test_proposals_show_what_they_saw_and_are_accepted(client, mug, rennes, brest):
    make_stock(mug, brest, 5, now=timezone.now())
    move_stock(moves=[Move("MUG", "BREST", -4, "STORE_SALE")], now=timezone.now())

    page = client.get("/transfers/proposals/?window=28&target=28&keep=28&least=1")
    (value,) = set(re.findall(r'name="proposal" value="([^"]+)"', text(page)))
    assert "Rennes Le Bastard" in text(page)
    other = value.replace(value.rpartition(":")[2], "1")
    client.post("/transfers/proposals/", {"proposal": [value, other], "one": value})

    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.source, transfer.destination) == ("REQUESTED", rennes, brest)
    assert line_of(transfer, mug).quantity == 3
    assert "Nothing has to move" in text(client.get("/transfers/proposals/"))
    assert client.get("/transfers/proposals/?window=0").status_code == 422
    assert client.post("/transfers/proposals/", {"proposal": ["nonsense"]}).status_code == 422


# Counts.


def test_a_count_is_begun_reviewed_counted_again_and_posted(client, mug, rennes):
    where = client.post("/counts/new/", {"location": str(rennes.pk), "kind": "FULL", "blind": "on"}).url
    count = StockCount.objects.get()
    record_count(count_id=count.pk, counted=[Counted(mug.pk, 7)], now=timezone.now(), actor=SYSTEM)
    client.post(f"{where}finish/")
    page = text(client.get(where))
    assert "−3" in page
    assert "−€12.00" in page

    line = count_line(count, mug)
    client.post(where, {"action": "recount", "id": [str(line.pk)]})
    assert StockCount.objects.get().state == "COUNTING"
    record_count(count_id=count.pk, counted=[Counted(mug.pk, 9)], now=timezone.now(), actor=SYSTEM)
    client.post(f"{where}finish/")
    client.post(f"{where}post/")

    assert stock(mug, rennes)[0] == 9
    shrunk = text(client.get("/counts/shrinkage/"))
    assert "−€4.00" in shrunk
    assert client.get("/counts/shrinkage/?first=x&last=y").status_code == 422


def test_a_cycle_count_names_what_it_is_about(client, mug, rennes):
    make_sku("HAT")
    base = {"location": str(rennes.pk), "kind": "CYCLE"}

    nothing = client.post("/counts/new/", base)
    ghost = client.post("/counts/new/", {**base, "skus": "MUG, GHOST"})
    client.post("/counts/new/", {**base, "skus": "HAT\r\nMUG"})

    assert (nothing.status_code, ghost.status_code) == (422, 422)
    assert "Unknown SKU: GHOST." in text(ghost)
    assert StockCount.objects.get().kind == "CYCLE"


@pytest.mark.parametrize("where", ["/purchase-orders/", "/transfers/", "/counts/"])
def test_each_list_costs_the_same_for_one_row_and_three(
    client, mug, rennes, brest, where, django_assert_max_num_queries
):
    def make():
        make_purchase(rennes, (mug, 1), now=timezone.now())
        make_transfer(rennes, brest, (mug, 1), now=timezone.now())
        create_count(location_id=rennes.pk, now=timezone.now())

    make()
    client.get(where)
    with django_assert_max_num_queries(30) as one:
        client.get(where)
    make()
    make()
    with django_assert_max_num_queries(30) as three:
        page = text(client.get(where))
    assert page.count("data-row") == 3
    assert len(three.captured_queries) == len(one.captured_queries)


def test_the_palette_finds_documents_by_their_number(client, mug, rennes, brest, now):
    order = make_purchase(rennes, (mug, 1), now=now, reference="PO-77")
    transfer = make_transfer(rennes, brest, (mug, 1), now=now)
    count = create_count(location_id=rennes.pk, now=now)

    def found(query):
        return client.get(f"/palette/?q={query}")["Location"]

    assert found("po-77") == found(order.number) == f"/purchase-orders/{order.pk}/"
    assert found(transfer.number.lower()) == f"/transfers/{transfer.pk}/"
    assert found(count.number) == f"/counts/{count.pk}/"


# On a phone.


def test_the_work_of_a_location_and_of_no_other(phone, mug, rennes, brest, now):
    here = make_purchase(rennes, (mug, 3), now=now)
    there = make_purchase(brest, (mug, 3), now=now)
    leaving = make_transfer(rennes, brest, (mug, 1), now=now, upto="REQUESTED")
    create_count(location_id=rennes.pk, now=now, note="Shelf A")

    page = text(phone.get("/handling/RENNES/"))

    for words in (here.number, leaving.number, "Shelf A"):
        assert words in page
    assert there.number not in page
    assert phone.get("/handling/BREST/").status_code == 404
    assert phone.get(f"/handling/RENNES/arrivals/{there.pk}/").status_code == 404


def test_units_are_received_by_scan_and_by_number(phone, mug, rennes, now):
    order = make_purchase(rennes, (mug, 5), now=now)
    where, line = f"/handling/RENNES/arrivals/{order.pk}/", line_of(order, mug)

    for key in ("s1", "s1", "s2"):
        phone.post(f"{where}scan/", {"code": EAN, "key": key})
    over = phone.post(f"{where}take/", {"key": "t1", "line": str(line.pk), "quantity": "4", "damaged": "0"})
    phone.post(f"{where}take/", {"key": "t2", "line": str(line.pk), "quantity": "2", "damaged": "1"})
    wrong = phone.post(f"{where}scan/", {"code": "0000", "key": "s3"})

    assert stock(mug, rennes) == (14, 0, 1, 0)
    assert (over.status_code, wrong.status_code) == (409, 409)
    assert "No item of the catalogue has the barcode 0000." in text(wrong)
    assert "5 of 5 items" in text(phone.get(where))
    assert phone.post(f"{where}close/").url == "/handling/RENNES/"
    assert Receipt.objects.latest("recorded_at").actor["label"] == "Marie Le Goff"


def test_a_script_is_given_the_part_that_changed(phone, mug, rennes, now):
    order = make_purchase(rennes, (mug, 5), now=now)

    answer = phone.post(
        f"/handling/RENNES/arrivals/{order.pk}/scan/", {"code": EAN, "key": "s1"}, headers={"HX-Request": "true"}
    )

    assert text(answer).startswith('<div id="job"')
    assert 'data-result="good"' in text(answer)
    assert "Mug Ouessant: 1 of 5" in text(answer)


def test_a_transfer_is_sent_and_received_on_phones(phone, client, mug, rennes, brest, now):
    leaving = make_transfer(rennes, brest, (mug, 4), now=now, upto="REQUESTED")
    line = line_of(leaving, mug)
    phone.post(f"/handling/RENNES/transfers/{leaving.pk}/send/", {f"quantity-{line.pk}": "4"})
    assert stock(mug, brest) == (0, 0, 0, 4)
    assert phone.post(f"/handling/RENNES/transfers/{leaving.pk}/scan/", {"code": EAN}).status_code == 404
    receive_transfer(transfer_id=leaving.pk, arrivals=[Arrival(line.pk, 4)], key="1", now=now, finish=True)

    coming = make_transfer(brest, rennes, (mug, 3), now=now, upto="DISPATCHED")
    where = f"/handling/RENNES/transfers/{coming.pk}/"
    phone.post(f"{where}scan/", {"code": EAN, "key": "s1"})
    phone.post(f"{where}take/", {"key": "t1", "line": str(line_of(coming, mug).pk), "quantity": "1", "damaged": "1"})
    assert "All is here" in text(phone.get(where))
    phone.post(f"{where}finish/")

    assert Transfer.objects.get(pk=coming.pk).state == "CLOSED"
    assert stock(mug, rennes) == (8, 0, 1, 0)


def test_people_count_on_their_phones_without_seeing_what_is_expected(phone, client, mug, rennes):
    count = create_count(location_id=rennes.pk, now=timezone.now())
    where, line = f"/handling/RENNES/counts/{count.pk}/", count_line(count, mug)

    for key in ("s1", "s1", "s2"):
        phone.post(f"{where}scan/", {"code": EAN, "key": key})
    client.post(f"{where}set/", {"line": str(line.pk), "count": "5"})
    phone.post(f"{where}set/", {"line": str(line.pk), "count": "3"})
    odd = phone.post(f"{where}set/", {"line": str(line.pk), "count": "many"})

    assert {each.quantity for each in tallies_of([line.pk])[line.pk]} == {5, 3}
    assert count_line(count, mug).counted == 8
    page = text(phone.get(where))
    assert "8 with what others counted" in page
    assert "10 expected" not in page
    assert odd.status_code == 422
    phone.post(f"{where}finish/")
    assert StockCount.objects.get().state == "REVIEW"
    assert "Counting has ended" in text(phone.get(where))


def test_a_count_that_is_not_blind_tells_what_is_expected(phone, mug, rennes):
    count = create_count(location_id=rennes.pk, now=timezone.now(), blind=False)
    where = f"/handling/RENNES/counts/{count.pk}/"
    phone.post(f"{where}scan/", {"code": EAN, "key": "s1"})

    assert "10 expected" in text(phone.get(where))
    finish_counting(count_id=count.pk, now=timezone.now())
    late = phone.post(f"{where}scan/", {"code": EAN, "key": "s2"})
    assert late.status_code == 409


def test_the_period_of_the_shrinkage_is_filled_in_whatever_the_language(client):
    get_user_model().objects.update(language="fr")
    page = client.get("/counts/shrinkage/").content.decode()
    assert "Démarque" in page

    days = re.findall(r'type="date" name="(?:first|last)" value="([0-9-]+)"', page)
    first, last = (date.fromisoformat(day) for day in days)
    assert (last - first).days == 29
