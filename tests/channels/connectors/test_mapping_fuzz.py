"""However a body is damaged, it maps or is parked: it never breaks the page."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.connectors.shopify.mapping import map_order as map_shopify
from channels.connectors.shopify.mapping import shipped_is_unclear
from channels.connectors.shopify.rest_mapping import map_webhook_order
from channels.connectors.types import ChannelOrder, UnmappableOrder
from channels.connectors.woocommerce.config import Reading
from channels.connectors.woocommerce.mapping import map_order as map_woo
from tests.channels.connectors.payloads import payload

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**20), max_value=10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["", "0", "-1", "1e400", "2026-13-45", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "١٢"]
    ),
    st.builds(list),
    st.builds(dict),
    st.builds(lambda: [None]),
    st.builds(lambda: [{"id": None}]),
)
TARGETS = {
    "woocommerce_order": lambda body: map_woo(body, payload("woocommerce_refunds"), Reading()),
    "woocommerce_refunds": lambda body: map_woo(payload("woocommerce_order_refunded"), body, Reading()),
    "shopify_order": lambda body: (shipped_is_unclear(body), map_shopify(body))[1],
    "shopify_webhook_order": map_webhook_order,
}


def paths(value: Any, here: tuple = ()) -> list[tuple]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in inner for found in ((*here, key), *paths(each, (*here, key)))]


@pytest.mark.parametrize("name", sorted(TARGETS))
@settings(max_examples=120)
@given(data=st.data())
def test_damaged_bodies_map_or_are_parked(name, data) -> None:
    body = payload(name)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(paths(body)))
        place = body
        for key in way:
            place = place[key]
        place[last] = data.draw(JUNK)

    found = TARGETS[name](body)

    assert isinstance(found, ChannelOrder | UnmappableOrder)
    if isinstance(found, ChannelOrder):
        assert found.content_hash()
        assert sum(each.total_gross for each in (*found.lines, *found.charges)) == found.total_gross
