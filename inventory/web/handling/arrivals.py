"""Receive a purchase order where it arrives, by scan or by tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.enums import PurchaseState
from inventory.errors import InvalidLine
from inventory.queries import get_purchase_order, purchase_lines
from inventory.services import close_purchase_order, receive_purchase_order
from inventory.types import Arrival
from inventory.web.documents import attempt
from inventory.web.handling.page import COMING, answer, handling_page, scanned_line, show_job, typed_units
from oms.tenancy.errors import NotFound, OmsError
from oms.web.once import new_key

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from inventory.models import Location
    from oms.tenancy.requests import TenantRequest


@handling_page()
def arrival(request: TenantRequest, place: Location, order_id: UUID) -> HttpResponse:
    """A purchase order to receive."""
    return _show_arrival(request, place, order_id)


@handling_page(methods=("POST",))
def scan_arrival(request: TenantRequest, place: Location, order_id: UUID) -> HttpResponse:
    """One unit of what was scanned came."""
    _purchase_here(place, order_id)
    lines = list(purchase_lines([order_id]))

    def receive() -> str:
        line = scanned_line(request, lines)
        _receive(request, order_id, Arrival(line.pk, 1))
        return _("%(sku)s: %(count)s of %(total)s") % {
            "sku": line.sku.name,
            "count": line.received + 1,
            "total": line.quantity,
        }

    return answer(request, receive, lambda **said: _show_arrival(request, place, order_id, **said))


@handling_page(methods=("POST",))
def take_arrival(request: TenantRequest, place: Location, order_id: UUID) -> HttpResponse:
    """So many units of one line came, some damaged, with a reason when they are too many."""
    _purchase_here(place, order_id)
    lines = list(purchase_lines([order_id]))

    def receive() -> str:
        line = next((line for line in lines if str(line.pk) == request.POST.get("line")), None)
        if line is None:
            raise InvalidLine(_("A line that is named is not part of this purchase order."))
        arrived = Arrival(line.pk, *typed_units(request), request.POST.get("reason", "").strip()[:200])
        _receive(request, order_id, arrived)
        return _("%(sku)s: %(count)s received") % {"sku": line.sku.name, "count": arrived.total}

    return answer(request, receive, lambda **said: _show_arrival(request, place, order_id, **said))


@handling_page(methods=("POST",))
def close_arrival(request: TenantRequest, place: Location, order_id: UUID) -> HttpResponse:
    """Nothing more will come."""
    _purchase_here(place, order_id)
    reason = request.POST.get("reason", "").strip()[:200]
    outcome = attempt(
        lambda: close_purchase_order(order_id=order_id, now=timezone.now(), reason=reason, actor=request.access.actor)
    )
    if isinstance(outcome, OmsError):
        return _show_arrival(request, place, order_id, refusal=outcome)
    messages.success(request, _("The order is closed."))
    return redirect("inventory:handling", place.code)


def _purchase_here(place: Location, order_id: UUID) -> Any:
    order = get_purchase_order(order_id)
    if order.location_id != place.pk:
        raise NotFound(_("There is no such purchase order."))
    return order


def _receive(request: TenantRequest, order_id: UUID, arrived: Arrival) -> None:
    receive_purchase_order(
        order_id=order_id,
        arrivals=[arrived],
        key=request.POST.get("key", "")[:60] or new_key(),
        now=timezone.now(),
        actor=request.access.actor,
    )


def _show_arrival(
    request: TenantRequest, place: Location, order_id: UUID, *, said: str = "", refusal: OmsError | None = None
) -> HttpResponse:
    order = _purchase_here(place, order_id)
    lines = list(purchase_lines([order_id]))
    context = {
        "order": order,
        "lines": sorted(lines, key=lambda line: (not line.open, line.position)),
        "done": sum(line.received for line in lines),
        "total": sum(line.quantity - line.cancelled for line in lines),
        "missing": sum(line.open for line in lines),
        "receivable": order.state in COMING,
        "closable": order.state == PurchaseState.RECEIVING,
    }
    return show_job(request, place, "inventory/handling/arrival.html", context, said=said, refusal=refusal)
