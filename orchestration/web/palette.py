"""What the palette finds of this room: orders, their customers, the lists to work on, and acts on the order that is open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.orders.enums import OrderStatus
from oms.orders.errors import OrderNotFound
from oms.orders.queries import orders
from oms.tenancy.permissions import Permission
from oms.web import formats, palette
from orchestration.queries.board import Alert
from orchestration.queries.search import order_named, search_orders
from orchestration.web.orders.actions import ACTIONS
from orchestration.web.orders.dossier import open_order, read_dossier
from orchestration.web.orders.filters import ALERT_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oms.orders.models import Order
    from oms.tenancy.requests import TenantRequest

MOST = 6
HERE = palette.Group("here", gettext_lazy("On this page"), 55)
ORDER_PAGE = re.compile(r"^/orders/(?P<number>[^/]+)/$")
# Statuses that have no state of their own in the shell's table.
STATES = {OrderStatus.TO_ROUTE: "pending", OrderStatus.TO_PREPARE: "assigned", OrderStatus.PARTLY_SHIPPED: "shipped"}
LISTS = (
    (OrderStatus.UNROUTABLE.label, "route-off", (("status", "UNROUTABLE"),)),
    (ALERT_LABELS[Alert.LATE], "alert-triangle", (("alert", "late"),)),
    (ALERT_LABELS[Alert.DUE_SOON], "clock-exclamation", (("alert", "soon"),)),
    (ALERT_LABELS[Alert.TO_ACCEPT], "inbox", (("alert", "to_accept"),)),
    (ALERT_LABELS[Alert.REFUSED], "circle-x", (("alert", "refused"),)),
    (OrderStatus.HELD.label, "player-pause", (("status", "HELD"),)),
)


def register() -> None:
    """Offer all of it to people who may read orders."""
    for provider in (find_orders, find_customers, find_lists, find_acts):
        palette.register(provider, permission=Permission.ORDERS_READ)


def find_orders(_request: TenantRequest, query: str) -> Iterator[palette.Result]:
    """Orders by number, customer, SKU or tracking number, newest first; a number opens its order."""
    named = order_named(query, now=timezone.now())
    if named is not None:
        yield _order(orders().get(pk=named.pk), exact=True)
        return
    for order in search_orders(orders(), query, now=timezone.now())[:MOST]:
        yield _order(order)


def _order(order: Order, *, exact: bool = False) -> palette.Result:
    parts = [order.customer_name, formats.money(order.total, order.currency)]
    return palette.Result(
        order.number,
        reverse("orders:page", args=[order.number]),
        palette.ORDERS,
        icon="shopping-cart",
        detail=", ".join(part for part in parts if part),
        state=STATES.get(OrderStatus(order.status), order.status.lower()),
        exact=exact,
    )


def find_customers(_request: TenantRequest, query: str) -> Iterator[palette.Result]:
    """Customers, known by their e-mail address, with the list of their orders."""
    if any(letter.isdigit() for letter in query) and "@" not in query:
        return
    seen: set[str] = set()
    for order in search_orders(orders().exclude(customer_email=""), query, now=timezone.now())[: MOST * 4]:
        if order.customer_email not in seen and len(seen) < MOST:
            seen.add(order.customer_email)
            href = f"{reverse('orders:list')}?{urlencode({'q': order.customer_email})}"
            detail = ", ".join(part for part in (order.city, order.customer_email) if part)
            yield palette.Result(
                order.customer_name or order.customer_email, href, palette.CUSTOMERS, icon="user", detail=detail
            )


def find_lists(_request: TenantRequest, query: str) -> Iterator[palette.Result]:
    """The lists that ask for work."""
    for label, icon, pairs in LISTS:
        title = _("Orders: %(state)s") % {"state": label}
        if palette.matches(query, title):
            yield palette.Result(title, f"{reverse('orders:list')}?{urlencode(pairs)}", palette.GO_TO, icon=icon)


def find_acts(request: TenantRequest, query: str) -> Iterator[palette.Result]:
    """What can be done to the order whose page is open."""
    page = ORDER_PAGE.match(urlsplit(request.headers.get("referer", "")).path)
    if page is None:
        return
    try:
        dossier = read_dossier(open_order(page["number"]))
    except OrderNotFound:
        return
    for action in ACTIONS:
        if action.offered(dossier, request.access) and palette.matches(query, action.label):
            href = reverse(f"orders:{action.key}", args=[dossier.order.number])
            yield palette.Result(action.label, href, HERE, icon=action.icon, detail=dossier.order.number)
