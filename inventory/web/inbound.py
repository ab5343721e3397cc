"""Purchase orders: the list, and the page of each with what came and what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import PurchaseState
from inventory.queries import get_purchase_order, notices_of, purchase_lines, purchase_orders, receipts
from inventory.rules.documents import PURCHASE, may_become
from inventory.services import (
    announce_shipment,
    cancel_purchase_order,
    close_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    receive_purchase_order,
    reschedule_purchase_order,
)
from inventory.types import Arrival, NewNotice, NewPurchase, NewPurchaseLine
from inventory.web.choices import NONE, active_choices, choose
from inventory.web.columns import CREATED, CREATED_BETWEEN, EXPECTED, state_column, state_filter
from inventory.web.documents import (
    REFUSED,
    LinesField,
    attempt,
    done_or_said,
    numbers_of,
)
from inventory.web.levels import place_options
from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from oms.web import elements
from oms.web.fields import DayInput
from oms.web.lists import Button, ChoiceFilter, Column, Empty, ListSpec, render_list
from oms.web.once import new_key
from oms.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse, QueryDict
    from django.http.response import HttpResponseBase

    from inventory.models import PurchaseOrder, PurchaseOrderLine
    from oms.tenancy.requests import TenantRequest

NEW = Button(
    gettext_lazy("New purchase order"),
    "inventory:new-purchase-order",
    icon="plus",
    permission=Permission.STOCK_WRITE,
    primary=True,
)
RECEIPTS_SHOWN = 50


class PurchaseForm(forms.Form):
    """A purchase order, its lines pasted."""

    supplier = forms.CharField(label=gettext_lazy("Supplier"), max_length=200)
    location = forms.ChoiceField(label=gettext_lazy("Delivered to"))
    expected_date = forms.DateField(label=gettext_lazy("Expected on"), required=False, widget=DayInput())
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Your own name for it; each is used once."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    lines = LinesField(
        label=gettext_lazy("Lines"),
        costs=True,
        help_text=gettext_lazy(
            "One a line: SKU, quantity and, if you like, unit cost, with tabs or semicolons between, as pasted from a spreadsheet."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, location=[NONE, *active_choices()])

    @property
    def purchase(self) -> NewPurchase:
        """What the form says."""
        given = self.cleaned_data
        return NewPurchase(
            supplier=given["supplier"],
            location_id=given["location"],
            lines=tuple(NewPurchaseLine(row.sku, row.quantity, row.unit_cost) for row in given["lines"]),
            reference=given["reference"],
            expected_date=given["expected_date"],
            note=given["note"],
        )


class NoticeForm(forms.Form):
    """A shipping notice; its units are named line by line beside it."""

    reference = forms.CharField(label=gettext_lazy("Notice number"), max_length=120)
    expected_date = forms.DateField(label=gettext_lazy("Expected on"), widget=DayInput())
    carrier = forms.CharField(label=gettext_lazy("Carrier"), max_length=80, required=False)
    tracking_number = forms.CharField(label=gettext_lazy("Tracking number"), max_length=80, required=False)


class DaysForm(forms.Form):
    """The day on which an order is expected, and those of its open lines that come on another."""

    expected_date = forms.DateField(label=gettext_lazy("The order"), required=False, widget=DayInput())

    def __init__(self, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id="days_%s", initial={"expected_date": order.expected_date})
        self.lines = {f"day-{line.pk}": line for line in lines if line.open}
        for name, line in self.lines.items():
            self.fields[name] = forms.DateField(
                label=line.sku.code, required=False, widget=DayInput(), initial=line.expected_date
            )

    @property
    def changes(self) -> dict[str, Any]:
        """The days that were changed, as the service takes them."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        own = {name: day for name, day in changed.items() if name not in self.lines}
        return {"days": {self.lines[name].pk: day for name, day in changed.items() if name in self.lines}, **own}


def _search(found: QuerySet[PurchaseOrder], text: str) -> QuerySet[PurchaseOrder]:
    return found.filter(Q(number__istartswith=text) | Q(reference__istartswith=text) | Q(supplier__icontains=text))


def purchase_url(order: PurchaseOrder) -> str:
    """The page of a purchase order."""
    return reverse("inventory:purchase-order", args=[order.pk])


PURCHASES: ListSpec[PurchaseOrder] = ListSpec(
    key="purchase-orders",
    title=gettext_lazy("Purchase orders"),
    columns=(
        Column(
            "number",
            gettext_lazy("Number"),
            value=lambda row: row.number,
            cell=lambda row: elements.folded(row.number, row.supplier),
            sort="number",
        ),
        Column("supplier", gettext_lazy("Supplier"), value=lambda row: row.supplier, phone=False),
        Column("reference", gettext_lazy("Reference"), value=lambda row: row.reference, priority=3),
        Column("location", gettext_lazy("Delivered to"), value=lambda row: row.location.name, priority=2),
        state_column(PurchaseState),
        EXPECTED,
        Column("units", gettext_lazy("Ordered"), value=lambda row: getattr(row, "units", 0), align="right", priority=2),
        Column("came", gettext_lazy("Arrived"), value=lambda row: getattr(row, "came", 0), align="right", priority=2),
        Column("waiting", gettext_lazy("To come"), value=lambda row: getattr(row, "waiting", 0), align="right"),
        CREATED,
    ),
    default_sort="-created",
    filters=(
        state_filter(PurchaseState),
        ChoiceFilter("location", gettext_lazy("Delivered to"), options=place_options, field="location_id"),
        CREATED_BETWEEN,
    ),
    buttons=(NEW,),
    search=_search,
    search_hint=gettext_lazy("Number, reference, supplier"),
    row_label=lambda row: row.number,
    row_url=purchase_url,
    empty=Empty(
        gettext_lazy("No purchase order yet"),
        gettext_lazy(
            "What is bought is supply to come: it can be promised, and releases orders that wait when it arrives."
        ),
        icon="truck-loading",
        action=NEW,
    ),
)


@page(Permission.STOCK_READ)
def purchase_list(request: TenantRequest) -> HttpResponseBase:
    """Every purchase order."""
    return render_list(request, PURCHASES, purchase_orders())


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def new_purchase(request: TenantRequest) -> HttpResponse:
    """Write a purchase order down."""
    form = PurchaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        purchase, now, actor = form.purchase, timezone.now(), request.access.actor
        made = attempt(lambda: create_purchase_order(purchase=purchase, now=now, actor=actor))
        if not isinstance(made, OmsError):
            return redirect("inventory:purchase-order", made.pk)
        form.add_error(None, made.message)
    status = 422 if form.is_bound else 200
    return render(request, "inventory/inbound/new.html", {"form": form}, status=status)


@page(Permission.STOCK_READ)
def purchase_page(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """One purchase order: its lines, notices and receipts."""
    return _show(request, order_id)


@page(Permission.STOCK_WRITE, methods=("POST",))
def confirm(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """The supplier has agreed."""
    return done_or_said(
        request,
        lambda: confirm_purchase_order(order_id=order_id, now=timezone.now(), actor=request.access.actor),
        _("The order is confirmed: its units are to come."),
        "inventory:purchase-order",
        order_id,
    )


@page(Permission.STOCK_WRITE, methods=("POST",))
def cancel(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """Nothing of it will come."""
    reason = request.POST.get("reason", "").strip()[:200]
    return done_or_said(
        request,
        lambda: cancel_purchase_order(order_id=order_id, now=timezone.now(), reason=reason, actor=request.access.actor),
        _("The order is cancelled."),
        "inventory:purchase-order",
        order_id,
    )


@page(Permission.STOCK_WRITE, methods=("POST",))
def close(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """Nothing more will come."""
    reason = request.POST.get("reason", "").strip()[:200]
    return done_or_said(
        request,
        lambda: close_purchase_order(order_id=order_id, now=timezone.now(), reason=reason, actor=request.access.actor),
        _("The order is closed."),
        "inventory:purchase-order",
        order_id,
    )


@page(Permission.STOCK_WRITE, methods=("POST",))
def receive(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """What came, line by line; a refusal shows the page with what was typed."""
    get_purchase_order(order_id)
    lines = [line.pk for line in purchase_lines([order_id])]
    reason = request.POST.get("reason", "").strip()[:200]
    key = request.POST.get("key", "")[:60] or new_key()
    try:
        good, damaged = numbers_of(request, "quantity", lines), numbers_of(request, "damaged", lines)
    except ValueError as fault:
        return _show(request, order_id, refused=str(fault))
    arrivals = [
        Arrival(line, good.get(line, 0), damaged.get(line, 0), reason)
        for line in lines
        if good.get(line) or damaged.get(line)
    ]
    outcome = attempt(
        lambda: receive_purchase_order(
            order_id=order_id, arrivals=arrivals, key=key, now=timezone.now(), actor=request.access.actor
        ),
    )
    if isinstance(outcome, OmsError):
        return _show(request, order_id, refused=outcome.message)
    messages.success(
        request, _("%(count)s units are received.") % {"count": sum(arrival.total for arrival in arrivals)}
    )
    return redirect("inventory:purchase-order", order_id)


@page(Permission.STOCK_WRITE, methods=("POST",))
def announce(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """What the supplier says has left."""
    get_purchase_order(order_id)
    form = NoticeForm(request.POST)
    lines = [line.pk for line in purchase_lines([order_id])]
    try:
        units = numbers_of(request, "announced", lines)
    except ValueError as fault:
        return _show(request, order_id, notice=form, refused=str(fault))
    if not form.is_valid():
        return _show(request, order_id, notice=form, refused=_("The notice lacks its number or its day."))
    notice = NewNotice(units=units, **form.cleaned_data)
    outcome = attempt(lambda: announce_shipment(order_id=order_id, notice=notice, now=timezone.now()))
    if isinstance(outcome, OmsError):
        return _show(request, order_id, notice=form, refused=outcome.message)
    return redirect("inventory:purchase-order", order_id)


@page(Permission.STOCK_WRITE, methods=("POST",))
def reschedule(request: TenantRequest, order_id: UUID) -> HttpResponse:
    """Expect the order or lines of it on other days; a refusal shows the page with what was typed."""
    form = DaysForm(get_purchase_order(order_id), list(purchase_lines([order_id])), request.POST)
    if not form.is_valid():
        return _show(request, order_id, days=form, refused=_("One of the days is none."))
    return done_or_said(
        request,
        lambda: reschedule_purchase_order(order_id=order_id, **form.changes, actor=request.access.actor),
        _("The days are changed; orders that wait are tried again."),
        "inventory:purchase-order",
        order_id,
    )


def _show(
    request: TenantRequest,
    order_id: UUID,
    *,
    refused: str = "",
    notice: NoticeForm | None = None,
    days: DaysForm | None = None,
) -> HttpResponse:
    order = get_purchase_order(order_id)
    may_write = request.access.may(Permission.STOCK_WRITE)
    open_to_receive = may_write and may_become(PURCHASE, order.state, PurchaseState.RECEIVING)
    came = list(receipts().filter(line__order_id=order_id)[: RECEIPTS_SHOWN + 1])
    lines = list(purchase_lines([order_id]))
    context = {
        "order": order,
        "state": PurchaseState(order.state).label,
        "lines": [{"row": line, **_typed(request, line.pk)} for line in lines],
        "notices": notices_of(order_id),
        "receipts": came[:RECEIPTS_SHOWN],
        "more_receipts": len(came) > RECEIPTS_SHOWN,
        "notice": notice or NoticeForm(),
        "days": days or DaysForm(order, lines),
        "may_reschedule": may_write and order.state not in {PurchaseState.CLOSED, PurchaseState.CANCELLED},
        "refused": refused,
        "reason": request.POST.get("reason", ""),
        "key": request.POST.get("key", "") or new_key(),
        "may_receive": open_to_receive,
        "may_confirm": may_write and may_become(PURCHASE, order.state, PurchaseState.CONFIRMED),
        "may_close": may_write and may_become(PURCHASE, order.state, PurchaseState.CLOSED),
        "may_cancel": may_write and may_become(PURCHASE, order.state, PurchaseState.CANCELLED),
        "missing": sum(line.open for line in lines),
        "currency": request.tenant.currency,
    }
    return render(request, "inventory/inbound/page.html", context, status=REFUSED if refused else 200)


def _typed(request: TenantRequest, line_id: UUID) -> dict[str, str]:
    """What was typed for a line in a form that was refused."""
    return {name: request.POST.get(f"{name}-{line_id}", "")[:12] for name in ("quantity", "damaged", "announced")}
