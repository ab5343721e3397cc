"""What a channel sent is kept as it was."""

from __future__ import annotations

import pytest

from oms.orders.models import Order, OrderPayload
from oms.orders.services import accept_orders, keep_payloads
from oms.orders.types import ChannelPayload
from tests.factories import make_channel, make_sku, new_order


@pytest.mark.parametrize(
    "body", [{}, {"id": 2**70}, {"text": 'a "b" \\ é \N{SNOWMAN}', "list": [1.5, None, {"a": []}]}]
)
def test_a_payload_is_kept_as_it_was(tenant, now, body):
    accept_orders(orders=[new_order(make_channel("web"), (make_sku("MUG"), 1), now=now, raw=body)], now=now)
    order = Order.objects.get()

    keep_payloads(payloads=[ChannelPayload(order.pk, "later", body)], now=now)

    assert list(OrderPayload.objects.values_list("body", flat=True)) == [body, body]
    assert Order.objects.get().content_hash == "later"
