"""The page of one SKU: its levels, what each view makes of them, who keeps units, and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.queries import (
    get_view,
    inbound_supply,
    locations_by_id,
    sku_named,
    skus_like,
    stock_levels,
    stock_views,
)
from inventory.services import fence_stock
from inventory.types import Fence
from inventory.web.cell import moved
from inventory.web.confidence import confidence_rows
from inventory.web.forms import FenceForm, MoveForm
from inventory.web.formulas import formula_of
from inventory.web.kits import AssemblyForm, kit_context, make
from inventory.web.ledger import ledger_of
from inventory.web.levels import LOW
from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from oms.web import panels
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from inventory.models import Sku
    from oms.tenancy.requests import TenantRequest

REFUSED = 422
MOST = 8
LONGEST_QUERY = 100


@page(Permission.STOCK_READ)
def sku_page(request: TenantRequest, code: str) -> HttpResponse:
    """Everything about one SKU's stock."""
    sku = sku_named(code)
    return render(request, "inventory/sku.html", _context(request, sku, MoveForm()))


@page(Permission.STOCK_READ)
def suggestions(request: TenantRequest) -> HttpResponse:
    """What SKU may be meant by what is typed, for any field that takes one."""
    text = " ".join(request.GET.get("q", "").split())[:LONGEST_QUERY]
    found = list(skus_like(text)[:MOST]) if text else []
    return render(request, "inventory/suggestions.html", {"skus": found})


@page(Permission.STOCK_WRITE, methods=("POST",))
def move(request: TenantRequest, code: str) -> HttpResponse:
    """A movement by hand; refused in words on the same page."""
    sku = sku_named(code)
    form = MoveForm(request.POST)
    if not form.is_valid() or not moved(request, sku, form):
        return render(request, "inventory/sku.html", _context(request, sku, form), status=REFUSED)
    messages.success(request, _("The movement is in the ledger."))
    return redirect("inventory:sku", sku.code)


@page(Permission.STOCK_WRITE, methods=("POST",))
def fence(request: TenantRequest, code: str) -> HttpResponse:
    """Set units aside for a channel or campaign, or give them back."""
    sku = sku_named(code)
    form = FenceForm(request.POST)
    if not form.is_valid() or not _fenced(request, sku, form):
        return render(request, "inventory/sku.html", _context(request, sku, MoveForm(), form), status=REFUSED)
    messages.success(request, _("The ring-fence is set; the channels are told what changes."))
    return redirect("inventory:sku", sku.code)


def _fenced(request: TenantRequest, sku: Sku, form: FenceForm) -> bool:
    given = form.cleaned_data
    try:
        with transaction.atomic():
            wanted = Fence(sku.code, given["location"], given["pool"], given["quantity"])
            fence_stock(fences=[wanted], actor=request.access.actor)
    except OmsError as refusal:
        form.add_error("quantity", refusal.message)
        return False
    return True


@page(Permission.STOCK_WRITE, methods=("POST",))
def assemble(request: TenantRequest, code: str) -> HttpResponse:
    """Make kits of their components, or take some apart; refused in words on the same page."""
    sku = sku_named(code)
    form = AssemblyForm(request.POST)
    if not form.is_valid() or not make(sku, form, request.access.actor):
        context = _context(request, sku, MoveForm(), making=form)
        return render(request, "inventory/sku.html", context, status=REFUSED)
    messages.success(request, _("Kits and components have changed in the ledger."))
    return redirect("inventory:sku", sku.code)


def _context(
    request: TenantRequest,
    sku: Sku,
    form: MoveForm,
    fences: FenceForm | None = None,
    making: AssemblyForm | None = None,
) -> dict[str, Any]:
    levels = list(stock_levels().filter(sku_id=sku.pk))
    general = get_view()
    views = [general, *(view for view in stock_views() if view.code != general.code)]
    supply = inbound_supply(sku_ids=[sku.pk])
    coming = locations_by_id({each.location_id for each in supply})
    return {
        **kit_context(sku, making),
        "sku": sku,
        "levels": levels,
        "low": LOW,
        "formulas": [formula_of(view, sku.pk) for view in views],
        "ledger": ledger_of(sku, levels, request.GET.get("place", ""), now=timezone.now()),
        "panels": panels.drawn(panels.SKU, request, sku),
        "panels_aside": panels.drawn(panels.SKU_ASIDE, request, sku),
        "supply": [{"row": each, "place": coming[each.location_id].name} for each in supply],
        "certainty": confidence_rows(sku.pk, levels),
        "form": form,
        "fences": fences or FenceForm(),
        "may_write": request.access.may(Permission.STOCK_WRITE),
        "may_compose": request.access.may(Permission.CATALOGUE_WRITE),
    }
