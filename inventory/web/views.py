"""Stock views: what each channel may sell, as a formula over locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import LocationKind
from inventory.models import StockView
from inventory.queries import skus, stock_views
from inventory.services import save_view
from inventory.web.forms import ViewForm
from inventory.web.formulas import formula_of
from oms.tenancy.errors import Forbidden, NotFound
from oms.tenancy.permissions import Permission
from oms.web.lists import Button, Column, Empty, ListSpec, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from inventory.web.formulas import Formula
    from oms.tenancy.requests import TenantRequest

REFUSED = 422
NEW = Button(
    gettext_lazy("New stock view"), "inventory:new-view", icon="plus", permission=Permission.STOCK_WRITE, primary=True
)


def _members(view: StockView) -> str:
    kinds = [str(LocationKind(kind).label) for kind in view.kinds if kind in LocationKind]
    parts = [*view.location_codes, *kinds, *view.groups]
    return ", ".join(parts) or _("All locations")


VIEWS: ListSpec[StockView] = ListSpec(
    key="stock-views",
    title=gettext_lazy("Stock views"),
    columns=(
        Column("name", gettext_lazy("Name"), value=lambda view: view.name),
        Column("code", gettext_lazy("Code"), value=lambda view: view.code, sort="code"),
        Column("members", gettext_lazy("Locations"), value=_members, priority=2),
        Column("percentage", gettext_lazy("Share sold, in %"), value=lambda view: view.percentage, align="right"),
        Column("buffer", gettext_lazy("Buffer"), value=lambda view: view.buffer, align="right"),
        Column("cap", gettext_lazy("At most"), value=lambda view: view.cap, align="right", priority=2),
    ),
    default_sort="code",
    buttons=(NEW,),
    row_label=lambda view: view.name,
    row_url=lambda view: reverse("inventory:view", args=[view.code]),
    empty=Empty(
        gettext_lazy("No stock view yet"),
        gettext_lazy("Channels without a view are told what every active location can sell."),
        icon="eye",
        action=NEW,
    ),
)


@page(Permission.STOCK_READ)
def view_list(request: TenantRequest) -> HttpResponseBase:
    """Every stock view."""
    return render_list(request, VIEWS, stock_views())


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def new_view(request: TenantRequest) -> HttpResponse:
    """Create a stock view."""
    return _edit(request, None)


@page(Permission.STOCK_READ, methods=("GET", "POST"))
def edit_view(request: TenantRequest, code: str) -> HttpResponse:
    """Change a stock view, or see what it would make of a SKU."""
    found = stock_views().filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no stock view %(code)s.") % {"code": code})
    return _edit(request, found)


def _edit(request: TenantRequest, view: StockView | None) -> HttpResponse:
    may_write = request.access.may(Permission.STOCK_WRITE)
    tried = request.POST.get("try", "").strip() or request.GET.get("try", "").strip()
    form = ViewForm(request.POST if request.method == "POST" else None, view=view)
    shown = view
    status = 200
    if request.method == "POST":
        if "save" in request.POST and not may_write:
            raise Forbidden(_("Your role does not include changing stock views."))
        valid = form.is_valid()
        if valid and "save" in request.POST:
            saved = save_view(actor=request.access.actor, **form.values)
            messages.success(request, _("The stock view is saved; its channels are told what changes."))
            return redirect("inventory:view", saved.code)
        shown = StockView(**form.values) if valid else view
        status = 200 if valid else REFUSED
    formula, unknown = _formula(shown, tried)
    context = {
        "view": view,
        "form": form,
        "tried": tried,
        "formula": formula,
        "unknown": unknown,
        "may_write": may_write,
    }
    return render(request, "inventory/view.html", context, status=status)


def _formula(view: StockView | None, code: str) -> tuple[Formula | None, bool]:
    """The formula of one SKU, and whether its code is unknown."""
    if not code or view is None:
        return None, False
    sku = skus().filter(code=code).first()
    return (None, True) if sku is None else (formula_of(view, sku.pk), False)
