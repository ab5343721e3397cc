"""Bodies that real shops sent, in a folder named by BATON_REAL_PAYLOADS: each maps, or is parked with a reason."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from channels.connectors.shopify.rest_mapping import map_webhook_order
from channels.connectors.types import ChannelOrder, UnmappableOrder
from channels.connectors.woocommerce.config import Reading
from channels.connectors.woocommerce.mapping import map_order

_VARIABLE = "BATON_REAL_PAYLOADS"
_ROOT = Path(os.environ.get(_VARIABLE) or "/nonexistent")
_FEWEST_WORDS = 4

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
