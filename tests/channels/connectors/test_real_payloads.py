"""Bodies that real shops sent, in a folder named by BATON_REAL_PAYLOADS: each maps, or is parked with a reason."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels.connectors.enums import ErrorKind, WebhookSubject
from channels.connectors.errors import ConnectorError
from channels.connectors.shopify.rest_mapping import map_webhook_order
from channels.connectors.types import ChannelOrder, Listing, StockPush, UnmappableOrder
from channels.connectors.wiring import Wiring
from channels.connectors.woocommerce.config import Reading
from channels.connectors.woocommerce.connector import WooCommerce
from channels.connectors.woocommerce.mapping import map_order

_VARIABLE = "BATON_REAL_PAYLOADS"
_ROOT = Path(os.environ.get(_VARIABLE) or "/nonexistent")
_FEWEST_WORDS = 4
NOW = datetime(2026, 11, 22, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not _ROOT.is_dir(), reason=f"{_VARIABLE} does not name a folder")


def map_woo(body: Mapping[str, Any]) -> ChannelOrder | UnmappableOrder:
    return map_order(body, [], Reading())


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from objects(each)


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (_ROOT / folder).glob("*.json"))


def texts(path: Path) -> Iterator[Any]:
    """The file itself, and the messages that a recorded exchange carries as text."""
    content = json.loads(path.read_text(encoding="utf-8"))
    yield content
    for each in objects(content):
        text = each.get("body_text")
        if isinstance(text, str) and text.startswith("{") and "malformed" not in path.name:
            yield json.loads(text)


def sound(found: ChannelOrder | UnmappableOrder) -> str:
    """A word for the test's own count; raises when the result is not what a person could work with."""
    if isinstance(found, UnmappableOrder):
        assert len(found.reason.split()) >= _FEWEST_WORDS, found.reason
        return "parked"
    assert sum(each.total_gross for each in (*found.lines, *found.charges)) == found.total_gross
    assert found.content_hash()
    assert json.dumps(found.raw)
    return "mapped"


def outcomes(paths: list[Path], is_order: Callable[[Mapping[str, Any]], bool], mapper: Callable[..., Any]) -> list[str]:
    return [sound(mapper(body)) for path in paths for text in texts(path) for body in objects(text) if is_order(body)]


def test_every_woocommerce_order_maps_or_is_parked() -> None:
    found = outcomes(
        files("woocommerce", "recorded/woocommerce"),
        lambda body: "line_items" in body and "currency" in body and "status" in body,
        map_woo,
    )

    assert found.count("mapped") > 40
    assert set(found) == {"mapped", "parked"}


def recorded(name: str) -> Mapping[str, Any]:
    [path] = (_ROOT / "recorded/woocommerce").glob(f"*-{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))


def replaying(*names: str) -> WooCommerce:
    """A connector to whom a real shop answers as it once did."""
    answers = iter([recorded(name)["response"] for name in names])

    def answer(_: httpx.Request) -> httpx.Response:
        said = next(answers)
        return httpx.Response(said["status"], headers={"X-WP-Total": "1"}, json=said["body"])

    settings = {"url": "https://shop.example", "consumer_key": "k", "consumer_secret": "s"}
    return WooCommerce.connect(settings, Wiring(transport=httpx.MockTransport(answer)))


def test_real_messages_are_verified() -> None:
    secret = recorded("webhook-register-order-updated")["request"]["body"]["secret"]
    messages = [json.loads(path.read_text(encoding="utf-8"))["request"] for path in files("recorded/woocommerce")]
    incoming = [each for each in messages if each["path"].startswith("/hooks/")]
    events = [WooCommerce.verify_webhook(each["headers"], each["body_text"].encode(), [secret]) for each in incoming]

    assert len(events) >= 6
    assert {each.subject for each in events} == {WebhookSubject.PING, WebhookSubject.ORDER}
    assert all(each.external_id and each.delivery_id for each in events if each.subject is WebhookSubject.ORDER)


def test_a_real_batch_is_told_element_by_element() -> None:
    listings = [Listing(external_id=number, sku=number, product_id=number) for number in ("47", "99999999", "45")]
    with replaying("set-stock-batch-partial-failure") as connector:
        results = connector.push_stock([StockPush(listing=each, quantity=30) for each in listings])

    assert [(each.accepted, each.kind) for each in results] == [
        (True, None),
        (False, ErrorKind.GONE),
        (False, ErrorKind.VALIDATION),
    ]
    assert results[2].reason == "The shop has 0."


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error-bad-credentials", ErrorKind.AUTH),
        ("error-wrong-secret", ErrorKind.AUTH),
        ("error-basic-over-http", ErrorKind.AUTH),
        ("list-orders-bad-status", ErrorKind.VALIDATION),
        ("error-unknown-route", ErrorKind.CONTRACT),
        ("refund-too-much", ErrorKind.VALIDATION),
        ("refund-through-gateway-unsupported", ErrorKind.VALIDATION),
        ("set-stock-batch-101", ErrorKind.VALIDATION),
    ],
)
def test_real_refusals_are_told_by_their_cure(name, kind) -> None:
    with replaying(name) as connector, pytest.raises(ConnectorError) as raised:
        connector.orders_changed(since=NOW, until=NOW)

    assert (raised.value.kind, raised.value.permanent) == (kind, True)


def test_a_real_refund_is_read_with_its_lines() -> None:
    with replaying("get-order-partly-refunded", "list-refunds") as connector:
        order = connector.order("60")

    assert isinstance(order, ChannelOrder)
    assert [(line.quantity, line.quantity_refunded, line.quantity_due) for line in order.lines] == [
        (3, 1, 2),
        (1, 0, 1),
    ]


def test_a_real_order_that_is_not_there_is_none() -> None:
    with replaying("error-unknown-order") as connector:
        assert connector.order("99999999") is None


def test_every_shopify_order_maps() -> None:
    found = outcomes(
        files("shopify/orders"), lambda body: "financial_status" in body and "line_items" in body, map_webhook_order
    )

    assert len(found) > 10
    assert set(found) == {"mapped"}


def test_every_other_shopify_body_is_parked() -> None:
    found = outcomes(
        files("shopify/orders"),
        lambda body: "line_items" in body and "financial_status" not in body and "created_at" in body,
        map_webhook_order,
    )

    assert found
    assert set(found) == {"parked"}
