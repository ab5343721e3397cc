"""Transfers: the list, the page of each, and the proposals."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.enums import TransferFate, TransferState
from inventory.queries import (
    get_transfer,
    locations_by_id,
    sku_codes,
    skus_by_code,
    transfer_entries,
    transfer_lines,
    transfer_proposals,
    transfers,
    values_of_skus,
)
from inventory.rules.documents import TRANSFER, may_become
from inventory.rules.transfers import Policy, cover
from inventory.services import (
    accept_proposals,
    cancel_transfer,
    create_transfer,
    dispatch_transfer,
    receive_transfer,
    request_transfer,
    settle_transfer,
)
from inventory.types import Arrival, Fate, ProposedMove, TransferUnits
from inventory.web.choices import NONE, active_choices, choose, same
from inventory.web.columns import CREATED, CREATED_BETWEEN, EXPECTED, state_column, state_filter
from inventory.web.documents import (
    REFUSED,
    LinesField,
    attempt,
    done_or_said,
    numbers_of,
)
from inventory.web.levels import place_options
from oms.tenancy.errors import Forbidden, InvalidInput, OmsError
from oms.tenancy.permissions import Permission
from oms.web import elements
from oms.web.fields import DayInput
from oms.web.lists import Button, ChoiceFilter, Column, Empty, ListSpec, render_list
from oms.web.once import new_key
from oms.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from inventory.models import Transfer, TransferLine
    from inventory.rules.transfers import Cell, Proposal
    from oms.tenancy.requests import TenantRequest

NEW = Button(
    gettext_lazy("New transfer"), "inventory:new-transfer", icon="plus", permission=Permission.STOCK_WRITE, primary=True
)
PROPOSALS = Button(
    gettext_lazy("Proposals"), "inventory:transfer-proposals", icon="bulb", permission=Permission.STOCK_READ
)
MOST_PROPOSALS = 500
# What may have become of missing units, and of extra ones.
MISSING = (TransferFate.RECEIVED, TransferFate.DAMAGED, TransferFate.LOST, TransferFate.RETURNED)
EXTRA = (TransferFate.EXTRA_TAKEN, TransferFate.EXTRA_KEPT)


class TransferForm(forms.Form):
    """A transfer, its lines pasted."""

    source = forms.ChoiceField(label=gettext_lazy("Origin"))
    destination = forms.ChoiceField(label=gettext_lazy("Destination"))
    expected_date = forms.DateField(label=gettext_lazy("Expected on"), required=False, widget=DayInput())
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    lines = LinesField(
        label=gettext_lazy("Lines"),
        help_text=gettext_lazy("One a line: SKU and quantity, with tabs, semicolons or spaces between."),
    )
    request = forms.BooleanField(
        label=gettext_lazy("Request it at once: the units are reserved and sold to nobody"),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [NONE, *active_choices()]
        choose(self, source=choices, destination=choices)


class PolicyForm(forms.Form):
    """How many days of cover locations should have."""

    window = forms.IntegerField(label=gettext_lazy("Sales of the last … days"), min_value=1, max_value=365, initial=28)
    target = forms.IntegerField(label=gettext_lazy("Receivers get … days"), min_value=1, max_value=365, initial=14)
    keep = forms.IntegerField(label=gettext_lazy("Donors keep … days"), min_value=0, max_value=365, initial=28)
    least = forms.IntegerField(label=gettext_lazy("At least … units"), min_value=1, max_value=10_000, initial=1)
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, category=[("", _("All categories")), *same(values_of_skus("category"))])


def _search(found: QuerySet[Transfer], text: str) -> QuerySet[Transfer]:
    return found.filter(
        Q(number__istartswith=text) | Q(source__name__icontains=text) | Q(destination__name__icontains=text)
    )


def transfer_url(transfer: Transfer) -> str:
    """The page of a transfer."""
    return reverse("inventory:transfer", args=[transfer.pk])


TRANSFERS: ListSpec[Transfer] = ListSpec(
    key="transfers",
    title=gettext_lazy("Transfers"),
    columns=(
        Column(
            "number",
            gettext_lazy("Number"),
            value=lambda row: row.number,
            cell=lambda row: elements.folded(
                row.number, f"{row.source.name} \N{RIGHTWARDS ARROW} {row.destination.name}"
            ),
            sort="number",
        ),
        Column("source", gettext_lazy("Origin"), value=lambda row: row.source.name, phone=False),
        Column("destination", gettext_lazy("Destination"), value=lambda row: row.destination.name, phone=False),
        state_column(TransferState),
        EXPECTED,
        Column("units", gettext_lazy("Units"), value=lambda row: getattr(row, "units", 0), align="right", priority=2),
        Column(
            "on_the_way",
            gettext_lazy("In transit"),
            value=lambda row: getattr(row, "on_the_way", 0),
            align="right",
            priority=2,
        ),
        CREATED,
    ),
    default_sort="-created",
    filters=(
        state_filter(TransferState),
        ChoiceFilter("source", gettext_lazy("Origin"), options=place_options, field="source_id"),
        ChoiceFilter("destination", gettext_lazy("Destination"), options=place_options, field="destination_id"),
        CREATED_BETWEEN,
    ),
    buttons=(PROPOSALS, NEW),
    search=_search,
    search_hint=gettext_lazy("Number, location"),
    row_label=lambda row: row.number,
    row_url=transfer_url,
    empty=Empty(
        gettext_lazy("No transfer yet"),
        gettext_lazy("Move units to where they sell: the proposals say what, from where and why."),
        icon="arrows-left-right",
        action=NEW,
        link=PROPOSALS,
    ),
)


@page(Permission.STOCK_READ)
def transfer_list(request: TenantRequest) -> HttpResponseBase:
    """Every transfer."""
    return render_list(request, TRANSFERS, transfers())


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def new_transfer(request: TenantRequest) -> HttpResponse:
    """Write a transfer down, and request it."""
    form = TransferForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = attempt(lambda: _make(request, form.cleaned_data))
        if not isinstance(made, OmsError):
            return redirect("inventory:transfer", made.pk)
        form.add_error(None, made.message)
    status = 422 if form.is_bound else 200
    return render(request, "inventory/transfers/new.html", {"form": form}, status=status)


def _make(request: TenantRequest, given: dict[str, Any]) -> Transfer:
    known = skus_by_code([row.sku for row in given["lines"]])
    now, actor = timezone.now(), request.access.actor
    transfer = create_transfer(
        source_id=given["source"],
        destination_id=given["destination"],
        units=[TransferUnits(known[row.sku], row.quantity) for row in given["lines"]],
        expected_date=given["expected_date"],
        note=given["note"],
        now=now,
        actor=actor,
    )
    return request_transfer(transfer_id=transfer.pk, now=now, actor=actor) if given["request"] else transfer


@page(Permission.STOCK_READ)
def transfer_page(request: TenantRequest, transfer_id: UUID) -> HttpResponse:
    """One transfer: its lines, and what became of them."""
    return _show(request, transfer_id)


@page(Permission.STOCK_WRITE, methods=("POST",))
def ask(request: TenantRequest, transfer_id: UUID) -> HttpResponse:
    """Reserve the units at the source."""
    return done_or_said(
        request,
        lambda: request_transfer(transfer_id=transfer_id, now=timezone.now(), actor=request.access.actor),
        _("The units are reserved."),
        "inventory:transfer",
        transfer_id,
    )


@page(Permission.STOCK_WRITE, methods=("POST",))
def cancel(request: TenantRequest, transfer_id: UUID) -> HttpResponse:
    """Give up a transfer that has not left."""
    return done_or_said(
        request,
        lambda: cancel_transfer(transfer_id=transfer_id, now=timezone.now(), actor=request.access.actor),
        _("The transfer is cancelled; its units can be sold again."),
        "inventory:transfer",
        transfer_id,
    )


@page(Permission.STOCK_WRITE, methods=("POST",))
def send(request: TenantRequest, transfer_id: UUID) -> HttpResponse:
    """The units leave the source."""
    return _act(request, transfer_id, lambda: _sent(request, transfer_id), _("The units are on their way."))


def _sent(request: TenantRequest, transfer_id: UUID) -> None:
    lines = [line.pk for line in transfer_lines([transfer_id])]
    quantities = numbers_of(request, "quantity", lines)
    dispatch_transfer(transfer_id=transfer_id, now=timezone.now(), quantities=quantities, actor=request.access.actor)


@page(Permission.STOCK_WRITE, methods=("POST",))
def receive(request: TenantRequest, transfer_id: UUID) -> HttpResponse:
    """What arrived, line by line."""
    return _act(request, transfer_id, lambda: _received(request, transfer_id), _("What arrived is on hand."))


def _received(request: TenantRequest, transfer_id: UUID) -> None:
    lines = [line.pk for line in transfer_lines([transfer_id])]
    good, damaged = numbers_of(request, "quantity", lines), numbers_of(request, "damaged", lines)
    receive_transfer(
        transfer_id=transfer_id,
        arrivals=[Arrival(line, good.get(line, 0), damaged.get(line, 0)) for line in lines],
        key=request.POST.get("key", "")[:60] or new_key(),
        now=timezone.now(),
        finish="finish" in request.POST,
        actor=request.access.actor,
    )


@page(Permission.STOCK_WRITE, methods=("POST",))
def settle(request: TenantRequest, transfer_id: UUID) -> HttpResponse:
    """Decide what became of the missing or extra units of the lines."""
    return _act(request, transfer_id, lambda: _settled(request, transfer_id), _("The difference is decided."))


def _settled(request: TenantRequest, transfer_id: UUID) -> None:
    lines = [line.pk for line in transfer_lines([transfer_id])]
    units = numbers_of(request, "quantity", lines)
    reason = request.POST.get("reason", "").strip()[:200]
    fates = [Fate(line, request.POST.get(f"fate-{line}", ""), count, reason) for line, count in units.items() if count]
    if not fates or any(fate.fate not in TransferFate for fate in fates):
        raise InvalidInput(_("Say for each line what became of how many units."))
    settle_transfer(
        transfer_id=transfer_id,
        fates=fates,
        key=request.POST.get("key", "")[:60] or new_key(),
        now=timezone.now(),
        actor=request.access.actor,
    )


def _act(request: TenantRequest, transfer_id: UUID, act: Callable[[], None], said: str) -> HttpResponse:
    """Do it, or show the page with what was typed and why not."""
    get_transfer(transfer_id)
    try:
        outcome = attempt(act)
    except ValueError as fault:
        return _show(request, transfer_id, refused=str(fault))
    if isinstance(outcome, OmsError):
        return _show(request, transfer_id, refused=outcome.message)
    messages.success(request, said)
    return redirect("inventory:transfer", transfer_id)


def _show(request: TenantRequest, transfer_id: UUID, *, refused: str = "") -> HttpResponse:
    transfer = get_transfer(transfer_id)
    may_write = request.access.may(Permission.STOCK_WRITE)
    state = TransferState(transfer.state)
    context = {
        "transfer": transfer,
        "state": state.label,
        "lines": [_line(request, line, state) for line in transfer_lines([transfer_id])],
        "entries": [{"row": entry, "fate": TransferFate(entry.fate).label} for entry in transfer_entries(transfer_id)],
        "refused": refused,
        "reason": request.POST.get("reason", ""),
        "key": request.POST.get("key", "") or new_key(),
        "may_ask": may_write and state == TransferState.PROPOSED,
        "may_send": may_write and state == TransferState.REQUESTED,
        "may_receive": may_write and state == TransferState.DISPATCHED,
        "may_settle": may_write and state == TransferState.RECEIVED,
        "may_cancel": may_write and may_become(TRANSFER, state, TransferState.CANCELLED),
    }
    return render(request, "inventory/transfers/page.html", context, status=REFUSED if refused else 200)


def _line(request: TenantRequest, line: TransferLine, state: TransferState) -> dict[str, Any]:
    fates = MISSING if line.in_transit else EXTRA if line.unsettled else ()
    usual = {
        TransferState.REQUESTED: line.quantity,
        TransferState.DISPATCHED: line.in_transit,
        TransferState.RECEIVED: line.in_transit or line.unsettled,
    }.get(state, 0)
    return {
        "row": line,
        "quantity": request.POST.get(f"quantity-{line.pk}", usual),
        "damaged": request.POST.get(f"damaged-{line.pk}", ""),
        "fates": [(each.value, each.label) for each in fates],
        "fate": request.POST.get(f"fate-{line.pk}", ""),
    }


@page(Permission.STOCK_READ, methods=("GET", "POST"))
def proposals(request: TenantRequest) -> HttpResponse:
    """Where stock should move, with what the formula saw; POST makes the chosen rows transfers."""
    form = PolicyForm(request.GET or None)
    valid = form.is_valid() if form.is_bound else True
    given = form.cleaned_data if form.is_bound and valid else {}
    names = ("window", "target", "keep", "least")
    policy = Policy(**{name: given[name] for name in names}) if given else Policy()
    if request.method == "POST":
        return _accept(request)
    found = transfer_proposals(policy=policy, now=timezone.now(), category=given.get("category", ""))
    shown = found[:MOST_PROPOSALS]
    codes = sku_codes({each.sku_id for each in shown})
    places = locations_by_id({side.location_id for each in shown for side in (each.source, each.destination)})
    context = {
        "form": form,
        "policy": policy,
        "rows": [_proposal(each, policy, codes, places) for each in shown],
        "more": len(found) - len(shown),
        "units": sum(each.quantity for each in found),
        "may_write": request.access.may(Permission.STOCK_WRITE),
    }
    return render(request, "inventory/transfers/proposals.html", context, status=200 if valid else 422)


def _proposal(each: Proposal, policy: Policy, codes: dict[UUID, str], places: dict[UUID, Any]) -> dict[str, Any]:
    return {
        "value": f"{each.sku_id}:{each.source.location_id}:{each.destination.location_id}:{each.quantity}",
        "sku": codes[each.sku_id],
        "source": places[each.source.location_id].name,
        "destination": places[each.destination.location_id].name,
        "from_cell": each.source,
        "to_cell": each.destination,
        "from_cover": _days(each.source, policy),
        "to_cover": _days(each.destination, policy),
        "proposal": each,
    }


def _days(cell: Cell, policy: Policy) -> float | None:
    days = cover(cell, policy)
    return None if days == inf else round(days, 1)


def _accept(request: TenantRequest) -> HttpResponse:
    """Make the chosen proposals transfers; what was sold meanwhile is said."""
    if not request.access.may(Permission.STOCK_WRITE):
        raise Forbidden(_("Your role does not include moving stock."))
    chosen = request.POST.getlist("one") or request.POST.getlist("proposal")
    moves = [_move(text) for text in chosen[:MOST_PROPOSALS]]
    if not moves:
        messages.warning(request, _("Select at least one row first."))
        return redirect("inventory:transfer-proposals")
    made, refused = accept_proposals(proposals=moves, now=timezone.now(), actor=request.access.actor)
    if made:
        said = ngettext("%(count)s transfer is requested.", "%(count)s transfers are requested.", len(made))
        messages.success(request, said % {"count": len(made)})
    for refusal in refused:
        messages.warning(request, refusal.message)
    return redirect("inventory:transfers")


def _move(text: str) -> ProposedMove:
    try:
        sku, source, destination, quantity = text.split(":")
        return ProposedMove(UUID(sku), UUID(source), UUID(destination), int(quantity))
    except ValueError:
        raise InvalidInput(_("This proposal cannot be read; compute them again.")) from None
