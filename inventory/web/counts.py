"""Counts: the list, the review of one with its variance, and shrinkage."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import F, Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import CountKind, CountState, MovementReason
from inventory.errors import NotKept
from inventory.queries import (
    count_lines,
    counts,
    get_count,
    shrinkage,
    skus_by_code,
    tallies_of,
    values_of_skus,
    variance_of,
)
from inventory.rules.documents import COUNT, may_become
from inventory.services import ask_recount, cancel_count, create_count, finish_counting, post_count
from inventory.types import CountScope
from inventory.web.choices import NONE, active_choices, choose, place_choices, same
from inventory.web.columns import CREATED, CREATED_BETWEEN, state_column, state_filter
from inventory.web.documents import attempt, done_or_said
from inventory.web.forms import words_in
from inventory.web.levels import place_options
from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from oms.web import elements, formats
from oms.web.fields import DayInput, SkusInput
from oms.web.lists import (
    BulkAction,
    BulkResult,
    Button,
    ChoiceFilter,
    Column,
    Empty,
    ListSpec,
    Option,
    render_list,
)
from oms.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from inventory.models import CountLine, StockCount
    from inventory.queries.counts import Shrinkage
    from oms.tenancy.requests import TenantRequest

NEW = Button(
    gettext_lazy("New count"), "inventory:new-count", icon="plus", permission=Permission.STOCK_WRITE, primary=True
)
MICRO = Button(
    gettext_lazy("Micro-counts"), "inventory:micro-counts", icon="target-arrow", permission=Permission.STOCK_READ
)
SHRINKAGE = Button(
    gettext_lazy("Shrinkage"), "inventory:shrinkage", icon="trending-down", permission=Permission.STOCK_READ
)


class CountForm(forms.Form):
    """A new count."""

    location = forms.ChoiceField(label=gettext_lazy("Location"))
    kind = forms.ChoiceField(
        label=gettext_lazy("What is counted"), choices=CountKind.choices, widget=forms.RadioSelect, initial="FULL"
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Categories"), required=False, widget=forms.CheckboxSelectMultiple
    )
    skus = forms.CharField(
        label=gettext_lazy("SKUs"),
        required=False,
        widget=SkusInput(attrs={"rows": 4}),
        help_text=gettext_lazy("For a cycle count: codes with commas or line breaks between."),
    )
    blind = forms.BooleanField(
        label=gettext_lazy("Blind: counters do not see what is expected"), required=False, initial=True
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, location=[NONE, *active_choices()], categories=same(values_of_skus("category")))

    def clean_skus(self) -> tuple[UUID, ...]:
        codes = words_in(self.cleaned_data["skus"].replace("\n", ","))
        known = skus_by_code(codes)
        unknown = sorted(set(codes) - set(known))
        if unknown:
            raise forms.ValidationError(_("Unknown SKU: %(codes)s.") % {"codes": ", ".join(unknown)})
        return tuple(known.values())


COUNTS: ListSpec[StockCount] = ListSpec(
    key="counts",
    title=gettext_lazy("Counts"),
    columns=(
        Column(
            "number",
            gettext_lazy("Number"),
            value=lambda row: row.number,
            cell=lambda row: elements.folded(row.number, row.location.name),
            sort="number",
        ),
        Column("location", gettext_lazy("Location"), value=lambda row: row.location.name, phone=False),
        Column("kind", gettext_lazy("Kind"), value=lambda row: str(CountKind(row.kind).label), priority=2),
        state_column(CountState),
        Column("note", gettext_lazy("Note"), value=lambda row: row.note, priority=3, wide=True),
        Column("lines", gettext_lazy("Lines"), value=lambda row: getattr(row, "lines", 0), align="right", priority=2),
        Column(
            "counted", gettext_lazy("Counted"), value=lambda row: getattr(row, "counted", 0), align="right", phone=False
        ),
        Column(
            "differing",
            gettext_lazy("Differing"),
            value=lambda row: getattr(row, "differing", 0),
            align="right",
            priority=2,
        ),
        CREATED,
    ),
    default_sort="-created",
    filters=(
        state_filter(CountState),
        ChoiceFilter("location", gettext_lazy("Location"), options=place_options, field="location_id"),
        CREATED_BETWEEN,
    ),
    buttons=(SHRINKAGE, MICRO, NEW),
    search=lambda found, text: found.filter(Q(number__istartswith=text) | Q(location__name__icontains=text)),
    search_hint=gettext_lazy("Number, location"),
    row_label=lambda row: row.number,
    row_url=lambda row: reverse("inventory:count", args=[row.pk]),
    empty=Empty(
        gettext_lazy("No count yet"),
        gettext_lazy(
            "Count a whole location, or a few SKUs each week; people scan on their phones while the shop goes on."
        ),
        icon="clipboard-list",
        action=NEW,
    ),
)


def _signed(row: CountLine) -> SafeString | str:
    if row.difference is None:
        return "\N{EN DASH}"
    tone = "bad" if row.difference < 0 else "good" if row.difference > 0 else "neutral"
    sign = "+" if row.difference > 0 else ""
    return format_html('<span class="bt-num bt-t-{}">{}{}</span>', tone, sign, formats.number(row.difference))


def _value(row: CountLine) -> Decimal | None:
    cost: Decimal | None = getattr(row, "unit_cost", None)
    return None if row.difference is None or cost is None else row.difference * cost


def _worth(row: CountLine) -> str:
    value = _value(row)
    return "\N{EN DASH}" if value is None else formats.number(value, 2)


def _who(row: CountLine) -> str:
    return str(getattr(row, "who", ""))


def _attach_tallies(rows: list[CountLine]) -> None:
    """Who counted each line in its present round."""
    found = tallies_of([row.pk for row in rows])
    for row in rows:
        tallies = [each for each in found.get(row.pk, ()) if each.round == row.round]
        alone = len(tallies) == 1
        vars(row)["who"] = ", ".join(
            each.label if alone else f"{each.label} ({formats.number(each.quantity)})" for each in tallies
        )


def _recount(request: TenantRequest, rows: QuerySet[CountLine], _data: Mapping[str, Any]) -> BulkResult:
    chosen = list(rows)
    ask_recount(count_id=chosen[0].count_id, line_ids=[row.pk for row in chosen], actor=request.access.actor)
    return BulkResult(done=len(chosen))


LINES: ListSpec[CountLine] = ListSpec(
    key="count-lines",
    title=gettext_lazy("Lines"),
    columns=(
        Column("sku", gettext_lazy("SKU"), value=lambda row: row.sku.code, sort="sku__code"),
        Column("name", gettext_lazy("Name"), value=lambda row: row.sku.name, priority=2, wide=True),
        Column("expected", gettext_lazy("Expected"), value=lambda row: row.expected, align="right", priority=2),
        Column("counted", gettext_lazy("Counted"), value=lambda row: row.counted, align="right"),
        Column("difference", gettext_lazy("Difference"), value=lambda row: row.difference, cell=_signed, align="right"),
        Column("value", gettext_lazy("Value"), value=_value, cell=_worth, align="right", priority=2),
        Column("round", gettext_lazy("Round"), value=lambda row: row.round, align="right", priority=3),
        Column("who", gettext_lazy("Counted by"), value=_who, priority=3),
        Column("at", gettext_lazy("When"), value=lambda row: row.counted_at, align="right", priority=3),
    ),
    default_sort="sku",
    filters=(
        ChoiceFilter(
            "show",
            gettext_lazy("Show"),
            options=(
                Option(
                    "differing", gettext_lazy("differing"), where=Q(counted__isnull=False) & ~Q(counted=F("expected"))
                ),
                Option("short", gettext_lazy("short"), where=Q(counted__lt=F("expected"))),
                Option("over", gettext_lazy("over"), where=Q(counted__gt=F("expected"))),
                Option("uncounted", gettext_lazy("not counted"), where=Q(counted__isnull=True)),
            ),
        ),
    ),
    actions=(
        BulkAction(
            "recount", gettext_lazy("Count again"), icon="refresh", run=_recount, permission=Permission.STOCK_WRITE
        ),
    ),
    search=lambda found, text: found.filter(Q(sku__code__istartswith=text) | Q(sku__name__icontains=text)),
    search_hint=gettext_lazy("Code, name"),
    row_label=lambda row: row.sku.code,
    prepare=_attach_tallies,
    template="inventory/counts/page.html",
)


@page(Permission.STOCK_READ)
def count_list(request: TenantRequest) -> HttpResponseBase:
    """Every count."""
    return render_list(request, COUNTS, counts())


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def new_count(request: TenantRequest) -> HttpResponse:
    """Begin a count."""
    form = CountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(
            lambda: create_count(
                location_id=given["location"],
                now=timezone.now(),
                kind=given["kind"],
                scope=CountScope(given["skus"], tuple(given["categories"])),
                blind=given["blind"],
                note=given["note"],
                actor=request.access.actor,
            )
        )
        if not isinstance(made, OmsError):
            return redirect("inventory:count", made.pk)
        form.add_error(None, made.message)
    status = 422 if form.is_bound else 200
    return render(request, "inventory/counts/new.html", {"form": form}, status=status)


@page(Permission.STOCK_READ, methods=("GET", "POST"))
def count_page(request: TenantRequest, count_id: UUID) -> HttpResponseBase:
    """The variance of a count, line by line."""
    count = get_count(count_id)
    may_write = request.access.may(Permission.STOCK_WRITE)
    context = {
        "count": count,
        "state": CountState(count.state).label,
        "kind": CountKind(count.kind).label,
        "variance": variance_of(count_id),
        "currency": request.tenant.currency,
        "may_finish": may_write and may_become(COUNT, count.state, CountState.REVIEW),
        "may_post": may_write and may_become(COUNT, count.state, CountState.POSTED),
        "may_cancel": may_write and may_become(COUNT, count.state, CountState.CANCELLED),
    }
    return render_list(request, LINES, count_lines(count_id), context=context)


@page(Permission.STOCK_WRITE, methods=("POST",))
def finish(request: TenantRequest, count_id: UUID) -> HttpResponse:
    """Nobody counts any more."""
    return done_or_said(
        request,
        lambda: finish_counting(count_id=count_id, now=timezone.now(), actor=request.access.actor),
        _("Counting has ended: review the differences, then post them."),
        "inventory:count",
        count_id,
    )


@page(Permission.STOCK_WRITE, methods=("POST",))
def post(request: TenantRequest, count_id: UUID) -> HttpResponse:
    """Write the differences to the ledger."""
    return done_or_said(
        request,
        lambda: post_count(
            count_id=count_id,
            now=timezone.now(),
            uncounted_as_zero="uncounted_as_zero" in request.POST,
            actor=request.access.actor,
        ),
        _("The differences are in the ledger."),
        "inventory:count",
        count_id,
    )


@page(Permission.STOCK_WRITE, methods=("POST",))
def cancel(request: TenantRequest, count_id: UUID) -> HttpResponse:
    """Give the count up."""
    return done_or_said(
        request,
        lambda: cancel_count(count_id=count_id, now=timezone.now(), actor=request.access.actor),
        _("The count is given up; no level changed."),
        "inventory:count",
        count_id,
    )


class PeriodForm(forms.Form):
    """A period and a place."""

    first = forms.DateField(label=gettext_lazy("From"), widget=DayInput())
    last = forms.DateField(label=gettext_lazy("To"), widget=DayInput())
    location = forms.ChoiceField(label=gettext_lazy("Location"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, location=[("", _("All locations")), *place_choices()])


@page(Permission.STOCK_READ)
def shrinkage_page(request: TenantRequest) -> HttpResponse:
    """What was lost and found, by reason and place."""
    today = timezone.localdate()
    usual = {"first": today - timedelta(days=29), "last": today}
    form = PeriodForm(request.GET) if "first" in request.GET else PeriodForm(initial=usual)
    valid = form.is_valid() if form.is_bound else True
    given: dict[str, Any] = form.cleaned_data if form.is_bound and valid else usual
    place = given.get("location")
    rows: list[Shrinkage] = []
    try:
        rows = shrinkage(
            since=timezone.make_aware(datetime.combine(given["first"], time.min)),
            until=timezone.make_aware(datetime.combine(given["last"] + timedelta(days=1), time.min)),
            location_ids=[place] if place else None,
        )
    except NotKept as refused:
        form.add_error("first", refused.message)
        valid = False
    context = {
        "form": form,
        "rows": [{"row": row, "reason": MovementReason(row.reason).label} for row in rows],
        "value": sum(row.value for row in rows),
        "lost": sum(row.units_lost for row in rows),
        "found": sum(row.units_found for row in rows),
        "currency": request.tenant.currency,
    }
    return render(request, "inventory/counts/shrinkage.html", context, status=200 if valid else 422)
