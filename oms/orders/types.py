"""Vocabulary of the room; plain values, no rows. Money is in the order's currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.errors import OmsError

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Address:
    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NewLine:
    """`unit_price` and `discount` include tax; `discount` is for the whole line."""

    sku: str
    quantity: int
    unit_price: Decimal
    title: str = ""
    external_id: str = ""
    discount: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it arrives; `total` is what the channel says the customer pays, tax included."""

    channel_id: UUID
    external_id: str
    lines: tuple[NewLine, ...]
    currency: str
    total: Decimal
    placed_at: datetime
    external_number: str = ""
    kind: str = "B2C"
    method: str = "DELIVERY"
    payment_state: str = "PAID"
    customer_name: str = ""
    customer_email: str = ""
    customer_phone: str = ""
    ship_to: Address = field(default_factory=Address)
    bill_to: Address = field(default_factory=Address)
    collect_location: str = ""
    shipping: Decimal = ZERO
    fees: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    priority: int = 0
    promised_at: datetime | None = None
    ship_by: datetime | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    content_hash: str = ""
    raw: dict[str, Any] | None = None
    # The channel has sold these units already: they are accepted although their totals do not add up.
    sold_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class ChannelPayload:
    """What a channel now sends of an order that is known; `content_hash` sums up what of it has a meaning."""

    order_id: UUID
    content_hash: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of one arriving order: accepted now, known already, or refused with the reason."""

    external_id: str
    order_id: UUID | None = None
    number: str = ""
    created: bool = False
    refusal: OmsError | None = None


@dataclass(frozen=True, slots=True)
class UnitMove:
    """Move a unit group, or `quantity` of it, to a state; None keeps the location and the work as they are.

    Units that wait again (pending, held, parked, backordered) lose both.
    """

    group_id: UUID
    to: str
    quantity: int | None = None
    location_id: UUID | None = None
    work_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MovedUnits:
    """Where units ended: `group_id` is the group that now holds them (new when the move split one)."""

    group_id: UUID
    from_group_id: UUID
    line_id: UUID
    sku_id: UUID
    quantity: int
    before: str
    after: str
    location_id: UUID | None

    @property
    def is_split(self) -> bool:
        return self.group_id != self.from_group_id
