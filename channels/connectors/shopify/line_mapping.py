"""One line of a Shopify order: its units and its amounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from channels.connectors.balance import unit_price
from channels.connectors.errors import MappingError
from channels.connectors.reading import count, part, records, required, text
from channels.connectors.shopify.amounts import net_and_gross, proportional, set_amount, taxes
from channels.connectors.types import ChannelLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a line must know of its order. `shipped`: units dispatched per line, where they were looked up."""

    included: bool
    given_up: bool
    unsent: bool
    shipped: Mapping[str, int] | None


def map_line(body: Mapping[str, Any], order: Context) -> ChannelLine:
    line_id = required(body, "id")
    quantity = count(body, "quantity")
    if quantity < 0:
        raise MappingError(f"Line {line_id} has a negative quantity: {quantity}.")
    sent, cancelled, removed = _units(body, quantity, line_id, order)
    found = taxes(body)
    tax = sum((each.amount for each in found), Decimal(0))
    price = set_amount(body, "originalUnitPriceSet")
    off = sum((set_amount(each, "allocatedAmountSet") for each in records(body, "discountAllocations")), Decimal(0))
    net, gross = net_and_gross(price * quantity - off, tax, included=order.included)
    off_net, off_gross = proportional(off, net, gross, included=order.included)
    return ChannelLine(
        external_id=line_id,
        quantity=quantity,
        quantity_cancelled=quantity - sent if order.given_up else cancelled,
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


def _units(body: Mapping[str, Any], quantity: int, line_id: str, order: Context) -> tuple[int, int, int]:
    """Sent, cancelled before dispatch, and taken off in all (cancelled or brought back)."""
    current = min(count(body, "currentQuantity"), quantity)
    waiting = min(count(body, "unfulfilledQuantity"), quantity)
    removed = quantity - current
    if order.unsent:
        return 0, removed, removed
    if not removed:
        return quantity - waiting, 0, 0
    if order.shipped is None:
        return max(current - waiting, 0), removed, removed
    sent = min(order.shipped.get(line_id, 0), quantity)
    return sent, max(quantity - sent - waiting, 0), removed


def _note(body: Mapping[str, Any]) -> str:
    """What the customer had written for this article; names with an underscore are the shop's own."""
    given = [(text(each, "key"), text(each, "value")) for each in records(body, "customAttributes")]
    return "; ".join(f"{key}: {value}" for key, value in given if value and not key.startswith("_"))
