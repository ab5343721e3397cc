"""Messages of channels, through the address that the channel was given."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from channels.models import Connection
from channels.services import create_connection
from oms.tenancy.context import tenant_scope

SECRET = "a secret that both sides know"
SETTINGS = {
    "woocommerce": {"url": "https://shop.example", "consumer_key": "ck", "consumer_secret": "cs"},
    "shopify": {"shop": "sim.myshopify.com", "access_token": "token"},
}
BODY = json.dumps({"id": 820982911946154508}).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def headers(kind: str, signed: str) -> dict[str, str]:
    if kind == "shopify":
        return {"X-Shopify-Hmac-Sha256": signed, "X-Shopify-Topic": "orders/create", "X-Shopify-Webhook-Id": "w1"}
    return {"X-WC-Webhook-Signature": signed, "X-WC-Webhook-Topic": "order.created", "X-WC-Webhook-Delivery-ID": "1"}


@pytest.fixture(params=["woocommerce", "shopify"])
def connected(request, tenants, now) -> Connection:
    with tenant_scope(tenants[0].pk):
        return create_connection(
            kind=request.param,
            name="Web shop",
            settings={**SETTINGS[request.param], "webhook_secret": SECRET},
            now=now + timedelta(days=30),
        )


def address(row: Connection, *, tenant_id: object = None, token: str = "") -> str:
    return f"/hooks/{tenant_id or row.tenant_id}/{row.pk}/{token or row.webhook_token}"


def send(row: Connection, where: str, body: bytes = BODY, signed: str = ""):
    client = Client(enforce_csrf_checks=True)
    given = headers(row.kind, signed or signature(body))
    return client.post(where, data=body, content_type="application/json", headers=given)


def next_poll(row: Connection):
    with tenant_scope(row.tenant_id):
        return Connection.objects.get(pk=row.pk).next_poll_at


def test_a_signed_message_wakes_the_poll_and_gets_no_data(connected):
    answer = send(connected, address(connected))

    assert (answer.status_code, answer.content) == (200, b"")
    assert next_poll(connected) < connected.next_poll_at


@pytest.mark.parametrize("wrong", ["signature", "token", "tenant", "connection"])
def test_a_message_that_proves_nothing_is_refused_and_wakes_nothing(connected, tenants, wrong):
    where = {
        "signature": address(connected),
        "token": address(connected, token="guessed"),
        "tenant": address(connected, tenant_id=tenants[1].pk),
        "connection": f"/hooks/{connected.tenant_id}/{uuid4()}/{connected.webhook_token}",
    }[wrong]
    signed = signature(BODY, "another secret") if wrong == "signature" else ""

    answer = send(connected, where, signed=signed)

    assert (answer.status_code, answer.content) == (401, b"")
    assert next_poll(connected) == connected.next_poll_at


def test_a_message_is_verified_over_the_body_as_it_came(connected):
    assert send(connected, address(connected), body=BODY + b" ", signed=signature(BODY)).status_code == 401


def test_a_message_that_is_too_large_is_refused_unread(connected):
    body = b"x" * (1024 * 1024 + 1)

    answer = send(connected, address(connected), body=body)

    assert answer.status_code == 413
    assert next_poll(connected) == connected.next_poll_at


def test_only_messages_are_taken(connected):
    assert Client().get(address(connected)).status_code == 405


def test_an_api_key_of_another_tenant_beside_the_message_changes_nothing(connected, tenants):
    given = headers(connected.kind, signature(BODY)) | {"Authorization": f"Bearer baton_{tenants[1].pk.hex}_x"}

    answer = Client().post(address(connected), data=BODY, content_type="application/json", headers=given)

    assert answer.status_code == 200
