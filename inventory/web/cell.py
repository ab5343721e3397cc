"""One SKU at one location: how its number comes about, what moved it last, and a movement by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from inventory.enums import MovementReason
from inventory.queries import get_location, inbound_supply, ruling, sku_named, stock_levels, stock_movements
from inventory.services import move_stock, set_own_buffers
from inventory.types import OwnBuffer
from inventory.web.forms import MoveForm, OwnBufferForm
from inventory.web.formulas import MINUS
from inventory.web.levels import actor_of
from oms.tenancy.errors import Forbidden, InvalidInput, OmsError
from oms.tenancy.permissions import Permission
from oms.web import formats
from oms.web.pages import page
from oms.web.parts import Term

if TYPE_CHECKING:
    from uuid import UUID

    from inventory.models import Location, Sku, StockLevel
    from oms.tenancy.requests import TenantRequest

REFUSED = 422


@page(Permission.STOCK_READ, methods=("GET", "POST"))
def cell(request: TenantRequest, code: str, location_id: UUID) -> HttpResponse:
    """A page of its own, and the part that opens under a row of the matrix."""
    sku, place = sku_named(code), get_location(location_id)
    if request.method == "GET":
        return _show(request, sku, place, MoveForm(place=place))
    if not request.access.may(Permission.STOCK_WRITE):
        raise Forbidden(_("Your role does not include moving stock."))
    form = MoveForm(request.POST, place=place)
    if not form.is_valid() or not moved(request, sku, form):
        return _show(request, sku, place, form, status=REFUSED)
    return _done(request, sku, place, _("The movement is in the ledger."))


@page(Permission.STOCK_WRITE, methods=("POST",))
def hold_back(request: TenantRequest, code: str, location_id: UUID) -> HttpResponse:
    """Set by hand how many units are held back here where no rule says it."""
    sku, place = sku_named(code), get_location(location_id)
    form = OwnBufferForm(request.POST)
    if not form.is_valid() or not _held_back(request, sku, place, form):
        return _show(request, sku, place, MoveForm(place=place), form, status=REFUSED)
    return _done(request, sku, place, _("The buffer is set; where a rule counts, the rule goes first."))


def _held_back(request: TenantRequest, sku: Sku, place: Location, form: OwnBufferForm) -> bool:
    given = form.cleaned_data
    try:
        with transaction.atomic():
            set_own_buffers(
                buffers=[OwnBuffer(sku.code, place.code, given["units"])],
                now=timezone.now(),
                note=given["note"],
                actor=request.access.actor,
            )
    except OmsError as refusal:
        form.add_error("units", refusal.message)
        return False
    return True


def _done(request: TenantRequest, sku: Sku, place: Location, said: str) -> HttpResponse:
    if request.htmx:
        return trigger_client_event(HttpResponse(status=204), "matrix:moved", {"said": said})
    messages.success(request, said)
    return redirect("inventory:cell", sku.code, place.pk)


def moved(request: TenantRequest, sku: Sku, form: MoveForm) -> bool:
    """Whether what the form says was moved, now or by the same form before; a refusal is said on the form."""
    try:
        with transaction.atomic():
            move_stock(moves=[form.move_of(sku.code)], now=timezone.now(), actor=request.access.actor)
    except InvalidInput as refusal:
        form.add_error(None, refusal.message)
        return False
    except OmsError as refusal:
        form.add_error("quantity", refusal.message)
        return False
    return True


def _show(
    request: TenantRequest,
    sku: Sku,
    place: Location,
    form: MoveForm,
    holding: OwnBufferForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    levels = list(stock_levels().filter(sku_id=sku.pk, location_id=place.pk).order_by("pool"))
    common = next((level for level in levels if not level.pool), None)
    movements = stock_movements().filter(level__sku_id=sku.pk, level__location_id=place.pk)
    last = movements.first()
    context: dict[str, Any] = {
        "sku": sku,
        "place": place,
        "terms": _terms(common),
        "common": common,
        "fenced": [level for level in levels if level.pool and level.on_hand],
        "last": last and {"row": last, "reason": MovementReason(last.reason).label, "by": actor_of(last)},
        "supply": inbound_supply(sku_ids=[sku.pk], location_ids=[place.pk]),
        "form": form,
        "holding": holding or OwnBufferForm(initial={"units": common.own_buffer if common else 0}),
        "rule": ruling([sku.pk], now=timezone.now()).get(common.pk) if common else None,
        "may_write": request.access.may(Permission.STOCK_WRITE),
    }
    template = "inventory/cell.html"
    return render(request, f"{template}#cell" if request.htmx else template, context, status=status)


def _terms(level: StockLevel | None) -> list[Term]:
    """On hand − reserved − what of it the buffer holds back = available, of the common stock."""
    on_hand, reserved = (level.on_hand, level.reserved) if level else (0, 0)
    left = level.available if level else 0
    buffer = on_hand - reserved - left if left is not None else level.buffer if level else 0
    return [
        Term(formats.number(on_hand), _("On hand")),
        Term(formats.number(reserved), _("Reserved"), sign=MINUS),
        Term(formats.number(buffer), _("Buffer"), sign=MINUS),
        Term("?" if left is None else formats.number(left), _("Available"), sign="=", result=True),
    ]
