"""The pages of the channels, as a browser without JavaScript uses them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.models import Connection, ExchangeLog, Listing, ParkedItem, Publication
from channels.services import create_connection
from inventory.models import Sku
from oms.tenancy.context import tenant_scope
from oms.tenancy.crypto import unseal
from oms.tenancy.models import AuditEntry
from tests.factories import make_location, make_sku, make_stock
from tests.web.conftest import make_person, signed_in

SETTINGS = {
    "url": "http://127.0.0.1:9",
    "consumer_key": "ck_1",
    "consumer_secret": "cs_1",
    "allow_private_addresses": True,
}


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "MANAGER"), tenants[0])


@pytest.fixture
def row(tenant, now) -> Connection:
    return connect("Web shop", now)


def connect(name, now, **settings) -> Connection:
    return create_connection(kind="woocommerce", name=name, settings={**SETTINGS, **settings}, now=now)


def listing(row, code, **fields) -> Listing:
    values = {"external_id": f"x-{code}", "sku_code": code, "title": f"Title {code}", "seen_at": timezone.now()}
    return Listing.objects.create(connection=row, **{**values, **fields})


def park(row, number="1001") -> ParkedItem:
    return ParkedItem.objects.create(
        connection=row,
        kind="UNKNOWN_SKU",
        external_id=number,
        reason="Unknown SKU: GHOST.",
        raw={"number": number, "note": "<b>as received</b>"},
        created_at=timezone.now(),
        updated_at=timezone.now(),
    )


def publish(row, of, before, quantity, **fields) -> Publication:
    at = timezone.now()
    values = {"changed_at": at - timedelta(seconds=2), "sent_at": at, "acknowledged_at": at, "delay_ms": 2000}
    return Publication.objects.create(
        connection=row, listing=of, before=before, quantity=quantity, **{**values, **fields}
    )


def text(response) -> str:
    return " ".join(response.content.decode().split())


def form_of(**changes):
    return {
        "name": "Web shop",
        "stock_view": "",
        "set-url": "https://shop.example",
        "set-consumer_key": "ck_2",
        **changes,
    }


def test_the_list_says_how_each_channel_does(client, row):
    publish(row, listing(row, "MUG", sku=make_sku("MUG"), dirty_since=timezone.now()), 5, 4)
    park(row)
    Connection.objects.filter(pk=row.pk).update(
        failures=2, last_error="503 from the shop", last_error_at=timezone.now()
    )

    page = text(client.get("/channels/"))

    assert f'href="/channels/{row.pk}/"' in page
    for words in ("Web shop", "WooCommerce", "Not answering", "503 from the shop", "2 s", '<b class="bt-t-bad">1</b>'):
        assert words in page


def test_the_list_costs_the_same_for_one_channel_and_three(client, row, now, django_assert_num_queries):
    client.get("/channels/")
    with django_assert_num_queries(13):
        client.get("/channels/")
    for name in ("Second", "Third"):
        park(connect(name, now), "7")
    with django_assert_num_queries(13):
        page = client.get("/channels/")
    assert text(page).count("data-row") == 3


def test_what_the_channel_was_told_with_its_delay_and_refusal(client, row):
    mug = listing(row, "MUG", sku=make_sku("MUG"))
    publish(row, mug, 5, 4)
    publish(row, mug, 4, 3, acknowledged_at=None, delay_ms=None, error="This article is locked.")

    page, refused = client.get(f"/channels/{row.pk}/"), client.get(f"/channels/{row.pk}/?answer=refused")

    assert "Acknowledged" in text(page)
    assert text(page).count("data-row") == 2
    assert text(refused).count("data-row") == 1
    assert "This article is locked." in text(refused)


@pytest.mark.parametrize("part", ["", "listings/", "parked/", "exchanges/"])
def test_each_part_costs_the_same_for_one_row_and_three(client, row, part, django_assert_max_num_queries):
    def fill(code):
        publish(row, listing(row, code, sku=make_sku(code)), 1, 2)
        listing(row, f"{code}-loose")
        park(row, code)
        ExchangeLog.objects.create(
            connection=row, operation="orders", method="GET", url="/orders", status=500, elapsed_ms=3
        )

    fill("A")
    client.get(f"/channels/{row.pk}/{part}")
    with django_assert_max_num_queries(30) as one:
        client.get(f"/channels/{row.pk}/{part}")
    fill("B"), fill("C")
    with django_assert_max_num_queries(30) as three:
        assert client.get(f"/channels/{row.pk}/{part}").status_code == 200
    assert len(three.captured_queries) == len(one.captured_queries)


def test_secrets_never_leave_and_stay_when_the_field_is_left_empty(client, row):
    shown = client.get(f"/channels/{row.pk}/settings/")
    saved = client.post(f"/channels/{row.pk}/settings/", form_of(name="New name"))

    assert "ck_1" not in text(shown)
    assert "cs_1" not in text(shown)
    assert saved.status_code == 302
    found = Connection.objects.select_related("channel").get(pk=row.pk)
    assert found.channel.name == "New name"
    assert found.settings["url"] == "https://shop.example"
    assert unseal(bytes(found.secrets))["consumer_secret"] == "cs_1"


def test_a_setting_that_is_emptied_is_empty(client, tenant, now):
    row = connect("Web shop", now, extra_statuses="preparing=TO_FULFIL")

    client.post(f"/channels/{row.pk}/settings/", form_of(**{"set-extra_statuses": ""}))

    assert Connection.objects.get(pk=row.pk).settings["extra_statuses"] == ""


def test_settings_that_are_wrong_are_refused_in_words_and_nothing_changes(client, row):
    answer = client.post(f"/channels/{row.pk}/settings/", form_of(name="", **{"set-url": "not an address"}))

    assert answer.status_code == 422
    assert Connection.objects.select_related("channel").get(pk=row.pk).channel.name == "Web shop"
    refused = client.post(f"/channels/{row.pk}/settings/", form_of(**{"set-url": "not an address"}))
    assert refused.status_code == 422
    assert "This is not a web address" in text(refused)


def test_a_channel_is_connected_through_the_form_of_its_kind(client, tenant):
    chosen = client.get("/channels/new/")
    empty = client.post(
        "/channels/new/woocommerce/", form_of(family="SHOP", country="FR", currency="EUR", **{"set-url": ""})
    )
    made = client.post(
        "/channels/new/woocommerce/",
        form_of(family="SHOP", country="FR", currency="EUR", **{"set-consumer_secret": "cs_2"}),
    )

    assert 'href="/channels/new/shopify/"' in text(chosen)
    assert empty.status_code == 422
    row = Connection.objects.get()
    assert made.url == f"/channels/{row.pk}/settings/"
    assert unseal(bytes(row.secrets))["consumer_secret"] == "cs_2"
    assert client.get("/channels/new/none/").status_code == 404


def test_a_second_channel_of_the_same_name_is_refused_in_words(client, row):
    answer = client.post(
        "/channels/new/woocommerce/",
        form_of(family="SHOP", country="FR", currency="EUR", **{"set-consumer_secret": "cs_2"}),
    )

    assert answer.status_code == 422
    assert "There is a channel web-shop already." in text(answer)
    assert Connection.objects.count() == 1


def test_the_connection_test_says_why_the_channel_cannot_be_used(client, row):
    answer = client.post(f"/channels/{row.pk}/test/", follow=True)

    assert answer.redirect_chain == [(f"/channels/{row.pk}/settings/", 302)]
    assert "The channel cannot be used:" in text(answer)


def test_a_channel_is_paused_and_resumed(client, row):
    client.post(f"/channels/{row.pk}/pause/")
    assert Connection.objects.get(pk=row.pk).state == "PAUSED"
    assert "This channel is paused." in text(client.get(f"/channels/{row.pk}/"))

    client.post(f"/channels/{row.pk}/resume/")
    assert Connection.objects.get(pk=row.pk).state == "ACTIVE"


def test_everything_is_told_again_on_demand(client, row):
    mug = listing(row, "MUG", sku=make_sku("MUG"), told=4)

    client.post(f"/channels/{row.pk}/publish/")

    mug.refresh_from_db()
    assert (mug.told, mug.dirty_since is not None) == (None, True)


def test_a_listing_is_linked_by_hand_and_an_unknown_sku_is_refused(client, row):
    make_sku("MUG")
    odd = listing(row, "TASSE")
    where = f"/channels/{row.pk}/listings/{odd.pk}/"

    refused, linked = client.post(where, {"sku": "GHOST"}), client.post(where, {"sku": "MUG"})

    assert refused.status_code == 422
    assert "Unknown SKU: GHOST." in text(refused)
    assert linked.url == f"/channels/{row.pk}/listings/"
    odd.refresh_from_db()
    assert odd.sku.code == "MUG"


def test_missing_skus_are_created_from_the_listings(client, row):
    listing(row, "TASSE", barcode="3701204558812")

    client.post(f"/channels/{row.pk}/listings/adopt/")

    assert Sku.objects.get().code == "TASSE"
    assert Listing.objects.get().sku_id == Sku.objects.get().pk


def test_a_parked_order_is_shown_as_received_and_given_up_with_a_reason(client, row):
    item = park(row)
    where = f"/channels/{row.pk}/parked/{item.pk}/"

    page, silent = client.get(where), client.post(f"{where}discard/", {"reason": ""})
    assert "&lt;b&gt;as received&lt;/b&gt;" in text(page)
    assert silent.status_code == 422
    assert ParkedItem.objects.get().resolved_at is None

    given_up = client.post(f"{where}discard/", {"reason": "Test order"})
    assert given_up.url == f"/channels/{row.pk}/parked/"
    assert ParkedItem.objects.get().resolved_at is not None
    assert AuditEntry.objects.get(action="parked_item.discarded").data["reason"] == "Test order"
    assert client.get(where).status_code == 404


def test_a_replay_that_the_channel_does_not_answer_keeps_the_order_parked(client, row):
    park(row)

    answer = client.post(f"/channels/{row.pk}/parked/replay/", follow=True)

    assert "The channel cannot be used:" in text(answer)
    assert ParkedItem.objects.get().resolved_at is None


PAGES = ["", "listings/", "parked/", "exchanges/", "settings/"]
ACTS = ["test/", "pause/", "resume/", "publish/", "listings/adopt/", "parked/replay/"]


@pytest.mark.parametrize("role", ["STORE_STAFF", "PARTNER"])
def test_people_of_one_place_see_no_channel(tenants, row, role):
    client = signed_in(make_person(tenants[0], role), tenants[0])

    assert {client.get(f"/channels/{row.pk}/{part}").status_code for part in PAGES} == {403}
    assert {client.post(f"/channels/{row.pk}/{part}").status_code for part in ACTS} == {403}
    assert client.get("/channels/").status_code == 403


def test_who_only_reads_is_offered_no_act_and_may_do_none(tenants, row):
    client = signed_in(make_person(tenants[0], "ANALYST"), tenants[0])

    page = client.get(f"/channels/{row.pk}/")

    assert page.status_code == 200
    assert f"/channels/{row.pk}/pause/" not in text(page)
    assert {client.post(f"/channels/{row.pk}/{part}").status_code for part in ACTS} == {403}
    assert client.get(f"/channels/{row.pk}/settings/").status_code == 403
    assert Connection.objects.get(pk=row.pk).state == "ACTIVE"


def test_a_channel_of_another_company_does_not_exist(tenants, now):
    with tenant_scope(tenants[1].pk):
        row = connect("Rival shop", now)
        item, odd = park(row), listing(row, "X")
    client = signed_in(make_person(tenants[0]), tenants[0])

    assert {client.get(f"/channels/{row.pk}/{part}").status_code for part in PAGES} == {404}
    assert {client.post(f"/channels/{row.pk}/{part}").status_code for part in ACTS} == {404}
    assert client.get(f"/channels/{row.pk}/parked/{item.pk}/").status_code == 404
    assert client.post(f"/channels/{row.pk}/listings/{odd.pk}/", {"sku": "X"}).status_code == 404
    assert "Rival shop" not in text(client.get("/channels/"))


def panel(client, code="MUG") -> str:
    """The card of a SKU's page that says what the channels were told."""
    return text(client.get(f"/stock/{code}/")).split('aria-label="Publications"')[1].split("</section>")[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"told": 7, "told_at": timezone.now()}, [">7<", "Acknowledged"]),
        ({"told": 9, "dirty_since": timezone.now()}, [">9<", "Waiting", "owed since"]),
        ({"error": "The shop no longer has order 7."}, [">4<", "Refused", "The shop no longer has order 7."]),
        ({"withdrawn_at": timezone.now()}, ["No longer offered"]),
        ({"stock_managed": False}, ["Stock not kept there"]),
        ({}, ["Never told"]),
    ],
)
def test_the_page_of_a_sku_says_what_each_channel_was_told(client, row, now, fields, words):
    mug = make_sku("MUG")
    make_stock(mug, make_location("RENNES"), 7, now=now)
    one = listing(row, "MUG", sku=mug, **fields)
    publish(row, one, 9, 4, error=fields.get("error", ""))

    shown = panel(client)

    assert [word for word in [">7<", "Web shop", "All locations", *words] if word not in shown] == []


def test_a_paused_channel_is_why_a_number_waits(client, row):
    listing(row, "MUG", sku=make_sku("MUG"), dirty_since=timezone.now())
    client.post(f"/channels/{row.pk}/pause/")

    assert "Paused" in panel(client)


def test_the_page_of_a_sku_costs_the_same_for_one_listing_and_three(client, row, django_assert_max_num_queries):
    mug = make_sku("MUG")
    listing(row, "MUG", sku=mug)
    panel(client)
    with django_assert_max_num_queries(40) as one:
        panel(client)
    for name in ("B", "C"):
        listing(row, name, sku=mug)
    with django_assert_max_num_queries(40) as three:
        panel(client)

    assert len(three.captured_queries) == len(one.captured_queries)


def test_listings_of_another_company_are_not_on_the_page(tenants, now):
    with tenant_scope(tenants[1].pk):
        listing(connect("Rival shop", now), "MUG", sku=make_sku("MUG"))
    with tenant_scope(tenants[0].pk):
        make_sku("MUG")
    client = signed_in(make_person(tenants[0]), tenants[0])

    assert "No channel offers this SKU." in panel(client)
