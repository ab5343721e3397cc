"""Stock views: what each channel may sell, as a formula over locations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import LocationKind, SupplyKind
from inventory.queries import lately_moved, members_of, skus, stock_views, view_effect
from inventory.services import save_view
from inventory.web.formulas import formula_of
from inventory.web.view_form import ViewForm
from oms.tenancy.errors import Forbidden, NotFound
from oms.tenancy.permissions import Permission
from oms.tenancy.queries import audit_entries
from oms.tenancy.web.acts import action_words, details
from oms.web import formats
from oms.web.fields import SkuInput
from oms.web.lists import Button, Column, Empty, ListSpec, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from inventory.models import StockView
    from oms.tenancy.requests import TenantRequest

PAGE = "inventory/view.html"
TRY = SkuInput({"class": "form-control", "id": "try", "maxlength": 100})
REFUSED = 422
CHANGES_SHOWN = 8
TRAIL_SHOWN = 20
NEW = Button(
    gettext_lazy("New stock view"), "inventory:new-view", icon="plus", permission=Permission.STOCK_WRITE, primary=True
)


def _members(view: StockView) -> str:
    kinds = [str(LocationKind(kind).label) for kind in view.kinds if kind in LocationKind]
    parts = [*view.location_codes, *kinds, *view.groups]
    if view.query:
        parts.append(_("by a query"))
    return ", ".join(parts) or (_("All of the parent") if view.parent_id else _("All locations"))


def _supply(view: StockView) -> str:
    """`Purchase orders, 14 days ahead`."""
    kinds = ", ".join(str(SupplyKind(kind).label) for kind in view.supply if kind in SupplyKind)
    if not kinds or view.horizon is None:
        return kinds
    return _("%(kinds)s, %(days)s days ahead") % {"kinds": kinds, "days": formats.number(view.horizon)}


VIEWS: ListSpec[StockView] = ListSpec(
    key="stock-views",
    title=gettext_lazy("Stock views"),
    columns=(
        Column("name", gettext_lazy("Name"), value=lambda view: view.name),
        Column("code", gettext_lazy("Code"), value=lambda view: view.code, sort="code"),
        Column(
            "parent", gettext_lazy("Parent"), value=lambda view: view.parent.name if view.parent else "", priority=2
        ),
        Column("members", gettext_lazy("Locations"), value=_members, priority=2),
        Column("percentage", gettext_lazy("Share sold, in %"), value=lambda view: view.percentage, align="right"),
        Column("buffer", gettext_lazy("Buffer"), value=lambda view: view.buffer, align="right"),
        Column("cap", gettext_lazy("At most"), value=lambda view: view.cap, align="right", priority=2),
        Column("supply", gettext_lazy("Units to come"), value=_supply, priority=3),
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


@page(Permission.STOCK_READ, methods=("POST",))
def preview(request: TenantRequest) -> HttpResponse:
    """What the view in the form would sell, while it is written."""
    found = stock_views().filter(code=request.POST.get("view", "")).first()
    form = ViewForm(request.POST, view=found)
    return render(request, f"{PAGE}#preview", {"form": form, "view": found, **_preview(request, form)})


def _edit(request: TenantRequest, view: StockView | None) -> HttpResponse:
    may_write = request.access.may(Permission.STOCK_WRITE)
    form = ViewForm(request.POST if request.method == "POST" else None, view=view)
    saving = "save" in request.POST
    if saving and not may_write:
        raise Forbidden(_("Your role does not include changing stock views."))
    if saving and form.is_valid():
        saved = save_view(actor=request.access.actor, **form.values)
        messages.success(request, _("The stock view is saved; its channels are told what changes."))
        return redirect("inventory:view", saved.code)
    preview = _preview(request, form)
    trail = audit_entries().filter(object_type="stock_view", object_id=str(view.pk)) if view else ()
    context = {
        "view": view,
        "form": form,
        "may_write": may_write,
        "try_field": TRY.render("try", preview["tried"]),
        "trail": [{"row": row, "words": action_words(row), "details": details(row)} for row in trail[:TRAIL_SHOWN]],
        **preview,
    }
    return render(request, PAGE, context, status=REFUSED if form.is_bound and form.errors else 200)


def _preview(request: TenantRequest, form: ViewForm) -> dict[str, Any]:
    """What the form's view would say of the SKU that is tried and of those that moved lately, and who would follow it."""
    tried = request.POST.get("try", "").strip() or request.GET.get("try", "").strip()
    if form.is_bound and not form.is_valid():
        return {"tried": tried}
    view, below = form.resulting() if form.is_bound else (form.view, [])
    if view is None:
        return {"tried": tried}
    sku = skus().filter(code=tried).first() if tried else None
    effect = view_effect(before=form.view, after=view, sku_ids=lately_moved()) if form.is_bound else None
    return {
        "tried": tried,
        "unknown": bool(tried) and sku is None,
        "formula": formula_of(view, sku.pk) if sku else None,
        "members": members_of(view),
        "effect": effect,
        "largest": effect.changes[:CHANGES_SHOWN] if effect else (),
        "below": below,
    }
