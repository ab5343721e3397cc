"""From the neutral order of a connector to the order that Baton accepts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from channels.connectors.enums import ChargeKind, DeliveryKind, OrderState
from channels.connectors.enums import PaymentState as ChannelPayment
from channels.enums import ParkedKind
from oms.orders.enums import CustomerKind, Method, PaymentState
from oms.orders.types import Address, NewLine, NewOrder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from channels.connectors.types import ChannelAddress, ChannelLine, ChannelOrder

PAYMENTS = {
    ChannelPayment.PENDING: PaymentState.PENDING,
    ChannelPayment.PART_PAID: PaymentState.PENDING,
    ChannelPayment.FAILED: PaymentState.PENDING,
    ChannelPayment.AUTHORIZED: PaymentState.AUTHORISED,
    ChannelPayment.PAID: PaymentState.PAID,
    ChannelPayment.ON_DELIVERY: PaymentState.ON_COLLECTION,
    ChannelPayment.PART_REFUNDED: PaymentState.PARTLY_REFUNDED,
    ChannelPayment.REFUNDED: PaymentState.REFUNDED,
    ChannelPayment.VOIDED: PaymentState.PENDING,
}
# Not an order for us to prepare: not placed yet, over, or prepared by the channel.
NOT_OURS = frozenset(
    {OrderState.DRAFT, OrderState.CANCELLED, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.REFUNDED}
)


@dataclass(frozen=True, slots=True)
class Untranslatable:
    """Why the order waits for a person."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """How a channel's articles are found: by SKU code, barcode, or the listing they were sold by."""

    by_code: Mapping[str, str]
    by_barcode: Mapping[str, str]
    by_listing: Mapping[tuple[str, str], str]

    def sku_of(self, line: ChannelLine) -> str:
        return (
            self.by_code.get(line.sku, "")
            or self.by_barcode.get(line.barcode, "")
            or self.by_listing.get((line.product_id, line.variant_id), "")
        )


def is_ours(order: ChannelOrder) -> bool:
    """Whether there is anything for us to prepare."""
    nothing = order.delivery in {DeliveryKind.BY_CHANNEL, DeliveryKind.NONE}
    return not (order.test or nothing or order.state in NOT_OURS)


def payment_of(order: ChannelOrder) -> str:
    """The order's payment in Baton's words; an order that the channel holds is not paid as far as we are concerned."""
    if order.state in {OrderState.AWAIT_PAYMENT, OrderState.HOLD}:
        return PaymentState.PENDING
    return PAYMENTS[order.payment.state]


def translate(
    order: ChannelOrder, *, channel_id: UUID, catalogue: Catalogue, places: Mapping[str, str]
) -> NewOrder | Untranslatable | None:
    """The order as Baton accepts it; None when no unit is left to prepare, or why a person must look.

    Totals stay the channel's own: what is neither a unit to prepare nor shipping is counted as fees.
    """
    due = [line for line in order.lines if line.shippable and line.quantity_due - line.quantity_shipped > 0]
    if not due:
        return None
    unknown = sorted({line.sku or line.title or line.external_id for line in due if not catalogue.sku_of(line)})
    if unknown:
        return Untranslatable(ParkedKind.UNKNOWN_SKU, _("Unknown SKU: %(codes)s.") % {"codes": ", ".join(unknown)})
    place = _place(order, places)
    if order.delivery == DeliveryKind.STORE_PICKUP and not place:
        name = order.pickup.name or order.pickup.external_id if order.pickup else ""
        return Untranslatable(
            ParkedKind.UNKNOWN_LOCATION, _("Unknown pickup location: %(name)s.") % {"name": name or "?"}
        )
    lines = tuple(_line(line, catalogue) for line in due)
    return NewOrder(
        channel_id=channel_id, lines=lines, collect_location=place, **_head(order), **_amounts(order, lines)
    )


def _place(order: ChannelOrder, places: Mapping[str, str]) -> str:
    if order.delivery != DeliveryKind.STORE_PICKUP:
        return ""
    if order.pickup is None:
        return next(iter(places.values())) if len(places) == 1 else ""
    return places.get(order.pickup.external_id.casefold()) or places.get(order.pickup.name.casefold(), "")


def _line(line: ChannelLine, catalogue: Catalogue) -> NewLine:
    quantity = line.quantity_due - line.quantity_shipped
    share = Decimal(quantity) / Decimal(line.quantity)
    return NewLine(
        sku=catalogue.sku_of(line),
        quantity=quantity,
        unit_price=line.unit_gross,
        title=line.title,
        external_id=line.external_id,
        discount=max((line.unit_gross * quantity - line.total_gross * share).quantize(Decimal("0.01")), Decimal(0)),
        tax=(line.total_tax * share).quantize(Decimal("0.01")),
    )


def _amounts(order: ChannelOrder, lines: tuple[NewLine, ...]) -> dict[str, Any]:
    shipping = sum((each.total_gross for each in order.charges if each.kind == ChargeKind.SHIPPING), Decimal(0))
    goods = sum((line.unit_price * line.quantity - line.discount for line in lines), Decimal(0))
    return {
        "currency": order.currency,
        "total": order.total_gross,
        "shipping": shipping,
        "fees": (order.total_gross - shipping - goods).quantize(Decimal("0.01")),
        "tax": order.total_tax,
    }


def _head(order: ChannelOrder) -> dict[str, Any]:
    pickup = order.delivery == DeliveryKind.STORE_PICKUP
    unpaid = order.payment.state == ChannelPayment.ON_DELIVERY
    collected = Method.RESERVE_AND_COLLECT if unpaid else Method.CLICK_AND_COLLECT
    address = order.billing if order.shipping.is_empty else order.shipping
    return {
        "external_id": order.external_id,
        "external_number": order.number,
        "kind": CustomerKind.B2B if order.customer.is_business or order.billing.company else CustomerKind.B2C,
        "method": collected if pickup else Method.DELIVERY,
        "payment_state": payment_of(order),
        "customer_name": order.customer.name or address.name,
        "customer_email": order.customer.email or order.billing.email,
        "customer_phone": order.customer.phone or address.phone or order.billing.phone,
        "ship_to": _address(address),
        "bill_to": _address(order.billing),
        "placed_at": order.placed_at,
        "promised_at": order.deliver_by,
        "ship_by": order.ship_by,
        "tags": tuple(tag[:40] for tag in order.tags),
        "note": order.note,
        "content_hash": order.content_hash(),
        "raw": dict(order.raw),
        "sold_elsewhere": True,
    }


def _address(address: ChannelAddress) -> Address:
    return Address(
        name=address.name,
        company=address.company,
        line1=address.line1,
        line2=" ".join(part for part in (address.line2, address.line3) if part),
        postcode=address.postcode,
        city=address.city,
        country=address.country or "FR",
        phone=address.phone,
    )
