"""The stock of every SKU at every location, and the ledger behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from inventory.enums import Bucket, MovementReason
from inventory.queries import attach_confidence, stock_levels, stock_movements, values_of_skus
from inventory.web.choices import place_choices, same
from inventory.web.confidence import confidence_mark
from oms.tenancy.permissions import Permission
from oms.web import elements, formats
from oms.web.lists import Button, ChoiceFilter, Column, DateFilter, Empty, ListSpec, Option, TextFilter, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString
    from django_stubs_ext import StrOrPromise

    from inventory.models import StockLevel, StockMovement
    from oms.tenancy.requests import TenantRequest

# Fewer units than this, and the next order may find none.
LOW = 3
FREE = F("on_hand") - F("reserved")
LEFT = Greatest(FREE - F("buffer"), Least(FREE, 0))
# What a level that has `left` may be looked for as, in words and as a condition.
STANDS: dict[str, tuple[StrOrPromise, dict[str, object]]] = {
    "low": (_("low"), {"known": True, "left__gt": 0, "left__lt": LOW}),
    "none": (_("nothing left"), {"known": True, "left": 0}),
    "negative": (_("deficit"), {"known": True, "left__lt": 0}),
    "unknown": (_("unknown"), {"known": False}),
}


def place_options(_request: TenantRequest) -> list[Option]:
    return [Option(*choice) for choice in place_choices()]


def sku_options(name: str) -> Callable[[TenantRequest], list[Option]]:
    """The values that SKUs have of a field."""
    return lambda _request: [Option(*choice) for choice in same(values_of_skus(name))]


def _sku_cell(row: StockLevel) -> SafeString:
    return format_html(
        '{} <span class="bt-3 bt-below">{}</span>', row.sku.code, row.sku.name if row.sku.name != row.sku.code else ""
    )


def _search(found: QuerySet[StockLevel], text: str) -> QuerySet[StockLevel]:
    return found.filter(
        Q(sku__code__istartswith=text) | Q(sku__name__icontains=text) | Q(sku__barcodes__contains=[text])
    )


def sku_url(code: str) -> str:
    """The page of a SKU."""
    return reverse("inventory:sku", args=[code])


COLUMNS: tuple[Column[StockLevel], ...] = (
    Column("sku", _("SKU"), value=lambda row: row.sku.code, cell=_sku_cell, sort="sku__code"),
    Column("name", _("Name"), value=lambda row: row.sku.name, shown=False),
    Column("category", _("Category"), value=lambda row: row.sku.category, priority=3, shown=False),
    Column("location", _("Location"), value=lambda row: row.location.name, sort="location__name"),
    Column("code", _("Location's code"), value=lambda row: row.location.code, priority=3, shown=False),
    Column("pool", _("Pool"), value=lambda row: row.pool, priority=3, shown=False),
    Column("on_hand", _("On hand"), value=lambda row: row.on_hand, sort="on_hand", align="right", phone=False),
    Column("reserved", _("Reserved"), value=lambda row: row.reserved, sort="reserved", align="right", priority=2),
    Column("buffer", _("Buffer"), value=lambda row: row.buffer, align="right", priority=3),
    Column(
        "available",
        _("Available"),
        value=lambda row: row.available,
        cell=lambda row: elements.stock(row.available, low_below=LOW),
        align="right",
    ),
    Column(
        "confidence",
        _("Confidence"),
        value=lambda row: getattr(row, "confidence", None),
        cell=lambda row: confidence_mark(getattr(row, "confidence", None)),
        align="right",
        priority=3,
        shown=False,
    ),
    Column(
        "age",
        _("Age of the source"),
        value=lambda row: row.told_at,
        cell=lambda row: elements.source_age(row.told_at),
        short=_("Age"),
        align="right",
        priority=2,
    ),
)
LEVELS = ListSpec(
    key="stock",
    title=_("Stock levels"),
    columns=COLUMNS,
    default_sort="sku",
    filters=(
        ChoiceFilter("location", _("Location"), options=place_options, field="location_id"),
        ChoiceFilter("category", _("Category"), options=sku_options("category"), field="sku__category"),
        ChoiceFilter(
            "level",
            _("Level"),
            options=tuple(Option(key, label, where=Q(**condition)) for key, (label, condition) in STANDS.items()),
        ),
    ),
    buttons=(
        Button(_("As a matrix"), "inventory:matrix", icon="columns", permission=Permission.STOCK_READ),
        Button(_("Import levels"), "inventory:import", icon="file-import", permission=Permission.STOCK_WRITE),
        Button(_("Stock movements"), "inventory:movements", icon="arrows-exchange", permission=Permission.STOCK_READ),
    ),
    search=_search,
    search_hint=_("Code, name, barcode"),
    prepare=lambda rows: attach_confidence(rows, now=timezone.now()),
    row_label=lambda row: f"{row.sku.code}, {row.location.name}",
    row_url=lambda row: sku_url(row.sku.code),
    empty=Empty(
        _("No stock yet"),
        _("Import the quantities of your locations, or let a feed send them."),
        icon="stack-2",
        action=Button(_("Import levels"), "inventory:import", icon="file-import", permission=Permission.STOCK_WRITE),
    ),
)


def actor_of(row: StockMovement) -> str:
    """Who or what moved it, as the ledger kept it."""
    return str(row.actor.get("label") or "")


def _quantity_cell(row: StockMovement) -> SafeString:
    sign = "+" if row.quantity > 0 else ""
    return format_html('<span class="bt-num">{}{}</span>', sign, formats.number(row.quantity))


MOVEMENT_COLUMNS: tuple[Column[StockMovement], ...] = (
    Column(
        "sku",
        _("SKU"),
        value=lambda row: row.level.sku.code,
        cell=lambda row: elements.folded(row.level.sku.code, row.level.location.name),
    ),
    Column("location", _("Location"), value=lambda row: row.level.location.name, phone=False),
    Column("bucket", _("Bucket"), value=lambda row: str(Bucket(row.bucket).label), priority=2),
    Column("quantity", _("Quantity"), value=lambda row: row.quantity, cell=_quantity_cell, align="right"),
    Column("balance", _("After"), value=lambda row: row.balance, align="right", phone=False),
    Column("reason", _("Reason"), value=lambda row: str(MovementReason(row.reason).label)),
    Column("note", _("Note"), value=lambda row: row.note, priority=3, wide=True),
    Column("actor", _("By"), value=actor_of, priority=3),
    Column(
        "at",
        _("When"),
        value=lambda row: row.recorded_at,
        sort="recorded_at",
        newest_first=True,
        align="right",
        priority=2,
    ),
)
MOVEMENTS = ListSpec(
    key="stock-movements",
    title=_("Stock movements"),
    columns=MOVEMENT_COLUMNS,
    default_sort="-at",
    filters=(
        TextFilter("sku", _("SKU"), field="level__sku__code", placeholder=_("SKU codes, with commas between")),
        ChoiceFilter("location", _("Location"), options=place_options, field="level__location_id"),
        ChoiceFilter(
            "reason",
            _("Reason"),
            options=tuple(Option(value, label) for value, label in MovementReason.choices),
            field="reason",
        ),
        ChoiceFilter(
            "bucket",
            _("Bucket"),
            options=tuple(Option(value, label) for value, label in Bucket.choices),
            field="bucket",
        ),
        DateFilter("at", _("When"), field="recorded_at"),
    ),
    row_label=lambda row: row.level.sku.code,
    row_url=lambda row: sku_url(row.level.sku.code),
    empty=Empty(
        _("No movement yet"), _("Whatever changes a quantity is written here and never changed."), icon="history"
    ),
)


@page(Permission.STOCK_READ)
def levels(request: TenantRequest) -> HttpResponseBase:
    """What there is of each SKU at each location."""
    return render_list(request, LEVELS, stock_levels().annotate(left=LEFT))


@page(Permission.STOCK_READ)
def movements(request: TenantRequest) -> HttpResponseBase:
    """The ledger."""
    return render_list(request, MOVEMENTS, stock_movements())
