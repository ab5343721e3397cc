"""How orders, their methods and payments look: one tone, one icon and one word each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from oms.fulfilment.enums import FulfilmentState
from oms.orders.enums import Method, OrderStatus, PaymentState
from oms.web import elements
from oms.web.states import State, state_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from oms.fulfilment.models import FulfilmentOrder
    from oms.orders.models import Order

_STATUSES: dict[str, State] = {
    OrderStatus.TO_ROUTE: state_of("pending"),
    OrderStatus.TO_PREPARE: State("to_prepare", "info", icon="inbox", label=OrderStatus.TO_PREPARE.label),
    OrderStatus.PARTLY_SHIPPED: State("partly_shipped", "info", icon="truck", label=OrderStatus.PARTLY_SHIPPED.label),
}
_PAYMENTS: dict[str, State] = {
    PaymentState.PENDING: State("pending", "warn", icon="clock-dollar", label=PaymentState.PENDING.label),
    PaymentState.AUTHORISED: State("authorised", "info", icon="credit-card", label=PaymentState.AUTHORISED.label),
    PaymentState.PAID: State("paid", "good", icon="circle-check", label=PaymentState.PAID.label),
    PaymentState.ON_COLLECTION: State("on_collection", "info", icon="cash", label=PaymentState.ON_COLLECTION.label),
    PaymentState.PARTLY_REFUNDED: State(
        "partly_refunded", "return", icon="receipt-refund", label=PaymentState.PARTLY_REFUNDED.label
    ),
    PaymentState.REFUNDED: State("refunded", "return", icon="receipt-refund", label=PaymentState.REFUNDED.label),
}
METHOD_ICONS = {
    Method.DELIVERY: "truck-delivery",
    Method.CLICK_AND_COLLECT: "building-store",
    Method.RESERVE_AND_COLLECT: "building-store",
    Method.SHIP_TO_STORE: "building-store",
}
LOCATION_ICONS = {
    "STORE": "building-store",
    "WAREHOUSE": "building-warehouse",
    "THREE_PL": "building-warehouse",
    "SUPPLIER": "building-factory",
    "VIRTUAL": "cloud",
}
# The least advanced work names an order that is being prepared.
_PROGRESS = (FulfilmentState.TO_ACCEPT, FulfilmentState.ACCEPTED, FulfilmentState.PICKING)
_IN_WORK = frozenset({OrderStatus.TO_PREPARE, OrderStatus.PICKING})
SHIP_FROM_STORE = _("Ship from store")


def status_of(order: Order, works: Iterable[FulfilmentOrder] = ()) -> State:
    """How an order's status looks; while it is prepared, the state of its least advanced work says more."""
    if order.status in _IN_WORK:
        present = {work.state for work in works}
        for state in _PROGRESS:
            if state in present:
                return state_of(state)
    return _STATUSES.get(order.status) or state_of(order.status)


def status_pill(order: Order, works: Iterable[FulfilmentOrder] = (), *, quiet: bool = False) -> SafeString:
    """The pill of an order."""
    return state_pill(status_of(order, works), quiet=quiet)


def state_pill(state: State, *, quiet: bool = False) -> SafeString:
    """The pill of a state."""
    return elements.mark(state.tone, state.icon, state.label, quiet=quiet)


def payment_of(order: Order) -> State:
    """How the payment looks."""
    return _PAYMENTS[order.payment_state]


def method_words(work: FulfilmentOrder) -> str:
    """How the goods leave the location, as people say it."""
    if work.method == Method.DELIVERY and work.location.kind == "STORE":
        return str(SHIP_FROM_STORE)
    return str(Method(work.method).label)


def location_icon(kind: str) -> str:
    """The icon of a kind of location."""
    return LOCATION_ICONS.get(kind, "map-pin")
