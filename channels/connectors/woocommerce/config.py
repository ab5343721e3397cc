"""What a WooCommerce connection needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from channels.connectors.enums import FieldKind, OrderState
from channels.connectors.errors import SettingsError
from channels.connectors.fields import (
    ALLOW_PRIVATE_ADDRESSES,
    CALLS_PER_SECOND,
    PREVIOUS_WEBHOOK_SECRET,
    WEBHOOK_SECRET,
    Field,
    clean_settings,
    gettext_noop,
)

SCHEMA = (
    Field(
        name="url",
        label=gettext_noop("Shop address"),
        kind=FieldKind.URL,
        required=True,
        help=gettext_noop("The address of the shop's home page, for example https://shop.example."),
    ),
    Field(
        name="consumer_key",
        label=gettext_noop("Consumer key"),
        kind=FieldKind.SECRET,
        required=True,
        help=gettext_noop("WooCommerce > Settings > Advanced > REST API, with read and write rights."),
    ),
    Field(name="consumer_secret", label=gettext_noop("Consumer secret"), kind=FieldKind.SECRET, required=True),
    WEBHOOK_SECRET,
    PREVIOUS_WEBHOOK_SECRET,
    Field(
        name="manage_stock",
        label=gettext_noop("Switch on stock management where it is off"),
        kind=FieldKind.BOOL,
        default=True,
        help=gettext_noop("Without it WooCommerce silently ignores the stock of such products."),
        advanced=True,
    ),
    Field(
        name="extra_statuses",
        label=gettext_noop("Statuses added by extensions"),
        help=gettext_noop("For example: preparing=TO_FULFIL, at-carrier=SHIPPED"),
        advanced=True,
    ),
    Field(
        name="pickup_point_meta_key",
        label=gettext_noop("Order field with the pick-up point"),
        help=gettext_noop("The key under which the delivery extension stores the parcel shop's number."),
        advanced=True,
    ),
    CALLS_PER_SECOND,
    ALLOW_PRIVATE_ADDRESSES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the mapping must know of this shop."""

    extra_statuses: Mapping[str, OrderState] = field(default_factory=dict)
    pickup_point_meta_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    url: str
    consumer_key: str
    consumer_secret: str
    manage_stock: bool
    allow_private_addresses: bool
    reading: Reading

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> Self:
        """Raises SettingsError."""
        cleaned = clean_settings(SCHEMA, settings)
        if cleaned["calls_per_second"] < 1:
            raise SettingsError({"calls_per_second": gettext_noop("At least one call must be allowed.")})
        return cls(
            url=cleaned["url"],
            consumer_key=cleaned["consumer_key"],
            consumer_secret=cleaned["consumer_secret"],
            manage_stock=cleaned["manage_stock"],
            allow_private_addresses=cleaned["allow_private_addresses"],
            reading=Reading(
                extra_statuses=_statuses(cleaned["extra_statuses"]),
                pickup_point_meta_key=cleaned["pickup_point_meta_key"],
            ),
        )


def _statuses(text: str) -> dict[str, OrderState]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    try:
        return {name.strip().removeprefix("wc-"): OrderState(state.strip().upper()) for name, _, state in pairs}
    except ValueError:
        known = ", ".join(OrderState)
        raise SettingsError({"extra_statuses": f"Write status=STATE with one of: {known}."}) from None
