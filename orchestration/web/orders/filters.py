"""What the order list can be narrowed by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.queries import locations, skus_by_code
from oms.fulfilment.enums import RefusalReason
from oms.orders.enums import CustomerKind, Method, OrderStatus, PaymentState
from oms.orders.queries import channels, orders
from oms.web.lists import ChoiceFilter, DateFilter, Option, RangeFilter, TextFilter
from orchestration.queries.board import ALERTS, Alert, refused_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from oms.tenancy.requests import TenantRequest

LAST = "\uffff"
ALERT_LABELS = {
    Alert.LATE: _("Late"),
    Alert.DUE_SOON: _("Due in under 2 h"),
    Alert.TO_ACCEPT: _("To accept"),
    Alert.REFUSED: _("Refused by a location"),
    Alert.PAYMENT: _("Payment awaited"),
}


@dataclass(frozen=True, slots=True)
class LocationFilter(ChoiceFilter):
    """Orders with units at one of the locations."""

    def _condition(self, chosen: Sequence[Option], _now: datetime) -> Q:
        at = orders().order_by().filter(groups__location_id__in=[option.value for option in chosen])
        return Q(pk__in=at.values("pk"))


def _choices(enum: type[OrderStatus | Method | PaymentState | CustomerKind]) -> tuple[Option, ...]:
    return tuple(Option(value, label) for value, label in enum.choices)


def _channels(_request: TenantRequest) -> list[Option]:
    return [Option(str(channel.pk), channel.name) for channel in channels()]


def _locations(_request: TenantRequest) -> list[Option]:
    return [Option(str(place.pk), place.name) for place in locations().order_by("name", "pk")]


def _postcode(text: str) -> Q:
    """A postcode or its beginning, so that 35 is a department."""
    return Q(postcode__gte=text, postcode__lt=text + LAST)


def _sku(text: str) -> Q:
    found = skus_by_code({text, text.upper()})
    return Q(pk__in=orders().order_by().filter(lines__sku_id__in=found.values()).values("pk"))


def _tag(text: str) -> Q:
    return Q(tags__contains=[text])


def _alert(alert: Alert, now: datetime) -> Q:
    return ALERTS[alert](now)


FILTERS = (
    ChoiceFilter(
        "alert",
        _("To do"),
        options=tuple(Option(alert.value, ALERT_LABELS[alert], where=partial(_alert, alert)) for alert in Alert),
    ),
    ChoiceFilter("status", _("State"), options=_choices(OrderStatus), field="status"),
    ChoiceFilter("channel", _("Channel"), options=_channels, field="channel_id"),
    LocationFilter("location", _("Location"), options=_locations),
    ChoiceFilter("method", _("Method"), options=_choices(Method), field="method"),
    ChoiceFilter("payment", _("Payment"), options=_choices(PaymentState), field="payment_state"),
    ChoiceFilter("kind", _("Customer"), options=_choices(CustomerKind), field="kind"),
    DateFilter("received", _("Received"), field="received_at"),
    DateFilter("due", _("Due"), field="due_at"),
    ChoiceFilter(
        "refusal",
        _("Refused within a week"),
        options=tuple(
            Option(value, label, where=partial(refused_for, value)) for value, label in RefusalReason.choices
        ),
    ),
    RangeFilter("amount", _("Amount"), field="total"),
    TextFilter("postcode", _("Postcode"), where=_postcode, placeholder=_("35, 44000")),
    TextFilter("sku", _("SKU"), where=_sku, placeholder=_("SKU codes, with commas between")),
    TextFilter("tag", _("Tag"), where=_tag, placeholder=_("Tags, with commas between")),
)
