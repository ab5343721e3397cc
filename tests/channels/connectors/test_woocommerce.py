"""What is WooCommerce's own, against a shop that behaves as the real one."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

import httpx
import pytest

from channels.connectors.enums import CancelReason, Capability, ErrorKind, OrderState, WebhookSubject
from channels.connectors.errors import CapabilityMissingError, ConnectorError
from channels.connectors.http import Answer
from channels.connectors.types import (
    CancellationPush,
    Listing,
    PushedLine,
    ReadyPush,
    RefundLine,
    RefundPush,
    StockPush,
)
from channels.connectors.woocommerce.client import refine_error
from channels.connectors.woocommerce.commands import refund_body
from channels.connectors.woocommerce.connector import WooCommerce
from channels.connectors.woocommerce.oauth import signature
from channels.connectors.woocommerce.paging import PageCursor
from tests.channels.connectors.payloads import payload

SINCE = datetime.now(tz=UTC) - timedelta(days=1)


def until() -> datetime:
    return datetime.now(tz=UTC) + timedelta(seconds=5)


def pull(connector, *, between=lambda: None) -> list:
    found, cursor = [], None
    while True:
        page = connector.orders_changed(since=SINCE, until=until(), cursor=cursor)
        found += page.orders
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor
        between()


def test_the_signature_is_that_of_rfc_5849() -> None:
    """Worked out by hand: the base string is the standard's, joined and encoded step by step."""
    pairs = [("oauth_nonce", "n1"), ("status", "any"), ("a b", "c+d&é"), ("oauth_timestamp", "1700000000")]
    base = (
        "GET&https%3A%2F%2Fshop.example%2Fwp-json%2Fwc%2Fv3%2Forders&"
        "a%2520b%3Dc%252Bd%2526%25C3%25A9%26oauth_nonce%3Dn1%26oauth_timestamp%3D1700000000%26status%3Dany"
    )
    expected = base64.b64encode(hmac.new(b"s3cret&", base.encode(), hashlib.sha256).digest()).decode()

    assert signature("get", "https://shop.example/wp-json/wc/v3/orders", pairs, "s3cret") == expected


def test_the_secret_never_travels_on_plain_http(woo) -> None:
    seen = []
    with woo.connector() as connector:
        connector._client._http._client.event_hooks = {"request": [seen.append]}
        connector.orders_changed(since=SINCE, until=until())

    [request] = seen
    assert "authorization" not in request.headers
    assert request.url.params["oauth_signature_method"] == "HMAC-SHA256"
    assert "secret-1" not in str(request.url)


def test_basic_authentication_is_for_https_only() -> None:
    given = {"consumer_key": "k", "consumer_secret": "s"}
    with WooCommerce.connect({"url": "https://shop.example", **given}) as connector:
        assert isinstance(connector._client._auth, httpx.BasicAuth)


def test_the_window_is_opened_by_a_second_on_both_sides(woo) -> None:
    order_id = woo.place({"MUG": 1})
    order = woo.order(order_id)
    order.modified_at = 1_795_000_000.4
    moment = datetime.fromtimestamp(1_795_000_000, tz=UTC)

    with woo.connector() as connector:
        exact = connector.orders_changed(since=moment, until=moment + timedelta(seconds=1))
        later = connector.orders_changed(since=moment + timedelta(seconds=2), until=moment + timedelta(seconds=9))

    assert [each.external_id for each in exact.orders] == [order_id]
    assert later.orders == ()


def test_an_order_that_changes_while_pages_are_read_hides_no_other(woo) -> None:
    """The list is read by page number: the changed order leaves the window and all behind it move up."""
    placed = [woo.place({"MUG": 1}) for _ in range(120)]
    moving = iter(placed[:30])

    def leave() -> None:
        for order_id in islice(moving, 10):
            woo.order(order_id).modified_at += 3600

    with woo.connector() as connector:
        found = pull(connector, between=leave)

    assert set(placed[30:]) <= {each.external_id for each in found}


@pytest.mark.parametrize(
    ("cursor", "rows", "total", "following"),
    [
        (None, 50, 120, "any:2:120:0"),
        ("any:2:120:0", 50, 120, "any:3:120:0"),
        ("any:3:120:0", 20, 120, "trash:1:0:0"),
        ("any:2:120:0", 50, 115, "any:1:115:1"),
        ("any:3:120:0", 0, 0, "any:2:120:1"),
        ("any:2:60:0", 8, 58, "any:1:58:1"),
        (None, 0, 0, "trash:1:0:0"),
        ("trash:1:0:0", 0, 0, None),
        ("trash:1:0:0", 50, 51, "trash:2:51:0"),
    ],
)
def test_where_to_go_on(cursor, rows, total, following) -> None:
    found = PageCursor.parse(cursor).after(rows=rows, total=total, size=50)

    assert (None if found is None else str(found)) == following


def test_a_list_that_never_holds_still_is_given_up() -> None:
    cursor = PageCursor.parse("any:3:120:50")

    with pytest.raises(ConnectorError) as raised:
        cursor.after(rows=0, total=0, size=50)

    assert raised.value.kind is ErrorKind.CONTRACT


@pytest.mark.parametrize("cursor", ["", "2", "any:x:1:0", "open:1:0:0", "any:1"])
def test_a_strange_cursor_is_refused(cursor) -> None:
    with pytest.raises(ConnectorError):
        PageCursor.parse(cursor)


def test_an_order_in_the_bin_is_seen_as_cancelled(woo) -> None:
    order_id = woo.place({"MUG": 1})
    woo.simulator.act(woo.order(order_id), "trash")

    with woo.connector() as connector:
        [listed] = pull(connector)
        read = connector.order(order_id)

    assert listed.state is read.state is OrderState.CANCELLED
    assert "bin" in listed.notices[0]


def test_stock_is_pushed_in_batches_of_products_and_of_each_parents_variations(woo) -> None:
    woo.shop.add_products([{"sku": f"N{n}", "price": 1, "stock": 1} for n in range(150)])
    seen = []
    with woo.connector() as connector:
        first = connector.listings()
        second = connector.listings(first.next_cursor)
        listings = (*first.listings, *second.listings)
        connector._client._http._client.event_hooks = {"request": [seen.append]}
        results = connector.push_stock([StockPush(listing=each, quantity=3) for each in listings])

    assert [each.accepted for each in results] == [True] * 155
    assert [each.url.path.split("/v3/")[1].split("/")[-2] for each in seen] == ["products", "products", "variations"]


def test_products_without_stock_management_are_switched_on_or_told(woo) -> None:
    woo.shop.add_products([{"sku": "LOOSE", "price": 1, "manage_stock": False}])
    product = woo.shop.product("LOOSE")
    listing = Listing(
        external_id=str(product.id), sku="LOOSE", product_id=str(product.id), inventory_id=str(product.id)
    )

    with woo.connector(manage_stock=False) as connector:
        [refused] = connector.push_stock([StockPush(listing=listing, quantity=4)])
    with woo.connector() as connector:
        [accepted] = connector.push_stock([StockPush(listing=listing, quantity=4)])

    assert (refused.accepted, refused.reason) == (False, "The shop does not manage the stock of this product.")
    assert (accepted.accepted, product.stock) == (True, 4)


def test_a_failure_after_acknowledged_batches_keeps_what_was_acknowledged(woo) -> None:
    with woo.connector() as connector:
        listings = {each.sku: each for each in connector.listings().listings}
        woo.running.app.state.faults.replace([{"kind": "server_error", "path": "variations"}])
        mug, pull = connector.push_stock([StockPush(listing=listings[sku], quantity=9) for sku in ("MUG", "PULL-M")])
        with pytest.raises(ConnectorError):
            connector.push_stock([StockPush(listing=listings["PULL-M"], quantity=9)])

    assert (mug.accepted, mug.quantity) == (True, 9)
    assert (pull.accepted, pull.kind) == (False, ErrorKind.TRANSIENT)


def test_goods_ready_to_collect_are_told_once(woo) -> None:
    order_id = woo.place({"MUG": 1}, delivery="pickup")
    push = ReadyPush(order_id=order_id, key="r1", message="Votre commande est prête. Code : 4711")
    with woo.connector() as connector:
        repeats = [connector.push_ready(push).repeated for _ in range(2)]

    assert repeats == [False, True]
    assert woo.report(order_id)["customer_notes"] == [push.message]
    assert woo.report(order_id)["status"] == "processing"


def test_the_shop_puts_cancelled_units_back_to_sale_itself(woo) -> None:
    order_id = woo.place({"MUG": 2})
    before = woo.stock("MUG")
    with woo.connector() as connector:
        result = connector.push_cancellation(
            CancellationPush(order_id=order_id, key="c1", reason=CancelReason.NO_STOCK, note="Rupture")
        )

    assert (result.stock_touched, woo.stock("MUG")) == (True, before + 2)
    assert "Rupture" in woo.report(order_id)["notes"]


def test_some_units_cannot_be_cancelled_and_it_is_said(woo) -> None:
    push = CancellationPush(order_id="1", key="c1", lines=(PushedLine(line_id="1", quantity=1),))
    with woo.connector() as connector, pytest.raises(CapabilityMissingError) as raised:
        connector.push_cancellation(push)

    assert raised.value.capability is Capability.PARTIAL_CANCELLATION


def test_a_refund_names_each_tax_and_leaves_the_stock() -> None:
    order = payload("woocommerce_order")
    order["line_items"][0]["taxes"] = [{"id": 1, "total": "3.00"}, {"id": 2, "total": "0.60"}]
    push = RefundPush(
        order_id="9001",
        key="r1",
        currency="EUR",
        amount=Decimal("16.8"),
        lines=(RefundLine(line_id="501", quantity=1, net=Decimal("9.00"), tax=Decimal("1.81")),),
        shipping_net=Decimal(5),
        shipping_tax=Decimal(1),
        reason="Cassé",
    )

    assert refund_body(order, push) == {
        "amount": "16.80",
        "reason": "Cassé",
        "api_refund": False,
        "api_restock": False,
        "line_items": [
            {
                "id": 501,
                "quantity": 1,
                "refund_total": 9.0,
                "refund_tax": [{"id": 1, "refund_total": 1.51}, {"id": 2, "refund_total": 0.3}],
            },
            {"id": 81, "quantity": 0, "refund_total": 5.0, "refund_tax": [{"id": 1, "refund_total": 1.0}]},
        ],
        "meta_data": [{"key": "_baton_refund", "value": "r1"}],
    }


def test_a_refund_the_shop_refuses_is_not_tried_for_ever(woo) -> None:
    order_id = woo.place({"MUG": 1})
    push = RefundPush(order_id=order_id, key="r1", currency="EUR", amount=Decimal(9999))
    with woo.connector() as connector, pytest.raises(ConnectorError) as raised:
        connector.push_refund(push)

    assert (raised.value.kind, raised.value.permanent) == (ErrorKind.VALIDATION, True)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "woocommerce_rest_cannot_view", ErrorKind.AUTH),
        (403, "woocommerce_rest_cannot_edit", ErrorKind.AUTH),
        (404, "rest_no_route", ErrorKind.CONTRACT),
        (404, "woocommerce_rest_shop_order_invalid_id", ErrorKind.GONE),
        (400, "rest_invalid_param", ErrorKind.VALIDATION),
        (413, "woocommerce_rest_request_entity_too_large", ErrorKind.VALIDATION),
        (500, "woocommerce_rest_cannot_create_order_refund", ErrorKind.VALIDATION),
    ],
)
def test_the_shops_own_codes_tell_the_cure(status, code, kind) -> None:
    error = refine_error(Answer(status=status, headers={}, data={"code": code, "message": "&quot;No&quot;"}))

    assert error is not None
    assert (error.kind, error.permanent, error.message) == (kind, True, 'WooCommerce: "No"')


@pytest.mark.parametrize(
    ("status", "code"), [(500, "internal_server_error"), (503, "woocommerce_rest_busy"), (429, "rest_too_many")]
)
def test_a_shop_that_is_down_is_asked_again(status, code) -> None:
    assert refine_error(Answer(status=status, headers={}, data={"code": code})) is None


def test_the_connection_test_tells_what_is_wrong(woo) -> None:
    with woo.connector() as connector:
        report = connector.check()
    woo.simulator.keys.writes = False
    with woo.connector() as connector, pytest.raises(ConnectorError) as read_only:
        connector.check()
    woo.simulator.keys.writes, woo.simulator.keys.home = True, woo.running.url
    alias = woo.running.url.replace("127.0.0.1", "localhost")
    with woo.connector(url=alias) as connector, pytest.raises(ConnectorError) as renamed:
        connector.check()
    with woo.connector(url=f"{woo.running.url}/blog") as connector, pytest.raises(ConnectorError) as elsewhere:
        connector.check()

    assert (report.currency, report.time_zone, len(report.notices)) == ("EUR", "Europe/Paris", 1)
    assert (read_only.value.kind, "write permissions" in read_only.value.message) == (ErrorKind.AUTH, True)
    assert (renamed.value.kind, renamed.value.message.split(":")[0]) == (
        ErrorKind.VALIDATION,
        "The shop's own address is http",
    )
    assert elsewhere.value.kind in {ErrorKind.VALIDATION, ErrorKind.CONTRACT}


def test_a_site_that_hides_its_index_can_be_connected(woo) -> None:
    hidden = [{"kind": "server_error", "status": 403, "path": "^/wp-json/$"}]
    woo.running.app.state.faults.replace(hidden)
    with woo.connector() as connector:
        assert connector.check().currency == "EUR"


def test_private_addresses_need_their_setting(woo) -> None:
    with woo.connector(allow_private_addresses=False) as connector, pytest.raises(ConnectorError) as raised:
        connector.check()

    assert raised.value.code == "forbidden_address"


def test_a_ping_is_not_signed_and_anything_else_is() -> None:
    ping = WooCommerce.verify_webhook({"Content-Type": "application/x-www-form-urlencoded"}, b"webhook_id=4", ["s"])

    assert (ping.subject, ping.external_id) == (WebhookSubject.PING, None)
    for body in (b"webhook_id=4" + b"0" * 80, b'{"id": 4}', b""):
        with pytest.raises(ConnectorError) as raised:
            WooCommerce.verify_webhook({}, body, ["s"])
        assert raised.value.kind is ErrorKind.AUTH


@pytest.mark.parametrize(
    ("topic", "subject"),
    [
        ("order.updated", WebhookSubject.ORDER),
        ("product.updated", WebhookSubject.LISTING),
        ("coupon.created", WebhookSubject.OTHER),
    ],
)
def test_a_delivery_says_what_it_is_about(topic, subject) -> None:
    body = b'{"id":84}'
    sign = base64.b64encode(hmac.new(b"s", body, hashlib.sha256).digest()).decode()
    headers = {"x-wc-webhook-signature": sign, "X-WC-WEBHOOK-TOPIC": topic, "X-WC-Webhook-Delivery-ID": "d1"}

    event = WooCommerce.verify_webhook(headers, body, ["", "s"])

    assert (event.topic, event.subject, event.external_id, event.delivery_id) == (topic, subject, "84", "d1")


def test_a_signed_body_that_is_not_json_is_a_broken_contract() -> None:
    sign = base64.b64encode(hmac.new(b"s", b"{", hashlib.sha256).digest()).decode()

    with pytest.raises(ConnectorError) as raised:
        WooCommerce.verify_webhook({"X-WC-Webhook-Signature": sign}, b"{", ["s"])

    assert raised.value.kind is ErrorKind.CONTRACT
