"""One line of a Shopify order: its units and its amounts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from channels.connectors.balance import unit_price
from channels.connectors.errors import MappingError
from channels.connectors.reading import count, part, records, required, text
from channels.connectors.shopify.amounts import net_and_gross, proportional, set_amount, taxes
from channels.connectors.types import ChannelLine


def map_line(
    body: Mapping[str, Any], *, included: bool, given_up: bool, shipped: Mapping[str, int] | None
) -> ChannelLine:
    """`given_up`: the order is cancelled. `shipped`: what is known of the units dispatched."""
    line_id = required(body, "id")
    quantity = count(body, "quantity")
    if quantity < 0:
        raise MappingError(f"Line {line_id} has a negative quantity: {quantity}.")
    sent, cancelled, removed = _units(body, quantity, line_id, shipped)
    found = taxes(body)
    tax = sum((each.amount for each in found), Decimal(0))
    price = set_amount(body, "originalUnitPriceSet")
    off = sum((set_amount(each, "allocatedAmountSet") for each in records(body, "discountAllocations")), Decimal(0))
    net, gross = net_and_gross(price * quantity - off, tax, included=included)
    off_net, off_gross = proportional(off, net, gross, included=included)
    return ChannelLine(
        external_id=line_id,
        quantity=quantity,
        quantity_cancelled=quantity - sent if given_up else cancelled,
        quantity_shipped=sent,
        quantity_refunded=removed,
        sku=text(body, "sku"),
        barcode=text(part(body, "variant"), "barcode"),
        title=text(body, "name"),
        product_id=text(part(body, "product"), "id"),
        variant_id=text(part(body, "variant"), "id"),
        unit_net=unit_price(net + off_net, quantity),
        unit_gross=unit_price(gross + off_gross, quantity),
        discount_net=off_net,
        discount_gross=off_gross,
        total_net=net,
        total_tax=tax,
        total_gross=gross,
        taxes=found,
        shippable=body.get("requiresShipping") is not False,
        note=_note(body),
    )


def _units(
    body: Mapping[str, Any], quantity: int, line_id: str, shipped: Mapping[str, int] | None
) -> tuple[int, int, int]:
    """Sent, cancelled before dispatch, and taken off in all (cancelled or brought back)."""
    current = min(count(body, "currentQuantity"), quantity)
    waiting = min(count(body, "unfulfilledQuantity"), quantity)
    removed = quantity - current
    sent = max(current - waiting, 0) if shipped is None else min(shipped.get(line_id, 0), quantity)
    cancelled = max(quantity - sent - waiting, 0) if shipped is not None else removed
    return sent, cancelled, removed


def _note(body: Mapping[str, Any]) -> str:
    """What the customer had written for this article; names with an underscore are the shop's own."""
    given = [(text(each, "key"), text(each, "value")) for each in records(body, "customAttributes")]
    return "; ".join(f"{key}: {value}" for key, value in given if value and not key.startswith("_"))
