"""The order list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from oms.orders.enums import Method, OrderStatus
from oms.tenancy.permissions import Permission
from oms.web.lists import Button, Column, Counter, Empty, ListSpec, SystemView, render_list
from oms.web.pages import page
from orchestration.queries.board import Alert, board, board_counts
from orchestration.queries.search import order_named, search_orders
from orchestration.web.looks import payment_of
from orchestration.web.orders import rows
from orchestration.web.orders.bulk import ACTIONS
from orchestration.web.orders.filters import ALERT_LABELS, FILTERS

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase

    from oms.orders.models import Order
    from oms.tenancy.requests import TenantRequest

COLUMNS: tuple[Column[Order], ...] = (
    Column("number", _("Order"), value=lambda o: o.number, cell=rows.number_cell, sort="number"),
    Column("channel", _("Channel"), value=lambda o: o.channel.name, cell=rows.channel_cell),
    Column("external", _("Channel's number"), value=lambda o: o.external_number, priority=3, shown=False),
    Column("customer", _("Customer"), value=lambda o: o.customer_name, cell=rows.customer_cell, priority=2, wide=True),
    Column("email", _("E-mail"), value=lambda o: o.customer_email, priority=3, shown=False),
    Column("postcode", _("Postcode"), value=lambda o: o.postcode, priority=3, shown=False),
    Column("units", _("Units"), value=lambda o: o.units, align="right", short=_("Qty"), priority=2),
    Column("place", _("Location"), value=lambda o: ", ".join(rows.places(o)), cell=rows.place_cell, priority=2),
    Column("method", _("Method"), value=lambda o: str(Method(o.method).label), priority=3, shown=False),
    Column("payment", _("Payment"), value=lambda o: str(payment_of(o).label), priority=3, shown=False),
    Column("state", _("State"), value=rows.state_value, cell=rows.state_cell),
    Column("due", _("Due"), value=rows.due_at, cell=rows.due_cell, sort="due_at", nullable=True, phone=False),
    Column("amount", _("Amount"), value=lambda o: o.total, cell=rows.amount_cell, align="right", priority=2),
    Column("currency", _("Currency"), value=lambda o: o.currency, priority=3, shown=False),
    Column("tags", _("Tags"), value=lambda o: ", ".join(o.tags), priority=3, shown=False),
    Column(
        "received",
        _("Received"),
        value=lambda o: o.received_at,
        sort="received_at",
        newest_first=True,
        align="right",
        priority=2,
        quiet=True,
    ),
)


def counts(request: TenantRequest) -> dict[str, int]:
    """The figures of every tab and counter, read once for a request."""
    kept = cast("dict[str, int] | None", vars(request).get("board_counts"))
    if kept is None:
        kept = vars(request)["board_counts"] = board_counts(timezone.now())
    return kept


def _count(key: str, request: TenantRequest) -> int:
    return counts(request)[key]


def _view(key: str, label: object, query: str, figure: str) -> SystemView:
    return SystemView(key, cast("str", label), query, count=partial(_count, figure))


VIEWS = (
    _view("to-route", OrderStatus.TO_ROUTE.label, "status=TO_ROUTE", OrderStatus.TO_ROUTE),
    _view("unroutable", OrderStatus.UNROUTABLE.label, "status=UNROUTABLE", OrderStatus.UNROUTABLE),
    _view("to-prepare", OrderStatus.TO_PREPARE.label, "status=TO_PREPARE", OrderStatus.TO_PREPARE),
    _view("picking", OrderStatus.PICKING.label, "status=PICKING", OrderStatus.PICKING),
    _view("late", ALERT_LABELS[Alert.LATE], "alert=late", Alert.LATE),
    _view("ready", OrderStatus.READY.label, "status=READY", OrderStatus.READY),
    _view("on-hold", OrderStatus.HELD.label, "status=HELD", OrderStatus.HELD),
    _view("backordered", OrderStatus.BACKORDERED.label, "status=BACKORDERED", OrderStatus.BACKORDERED),
)


def _counter(figure: str, label: object, icon: str, tone: str, query: str) -> Counter:
    return Counter(figure, cast("str", label), icon=icon, tone=tone, query=query, count=partial(_count, figure))


COUNTERS = (
    _counter(Alert.LATE, ALERT_LABELS[Alert.LATE], icon="alert-triangle", tone="bad", query="alert=late"),
    _counter(Alert.DUE_SOON, ALERT_LABELS[Alert.DUE_SOON], icon="clock-exclamation", tone="warn", query="alert=soon"),
    _counter(
        OrderStatus.UNROUTABLE, OrderStatus.UNROUTABLE.label, icon="route-off", tone="bad", query="status=UNROUTABLE"
    ),
    _counter(Alert.REFUSED, ALERT_LABELS[Alert.REFUSED], icon="circle-x", tone="warn", query="alert=refused"),
    _counter(OrderStatus.HELD, OrderStatus.HELD.label, icon="player-pause", tone="warn", query="status=HELD"),
    _counter(Alert.PAYMENT, ALERT_LABELS[Alert.PAYMENT], icon="credit-card", tone="warn", query="alert=payment"),
)


def _search(found: QuerySet[Order], text: str) -> QuerySet[Order]:
    return search_orders(found, text, now=timezone.now())


def _find(_request: TenantRequest, text: str) -> str | None:
    """A number opens its order."""
    found = order_named(text, now=timezone.now())
    return order_url(found) if found is not None else None


def order_url(order: Order) -> str:
    """The page of an order."""
    return reverse("orders:page", args=[order.number])


def _noun(count: int, figure: str) -> str:
    return ngettext("%(count)s order", "%(count)s orders", count) % {"count": figure}


ORDERS = ListSpec(
    key="orders",
    title=_("Orders"),
    columns=COLUMNS,
    default_sort="-received",
    filters=FILTERS,
    views=VIEWS,
    counters=COUNTERS,
    actions=ACTIONS,
    search=_search,
    search_hint=_("Number, customer, SKU, tracking"),
    find=_find,
    row_label=lambda order: order.number,
    row_url=order_url,
    prepare=rows.attach_works,
    noun=_noun,
    empty=Empty(
        _("No order yet"),
        _("Orders of every channel arrive here within seconds of being placed, and are routed at once."),
        icon="shopping-cart",
        action=Button(_("See the channels"), "channels:list", icon="plug", permission=Permission.CHANNELS_READ),
    ),
    personal_data=True,
    live=True,
    template="orders/list.html",
)


@page(Permission.ORDERS_READ, methods=("GET", "POST"))
def order_list(request: TenantRequest) -> HttpResponseBase:
    """Every order of every channel."""
    return render_list(request, ORDERS, board())
