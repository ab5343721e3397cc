"""Why an arriving order cannot be accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from inventory.errors import UnknownLocation, UnknownSku
from oms.orders.enums import COLLECTION, CustomerKind, Method, PaymentState
from oms.orders.errors import InvalidOrder
from oms.orders.rules import total_gap
from oms.orders.services.currencies import CURRENCIES
from oms.orders.services.lines import units_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from uuid import UUID

    from inventory.types import KitPart
    from oms.orders.types import NewOrder
    from oms.tenancy.errors import OmsError

MOST_UNITS = 1_000_000


def refusal_of(
    order: NewOrder,
    *,
    skus: Mapping[str, UUID],
    parts: Mapping[UUID, Sequence[KitPart]],
    places: Mapping[str, UUID],
    channels: Collection[UUID],
) -> OmsError | None:
    """The first reason to refuse the order, or None."""
    if order.channel_id not in channels:
        return InvalidOrder(_("There is no such channel."), field="channel")
    unknown = sorted({line.sku for line in order.lines} - set(skus))
    if unknown:
        return UnknownSku(unknown)
    if order.collect_location and order.collect_location not in places:
        return UnknownLocation([order.collect_location])
    for field, sentence in _faults(order):
        return InvalidOrder(sentence, field=field)
    if any(units_of(line, skus, parts) > MOST_UNITS for line in order.lines):
        return InvalidOrder(_("A line is more than a million units to prepare."), field="lines")
    return None


def _faults(order: NewOrder) -> Iterator[tuple[str, str]]:
    if not order.external_id:
        yield "external_id", _("The channel's own id is missing.")
    if not order.lines:
        yield "lines", _("An order needs at least one line.")
    if any(not 0 < line.quantity <= MOST_UNITS for line in order.lines):
        yield "lines", _("A quantity must be a whole number above zero.")
    if any(line.unit_price < 0 or line.discount < 0 for line in order.lines):
        yield "lines", _("Prices and discounts cannot be negative.")
    if order.currency not in CURRENCIES:
        yield "currency", _("%(currency)s is not a currency.") % {"currency": order.currency}
    if order.method not in Method or order.kind not in CustomerKind or order.payment_state not in PaymentState:
        yield "method", _("Unknown method, kind of customer or payment state.")
    if order.method in COLLECTION and not order.collect_location:
        yield "collect_location", _("An order that is collected needs the location where.")
    gap = total_gap(
        lines=order.lines, shipping=order.shipping, fees=order.fees, discount=order.discount, total=order.total
    )
    if gap and not order.sold_elsewhere:
        yield (
            "total",
            _("The total differs from the sum of its parts by %(gap)s %(currency)s.")
            % {"gap": gap, "currency": order.currency},
        )
