"""Send and receive transfers at one location, by scan or by tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.enums import TransferState
from inventory.errors import InvalidLine
from inventory.queries import get_transfer, transfer_lines
from inventory.services import dispatch_transfer, receive_transfer
from inventory.types import Arrival
from inventory.web.documents import attempt, numbers_of
from inventory.web.handling.page import answer, handling_page, scanned_line, show_job, typed_units
from oms.tenancy.errors import NotFound, OmsError
from oms.web.once import new_key

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from inventory.models import Location
    from oms.tenancy.requests import TenantRequest


@handling_page()
def transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """A transfer to send or to receive."""
    return _show_transfer(request, place, transfer_id)


@handling_page(methods=("POST",))
def send_transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """What leaves here, line by line."""
    _transfer_here(place, transfer_id, "source_id")
    lines = [line.pk for line in transfer_lines([transfer_id])]
    try:
        quantities = numbers_of(request, "quantity", lines)
    except ValueError as fault:
        return _show_transfer(request, place, transfer_id, refusal=InvalidLine(str(fault)))
    outcome = attempt(
        lambda: dispatch_transfer(
            transfer_id=transfer_id, now=timezone.now(), quantities=quantities, actor=request.access.actor
        )
    )
    if isinstance(outcome, OmsError):
        return _show_transfer(request, place, transfer_id, refusal=outcome)
    messages.success(request, _("The units are on their way."))
    return redirect("inventory:handling", place.code)


@handling_page(methods=("POST",))
def scan_transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """One unit of what was scanned arrived."""
    _transfer_here(place, transfer_id, "destination_id")
    lines = list(transfer_lines([transfer_id]))

    def receive() -> str:
        line = scanned_line(request, lines)
        _arrive(request, transfer_id, Arrival(line.pk, 1))
        return _("%(sku)s: %(count)s of %(total)s") % {
            "sku": line.sku.name,
            "count": line.received + 1,
            "total": line.dispatched,
        }

    return answer(request, receive, lambda **said: _show_transfer(request, place, transfer_id, **said))


@handling_page(methods=("POST",))
def take_transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """So many units of one line arrived, some damaged."""
    _transfer_here(place, transfer_id, "destination_id")
    lines = list(transfer_lines([transfer_id]))

    def receive() -> str:
        line = next((line for line in lines if str(line.pk) == request.POST.get("line")), None)
        if line is None:
            raise InvalidLine(_("A line that is named is not part of this transfer."))
        arrived = Arrival(line.pk, *typed_units(request))
        _arrive(request, transfer_id, arrived)
        return _("%(sku)s: %(count)s received") % {"sku": line.sku.name, "count": arrived.total}

    return answer(request, receive, lambda **said: _show_transfer(request, place, transfer_id, **said))


@handling_page(methods=("POST",))
def finish_transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """Nothing more of it is expected; what is missing is for the back office to decide."""
    _transfer_here(place, transfer_id, "destination_id")
    outcome = attempt(lambda: _arrive(request, transfer_id, None))
    if isinstance(outcome, OmsError):
        return _show_transfer(request, place, transfer_id, refusal=outcome)
    messages.success(request, _("The transfer is received."))
    return redirect("inventory:handling", place.code)


def _transfer_here(place: Location, transfer_id: UUID, *sides: str) -> Any:
    found = get_transfer(transfer_id)
    if place.pk not in {getattr(found, side) for side in sides or ("source_id", "destination_id")}:
        raise NotFound(_("There is no such transfer."))
    return found


def _arrive(request: TenantRequest, transfer_id: UUID, arrived: Arrival | None) -> None:
    receive_transfer(
        transfer_id=transfer_id,
        arrivals=[arrived] if arrived else [],
        key=request.POST.get("key", "")[:60] or new_key(),
        now=timezone.now(),
        finish=arrived is None,
        actor=request.access.actor,
    )


def _show_transfer(
    request: TenantRequest, place: Location, transfer_id: UUID, *, said: str = "", refusal: OmsError | None = None
) -> HttpResponse:
    found = _transfer_here(place, transfer_id)
    lines = list(transfer_lines([transfer_id]))
    context = {
        "transfer": found,
        "lines": sorted(lines, key=lambda line: (not line.in_transit, line.sku.code)),
        "sending": found.state == TransferState.REQUESTED and found.source_id == place.pk,
        "receiving": found.state == TransferState.DISPATCHED and found.destination_id == place.pk,
        "done": sum(line.received for line in lines),
        "total": sum(line.dispatched for line in lines),
        "missing": sum(line.in_transit for line in lines),
    }
    return show_job(request, place, "inventory/handling/transfer.html", context, said=said, refusal=refusal)
