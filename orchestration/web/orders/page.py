"""The page of one order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from oms.events.queries import timeline
from oms.orders.enums import CustomerKind, Method, OrderStatus
from oms.orders.queries import orders, payloads_of
from oms.tenancy.permissions import Permission
from oms.web.deadlines import Deadline
from oms.web.pages import page
from orchestration.events import SUBJECT
from orchestration.web.looks import METHOD_ICONS, payment_of, status_of
from orchestration.web.orders.actions import ACTIONS, CANCEL, FORCE, HOLD, RELEASE, REROUTE, Action
from orchestration.web.orders.banners import banners_of
from orchestration.web.orders.dossier import Dossier, open_order, read_dossier
from orchestration.web.orders.forms import NoteForm
from orchestration.web.orders.history import as_json, history_of
from orchestration.web.orders.panels import Panel, panel_of
from orchestration.web.orders.rows import due_at
from orchestration.web.orders.works import (
    VOID,
    cancelled_units,
    cards_of,
    kits_of,
    total_units,
    void_works,
    waiting_units,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from oms.orders.models import Order
    from oms.tenancy.requests import TenantRequest
    from orchestration.web.orders.works import WorkCard

MOST_EVENTS_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Amounts:
    """The parts of what the customer pays."""

    items: int
    lines: Decimal
    shipping: Decimal
    fees: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """The acts that the head offers: one primary at most, some beside it, the rest in a menu."""

    primary: Action | None
    beside: tuple[Action, ...]
    menu: tuple[Action, ...]


@page(Permission.ORDERS_READ)
def order_page(request: TenantRequest, number: str) -> HttpResponse:
    """Everything about one order."""
    now, language = timezone.now(), get_language() or "en"
    dossier = read_dossier(open_order(number))
    order = dossier.order
    cards = cards_of(dossier, language)
    waiting = waiting_units(dossier, language, timezone.localdate(now))
    offer = offer_of(dossier, request)
    context = {
        "order": order,
        "dossier": dossier,
        "status": status_of(order, [card.work for card in cards]),
        "payment": payment_of(order),
        "method": Method(order.method).label,
        "method_icon": METHOD_ICONS[Method(order.method)],
        "is_business": order.kind == CustomerKind.B2B,
        "due": _due(order, cards),
        "offer": offer,
        "force": FORCE if FORCE.offered(dossier, request.access) else None,
        "banners": banners_of(dossier, waiting, now, may_write=request.access.may(Permission.ORDERS_WRITE)),
        "cards": cards,
        "void": void_works(dossier),
        "waiting": waiting,
        "may_see_stock": request.access.may(Permission.STOCK_READ),
        "waiting_total": total_units(waiting),
        "kits": kits_of(dossier),
        "cancelled": cancelled_units(dossier, language),
        "earlier": earlier_panels(dossier, cards, language),
        "amounts": amounts_of(dossier),
        "other_orders": _other_orders(order),
        "history": history_of(dossier, language),
        "note_form": NoteForm(),
        "may_note": request.access.may(Permission.ORDERS_WRITE),
        "may_see_events": request.access.may(Permission.EVENTS_READ),
    }
    return render(request, "orders/page.html", context)


def offer_of(dossier: Dossier, request: TenantRequest) -> Offer:
    """What can be done now by this person."""
    possible = [action for action in ACTIONS if action.offered(dossier, request.access)]
    if RELEASE in possible:
        primary: Action | None = RELEASE
    else:
        primary = REROUTE if REROUTE in possible else None
    beside = tuple(action for action in (HOLD,) if action in possible)
    menu = tuple(action for action in (REROUTE, FORCE, CANCEL) if action in possible and action is not primary)
    return Offer(primary, beside, menu)


def earlier_panels(dossier: Dossier, cards: Sequence[WorkCard], language: str) -> list[Panel]:
    """The decisions that no card shows, newest first; the newest is open when it could not place everything."""
    shown = {card.panel.id for card in cards if card.panel}
    panels = []
    for stored in dossier.decisions:
        is_open = stored is dossier.decisions[0] and stored.parked > 0 and not cards
        panel = panel_of(stored, language, is_open=is_open)
        if panel.id not in shown:
            panels.append(panel)
    return panels


def amounts_of(dossier: Dossier) -> Amounts:
    """What the order's parts amount to."""
    order = dossier.order
    sold = [line.row for line in dossier.sold]
    lines = sum((line.unit_price * line.quantity - line.discount for line in sold), Decimal(0))
    return Amounts(
        sum(line.quantity for line in sold), lines, order.shipping, order.fees, order.discount, order.tax, order.total
    )


def _due(order: Order, cards: Sequence[WorkCard]) -> Deadline | None:
    due = due_at(order)
    if due is None or order.status in {OrderStatus.CANCELLED, OrderStatus.RETURNED}:
        return None
    ready = [card.work.ready_at for card in cards if card.work.ready_at and card.work.state not in VOID]
    done = order.closed_at or (max(ready) if ready and order.status == OrderStatus.READY else None)
    return Deadline(due, since=order.received_at, done=done)


def _other_orders(order: Order) -> int:
    """How many orders this customer has, this one included; 0 when the channel gave no address to know them by."""
    return orders().filter(customer_email=order.customer_email).count() if order.customer_email else 0


@page(Permission.EVENTS_READ)
def technical(request: TenantRequest, number: str) -> HttpResponse:
    """What integrators look at: the messages as received and the events as told. A part of the page for htmx."""
    order = open_order(number)
    events = list(timeline(subject_type=SUBJECT, subject_id=order.pk))
    payloads = [
        {"at": row.received_at, "body": json.dumps(row.body, ensure_ascii=False, indent=2)}
        for row in payloads_of(order.pk)
    ]
    context = {
        "order": order,
        "payloads": payloads,
        "events": as_json(list(reversed(events))[:MOST_EVENTS_SHOWN]),
        "event_count": len(events),
    }
    template = "orders/technical.html#parts" if request.htmx else "orders/technical.html"
    return render(request, template, context)
