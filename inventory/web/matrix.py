"""The stock matrix: SKUs under their products, a column for each location."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.queries import skus_by_family, stock_levels
from inventory.web.levels import LEFT, LOW, STANDS, sku_options
from inventory.web.sheet import MODES, open_sheet
from oms.tenancy.permissions import Permission
from oms.web.lists import Button, ChoiceFilter, Column, Empty, ListSpec, Option, TextFilter, render_list
from oms.web.pages import page
from oms.web.parts import Segment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase

    from inventory.models import Sku
    from oms.tenancy.requests import TenantRequest

PAGE_SIZE = 50
# What of the address says which figure is shown, and where.
KEEPS = ("mode", "place", "kind", "group")


def _somewhere(**condition: object) -> Callable[[datetime], Q]:
    """Some location that is active has a level like that."""

    def where(_now: datetime) -> Q:
        levels = stock_levels().filter(sku_id=OuterRef("pk"), location__active=True, pool="")
        return Q(Exists(levels.annotate(left=LEFT).filter(**condition).order_by()))

    return where


def _search(found: QuerySet[Sku], text: str) -> QuerySet[Sku]:
    return found.filter(
        Q(code__istartswith=text) | Q(name__icontains=text) | Q(product__iexact=text) | Q(barcodes__contains=[text])
    )


IMPORT = Button(_("Import levels"), "inventory:import", icon="file-import", permission=Permission.STOCK_WRITE)
MATRIX: ListSpec[Sku] = ListSpec(
    key="stock-matrix",
    title=_("Stock by location"),
    columns=(Column("family", _("Product"), value=lambda sku: sku.product, sort="family"),),
    default_sort="family",
    filters=(
        ChoiceFilter("category", _("Category"), options=sku_options("category"), field="category"),
        ChoiceFilter("brand", _("Brand"), options=sku_options("brand"), field="brand"),
        TextFilter("product", _("Product"), field="product", placeholder=_("Product codes, with commas between")),
        ChoiceFilter(
            "level",
            _("Level at a location"),
            options=tuple(
                Option(key, label, where=_somewhere(**condition)) for key, (label, condition) in STANDS.items()
            ),
        ),
    ),
    buttons=(
        Button(_("As a list"), "inventory:levels", icon="layout-list", permission=Permission.STOCK_READ),
        Button(_("Paste from a spreadsheet"), "inventory:paste", icon="clipboard", permission=Permission.STOCK_WRITE),
        IMPORT,
    ),
    search=_search,
    search_hint=_("SKU, product, barcode"),
    row_label=lambda sku: sku.code,
    empty=Empty(
        _("No SKU yet"),
        _("Import the catalogue and the quantities of your locations, or let a feed send them."),
        icon="stack-2",
        action=IMPORT,
    ),
    page_size=PAGE_SIZE,
    live=True,
    density="compact",
    keeps=KEEPS,
    template="inventory/matrix.html",
    table="inventory/matrix/table.html",
    chooser="inventory/matrix/places.html",
)


@page(Permission.STOCK_READ)
def matrix(request: TenantRequest) -> HttpResponseBase:
    """What there is of each SKU at each location, in the figure chosen."""
    sheet = open_sheet(request.GET, timezone.now())
    spec = replace(MATRIX, columns=sheet.columns(), prepare=sheet.prepare, draw=sheet.draw)
    address = request.GET.copy()
    for name in ("after", "before"):
        address.pop(name, None)
    modes = []
    for mode in MODES.values():
        address["mode"] = mode.key
        modes.append(Segment(mode.label, f"?{address.urlencode()}", mode.key == sheet.mode.key))
    elsewhere = [pair for pair in request.GET.lists() if pair[0] not in ("place", "kind", "group", "after", "before")]
    context = {
        "sheet": sheet,
        "modes": modes,
        "kept_for_places": [(name, value) for name, values in elsewhere for value in values],
        "low": LOW,
        "may_write": request.access.may(Permission.STOCK_WRITE),
    }
    return render_list(request, spec, skus_by_family(), context=context)
