from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from channels.models import Connection, Listing, Publication
from channels.simulators.app import Options, build
from channels.simulators.server import Running
from inventory.services import save_view
from oms.orders.models import SalesChannel
from oms.tenancy.context import tenant_scope
from tests.api.client import ApiClient, make_key

CATALOGUE = [{"sku": "MUG", "name": "Mug", "price": 12.5, "stock": 50}]
WOO = {"consumer_key": "ck_simulated", "consumer_secret": "cs_simulated", "allow_private_addresses": True}


def woo(url: str = "https://shop.example", **settings) -> dict:
    return {"kind": "woocommerce", "name": "Web shop", "settings": {"url": url, **WOO, **settings}}


def test_a_channel_of_a_connector_is_created_and_its_secrets_never_come_out(api, tenants):
    made = api.post("/channels", woo())

    assert made.status_code == 201, made.content
    channel = made.json()
    assert (channel["code"], channel["kind"], channel["active"]) == ("web-shop", "woocommerce", True)
    assert channel["connection"]["state"] == "ACTIVE"
    assert channel["connection"]["settings"]["url"] == "https://shop.example"
    assert channel["connection"]["settings"]["consumer_secret"] is True
    assert b"cs_simulated" not in made.content
    assert api.get(f"/channels/{channel['id']}").json() == channel
    assert api.get("/channels").json()["results"] == [channel]


def test_a_channel_for_this_api_has_no_connection(api, shop):
    made = api.post("/channels", {"name": "Call centre", "currency": "CHF", "country": "CH"}).json()

    order = {"channel": made["code"], "external_id": "1", "lines": [{"sku": "MUG", "quantity": 1}]}
    placed = api.post("/orders", order)

    assert (made["code"], made["kind"], made["connection"]) == ("call-centre", "api", None)
    assert (placed.status_code, placed.json()["currency"]) == (201, "CHF")
    assert api.get(f"/channels/{made['id']}/publications").json()["results"] == []
    assert api.post(f"/channels/{made['id']}/test").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x", "kind": "fax"}, "#/kind"),
        ({"kind": "woocommerce", "settings": {}}, "#/name"),
        ({"name": "x", "kind": "woocommerce"}, "#/settings/url"),
        ({"name": "x", "kind": "woocommerce", "settings": {"url": "ftp://x"}}, "#/settings/url"),
        ({"name": "x", "code": "A B"}, "#/code"),
        ({"name": "x", "currency": "eur"}, "#/currency"),
    ],
)
def test_a_channel_that_is_none(api, tenants, body, pointer):
    response = api.post("/channels", body)

    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    with tenant_scope(tenants[0].pk):
        assert SalesChannel.objects.count() == 0


def test_a_code_is_taken_once(api, tenants):
    assert [api.post("/channels", {"name": "x", "code": "x"}).status_code for _request in range(2)] == [201, 422]


def test_a_channel_is_changed_and_keeps_the_secrets_that_are_not_given(api, tenants):
    with tenant_scope(tenants[0].pk):
        save_view(code="half", name="Half", percentage=50)
    made = api.post("/channels", woo()).json()

    changed = api.patch(
        f"/channels/{made['id']}",
        {"name": "Shop", "view": "half", "settings": {"url": "https://other.example", "consumer_secret": ""}},
    ).json()
    back = api.patch(f"/channels/{made['id']}", {"view": None, "active": False}).json()

    assert (changed["name"], changed["view"]) == ("Shop", "half")
    assert changed["connection"]["settings"]["url"] == "https://other.example"
    assert changed["connection"]["settings"]["consumer_secret"] is True
    assert (back["view"], back["active"], back["name"]) == (None, False, "Shop")
    assert api.patch(f"/channels/{made['id']}", {"view": "nowhere"}).status_code == 422
    assert api.patch(f"/channels/{made['id']}", {"settings": {"url": "x"}}).status_code == 422


def test_the_connection_test_says_what_the_channel_answers(transactional_db, api, tenants):
    with Running(build(Options(kind="woocommerce", seed=7, catalogue=CATALOGUE))) as running:
        good = api.post("/channels", woo(running.url)).json()
        tested = api.post(f"/channels/{good['id']}/test")
    gone = api.post(f"/channels/{good['id']}/test")

    assert tested.status_code == 200, tested.content
    assert tested.json()["currency"] == "EUR"
    assert (gone.status_code, gone.json()["code"]) == (409, "channels.unreachable")
    reader = ApiClient(make_key(tenants[0], ["channels:read"]))
    assert reader.post(f"/channels/{good['id']}/test").status_code == 403
    assert reader.get(f"/channels/{good['id']}").json()["webhook_url"] == ""
    assert ApiClient("baton_x").post(f"/channels/{good['id']}/test").status_code == 401


def test_a_channels_message_wakes_the_poll_when_it_is_signed(api, tenants):
    made = api.post("/channels", woo(webhook_secret="whsec")).json()
    later = timezone.now() + timedelta(hours=1)
    with tenant_scope(tenants[0].pk):
        Connection.objects.update(next_poll_at=later)
    body = b'{"id": 1}'
    signature = base64.b64encode(hmac.new(b"whsec", body, hashlib.sha256).digest()).decode()

    def call(address: str, signed: str):
        headers = {"X-WC-Webhook-Signature": signed, "X-WC-Webhook-Topic": "order.updated"}
        return Client().post(address, body, content_type="application/json", headers=headers)

    def next_poll():
        with tenant_scope(tenants[0].pk):
            return Connection.objects.get().next_poll_at

    assert call(made["webhook_url"], "forged").status_code == 401
    assert call(made["webhook_url"][:-1] + "_", signature).status_code == 401
    assert call(made["webhook_url"].replace(str(tenants[0].pk), str(tenants[1].pk)), signature).status_code == 401
    assert next_poll() == later
    assert call(made["webhook_url"], signature).status_code == 200
    assert next_poll() < later


def test_publications_show_their_delay(api, shop):
    made = api.post("/channels", woo()).json()
    now = timezone.now()
    with tenant_scope(shop.tenant.pk):
        row = Connection.objects.get()
        listing = Listing.objects.create(connection=row, external_id="17", sku=shop.sku, seen_at=now)
        for before, quantity in ((None, 10), (10, 9), (9, 8)):
            Publication.objects.create(
                connection=row,
                listing=listing,
                quantity=quantity,
                before=before,
                changed_at=now,
                sent_at=now,
                acknowledged_at=now,
                delay_ms=100 * quantity,
            )

    first = api.get(f"/channels/{made['id']}/publications?limit=2").json()
    rest = api.get(first["next"]).json()

    told = [(row["sku"], row["before"], row["quantity"], row["delay_ms"]) for row in first["results"] + rest["results"]]
    assert told == [("MUG", 9, 8, 800), ("MUG", 10, 9, 900), ("MUG", None, 10, 1000)]
    publication = api.get(f"/channels/{made['id']}").json()["publication"]
    assert (publication["count"], publication["p50"]) == (3, 900.0)
