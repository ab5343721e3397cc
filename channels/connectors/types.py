"""The neutral model: what every channel's orders, listings and commands are translated into and from.

Times are aware and in UTC, money is Decimal in the order's currency, absent text is the empty string.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from channels.connectors.enums import (
    CancelReason,
    ChargeKind,
    DeliveryKind,
    ErrorKind,
    OrderState,
    PaymentState,
    TaxMode,
    WebhookSubject,
)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTax:
    """One tax of a line or charge. `withheld`: the channel pays it to the State itself."""

    amount: Decimal
    rate: Decimal | None = None  # 0.2 for 20 %
    label: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAddress:
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    phone: str = ""
    email: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.line1 or self.postcode or self.city)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCustomer:
    external_id: str = ""  # empty: a guest
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    vat_number: str = ""
    language: str = ""

    @property
    def is_business(self) -> bool:
        return bool(self.company or self.vat_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPickup:
    """The place where the customer collects: a carrier's point (with its network) or a store."""

    external_id: str = ""
    network: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPayment:
    state: PaymentState
    method: str = ""
    label: str = ""
    transaction_id: str = ""
    paid_at: datetime | None = None
    refunded_gross: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLine:
    """An ordered article. Totals are authoritative; unit prices are derived for display (4 decimals, before discount).

    `quantity`: as ordered. `quantity_cancelled`: units that will never be dispatched. `quantity_refunded`: units whose
    price was given back, before or after dispatch, so it may overlap with the cancelled ones.
    """

    external_id: str
    quantity: int
    quantity_cancelled: int = 0
    quantity_shipped: int = 0
    quantity_refunded: int = 0
    sku: str = ""
    barcode: str = ""
    title: str = ""
    product_id: str = ""
    variant_id: str = ""
    unit_net: Decimal = ZERO
    unit_gross: Decimal = ZERO
    discount_net: Decimal = ZERO
    discount_gross: Decimal = ZERO
    total_net: Decimal = ZERO
    total_tax: Decimal = ZERO
    total_gross: Decimal = ZERO
    taxes: tuple[ChannelTax, ...] = ()
    shippable: bool = True
    note: str = ""

    @property
    def quantity_due(self) -> int:
        """Units the customer is to receive in the end."""
        return self.quantity - self.quantity_cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCharge:
    """What is paid beside the articles: shipping, fees, tips, and the explicit difference to the channel's total."""

    kind: ChargeKind
    label: str = ""
    external_id: str = ""
    code: str = ""
    total_net: Decimal = ZERO
    total_tax: Decimal = ZERO
    total_gross: Decimal = ZERO
    taxes: tuple[ChannelTax, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOrder:
    """An order as the channel has it now. Lines and charges always sum to the totals.

    `holds_stock`: the channel counts the units as sold (it has lowered its own stock or reserved).
    `ship_by`, `accept_by`, `deliver_by`: deadlines the channel imposes.
    `notices`: sentences a person should see. `raw`: the payload as received, not part of the content.
    """

    external_id: str
    number: str
    state: OrderState
    payment: ChannelPayment
    currency: str
    tax_mode: TaxMode
    placed_at: datetime
    updated_at: datetime
    lines: tuple[ChannelLine, ...]
    charges: tuple[ChannelCharge, ...] = ()
    total_net: Decimal = ZERO
    total_tax: Decimal = ZERO
    total_gross: Decimal = ZERO
    discount_net: Decimal = ZERO
    discount_gross: Decimal = ZERO
    customer: ChannelCustomer = field(default_factory=ChannelCustomer)
    billing: ChannelAddress = field(default_factory=ChannelAddress)
    shipping: ChannelAddress = field(default_factory=ChannelAddress)
    delivery: DeliveryKind = DeliveryKind.SHIP
    pickup: ChannelPickup | None = None
    shipping_code: str = ""
    shipping_label: str = ""
    holds_stock: bool = True
    parent_id: str = ""  # the basket, where one basket becomes several orders
    cancelled_at: datetime | None = None
    accept_by: datetime | None = None
    ship_by: datetime | None = None
    deliver_from: datetime | None = None
    deliver_by: datetime | None = None
    coupons: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    gift: bool = False
    test: bool = False
    notices: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def content_hash(self) -> str:
        """Equal for two readings that mean the same; `updated_at` and `raw` do not count."""
        content = replace(self, raw={}, updated_at=self.placed_at)
        return hashlib.sha256(orjson.dumps(content, default=_canonical)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappableOrder:
    """An order that cannot be brought into the model: kept with its reason, so that the page goes on."""

    external_id: str
    reason: str
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """One page of changed orders. `next_cursor` is None on the last one."""

    orders: tuple[ChannelOrder | UnmappableOrder, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An article as the channel offers it. `external_id` names it for good and is all that a push needs beside the ids."""

    external_id: str
    sku: str
    product_id: str = ""
    variant_id: str = ""
    inventory_id: str = ""
    title: str = ""
    barcode: str = ""
    stock_managed: bool = True
    quantity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    listings: tuple[Listing, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPush:
    """Set the channel's number for one listing. `location_id` overrides the connection's own, where there are several."""

    listing: Listing
    quantity: int
    location_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult:
    """The channel's answer for one listing: the quantity it now has, or why it refused."""

    listing: Listing
    accepted: bool
    quantity: int | None = None
    reason: str = ""
    kind: ErrorKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReading:
    """What the channel has now; None when it keeps no number for the listing."""

    listing: Listing
    quantity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedLine:
    """Units of an order line. `total_shipped`: how many of the line are shipped once this push is done, if known."""

    line_id: str
    quantity: int
    total_shipped: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPush:
    """One parcel that left (or was handed over). `complete`: nothing of the order remains to be sent."""

    order_id: str
    key: str
    lines: tuple[PushedLine, ...]
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    shipped_at: datetime | None = None
    complete: bool = False
    notify_customer: bool = True
    location_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyPush:
    """Units that wait for the customer in the store. `message` is what the customer reads, where the channel takes one."""

    order_id: str
    key: str
    lines: tuple[PushedLine, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationPush:
    """Cancel an order, or with `lines` some of its units."""

    order_id: str
    key: str
    reason: CancelReason = CancelReason.OTHER
    note: str = ""
    lines: tuple[PushedLine, ...] = ()
    notify_customer: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    line_id: str
    quantity: int
    net: Decimal
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPush:
    """Record a refund on the channel; stock is never put back by it.

    `through_gateway`: the channel's payment gives the money back; otherwise the refund is only recorded.
    """

    order_id: str
    key: str
    currency: str
    amount: Decimal
    lines: tuple[RefundLine, ...] = ()
    shipping_net: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    reason: str = ""
    notify_customer: bool = True
    through_gateway: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """A command is done. `repeated`: it had been done before, nothing was sent again.

    `stock_touched`: the channel changed its own stock by it, so what it last acknowledged is no longer true.
    """

    external_id: str = ""
    repeated: bool = False
    stock_touched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """A verified message of the channel: it only wakes the poll. `delivery_id` is the key to drop repeats."""

    topic: str
    subject: WebhookSubject
    external_id: str | None = None
    delivery_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What the connection test found. `notices` are sentences a person should read before going live."""

    shop_name: str = ""
    version: str = ""
    currency: str = ""
    time_zone: str = ""
    notices: tuple[str, ...] = ()


def _canonical(value: object) -> str:
    """The same text for 1, 1.0 and 1.00."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    raise TypeError(f"{type(value).__name__} is no part of an order")
