"""Stock work at one location, on a phone: receive, send, count, by scan or by tap."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.db.models import F, Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from inventory.enums import CountState, PurchaseState, TransferState
from inventory.errors import InvalidLine, WrongBarcode
from inventory.queries import (
    count_lines,
    counted_by,
    counts,
    get_count,
    get_purchase_order,
    get_transfer,
    locations,
    purchase_lines,
    purchase_orders,
    sku_by_barcode,
    transfer_lines,
    transfers,
)
from inventory.services import (
    close_purchase_order,
    dispatch_transfer,
    finish_counting,
    receive_purchase_order,
    receive_transfer,
    record_count,
)
from inventory.types import Arrival, Counted
from inventory.web.documents import attempt, numbers_of
from oms.tenancy.errors import NotFound, OmsError
from oms.tenancy.permissions import Permission
from oms.web.once import claim_form, new_key
from oms.web.pages import page, scanning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from inventory.models import CountLine, Location, PurchaseOrderLine, Sku, StockCount, TransferLine
    from oms.tenancy.requests import TenantRequest

COMING = (PurchaseState.CONFIRMED, PurchaseState.RECEIVING)
SHOWN = 100
LONGEST_CODE = 120
NUMBER = re.compile(r"[0-9]{1,9}")
# A view as Django calls it; one that is given the location itself.
Page = Callable[..., "HttpResponseBase"]
PlaceView = Callable[..., "HttpResponse"]
L = TypeVar("L", "PurchaseOrderLine", "TransferLine")


def work_page(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[PlaceView], Page]:
    """A page at one location that the person works at, by its clock; nothing of it is kept by the browser."""

    def declare(view: PlaceView) -> Page:
        @wraps(view)
        def placed(request: TenantRequest, code: str, **named: Any) -> HttpResponse:
            place = locations().filter(code=code).first()
            if place is None or not request.access.may_at(Permission.FULFILMENT_WRITE, place.pk):
                raise NotFound(_("There is no such location, or you do not work there."))
            with timezone.override(place.time_zone):
                response = view(request, place, **named)
            patch_cache_control(response, private=True, no_store=True)
            return response

        guarded: Page = scanning(page(Permission.FULFILMENT_WRITE, methods=methods)(placed))
        return guarded

    return declare


@work_page()
def home(request: TenantRequest, place: Location) -> HttpResponse:
    """What is to receive, to send and to count here."""
    context = {
        "place": place,
        "purchases": list(purchase_orders().filter(location_id=place.pk, state__in=COMING)[:SHOWN]),
        "arriving": list(transfers().filter(destination_id=place.pk, state=TransferState.DISPATCHED)[:SHOWN]),
        "leaving": list(transfers().filter(source_id=place.pk, state=TransferState.REQUESTED)[:SHOWN]),
        "counts": list(counts().filter(location_id=place.pk, state=CountState.COUNTING)[:SHOWN]),
    }
    return render(request, "inventory/work/home.html", context)


# Purchase orders.


@work_page()
def arrival(request: TenantRequest, place: Location, order_id: UUID) -> HttpResponse:
    """A purchase order to receive."""
    return _show_arrival(request, place, order_id)


@work_page(methods=("POST",))
def scan_arrival(request: TenantRequest, place: Location, order_id: UUID) -> HttpResponse:
    """One unit of what was scanned came."""
    _purchase_here(place, order_id)
    lines = list(purchase_lines([order_id]))

    def receive() -> str:
        line = _scanned(request, lines)
        _receive(request, order_id, Arrival(line.pk, 1))
        return _("%(sku)s: %(count)s of %(total)s") % {
            "sku": line.sku.name,
            "count": line.received + 1,
            "total": line.quantity,
        }

    return _answer(request, receive, lambda **said: _show_arrival(request, place, order_id, **said))


@work_page(methods=("POST",))
def take_arrival(request: TenantRequest, place: Location, order_id: UUID) -> HttpResponse:
    """So many units of one line came, some damaged, with a reason when they are too many."""
    _purchase_here(place, order_id)
    lines = list(purchase_lines([order_id]))

    def receive() -> str:
        line = next((line for line in lines if str(line.pk) == request.POST.get("line")), None)
        if line is None:
            raise InvalidLine(_("A line that is named is not part of this purchase order."))
        arrived = Arrival(line.pk, *_typed(request), request.POST.get("reason", "").strip()[:200])
        _receive(request, order_id, arrived)
        return _("%(sku)s: %(count)s received") % {"sku": line.sku.name, "count": arrived.total}

    return _answer(request, receive, lambda **said: _show_arrival(request, place, order_id, **said))


@work_page(methods=("POST",))
def close_arrival(request: TenantRequest, place: Location, order_id: UUID) -> HttpResponse:
    """Nothing more will come."""
    _purchase_here(place, order_id)
    reason = request.POST.get("reason", "").strip()[:200]
    outcome = attempt(
        lambda: close_purchase_order(order_id=order_id, now=timezone.now(), reason=reason, actor=request.access.actor)
    )
    if isinstance(outcome, OmsError):
        return _show_arrival(request, place, order_id, refusal=outcome)
    messages.success(request, _("The order is closed."))
    return redirect("inventory:work", place.code)


def _purchase_here(place: Location, order_id: UUID) -> Any:
    order = get_purchase_order(order_id)
    if order.location_id != place.pk:
        raise NotFound(_("There is no such purchase order."))
    return order


def _receive(request: TenantRequest, order_id: UUID, arrived: Arrival) -> None:
    receive_purchase_order(
        order_id=order_id,
        arrivals=[arrived],
        key=request.POST.get("key", "")[:60] or new_key(),
        now=timezone.now(),
        actor=request.access.actor,
    )


def _show_arrival(
    request: TenantRequest, place: Location, order_id: UUID, *, said: str = "", refusal: OmsError | None = None
) -> HttpResponse:
    order = _purchase_here(place, order_id)
    lines = list(purchase_lines([order_id]))
    context = {
        "order": order,
        "lines": sorted(lines, key=lambda line: (not line.open, line.position)),
        "done": sum(line.received for line in lines),
        "total": sum(line.quantity - line.cancelled for line in lines),
        "missing": sum(line.open for line in lines),
        "receivable": order.state in COMING,
        "closable": order.state == PurchaseState.RECEIVING,
    }
    return _show(request, place, "inventory/work/arrival.html", context, said=said, refusal=refusal)


# Transfers.


@work_page()
def transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """A transfer to send or to receive."""
    return _show_transfer(request, place, transfer_id)


@work_page(methods=("POST",))
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
    return redirect("inventory:work", place.code)


@work_page(methods=("POST",))
def scan_transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """One unit of what was scanned arrived."""
    _transfer_here(place, transfer_id, "destination_id")
    lines = list(transfer_lines([transfer_id]))

    def receive() -> str:
        line = _scanned(request, lines)
        _arrive(request, transfer_id, Arrival(line.pk, 1))
        return _("%(sku)s: %(count)s of %(total)s") % {
            "sku": line.sku.name,
            "count": line.received + 1,
            "total": line.dispatched,
        }

    return _answer(request, receive, lambda **said: _show_transfer(request, place, transfer_id, **said))


@work_page(methods=("POST",))
def take_transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """So many units of one line arrived, some damaged."""
    _transfer_here(place, transfer_id, "destination_id")
    lines = list(transfer_lines([transfer_id]))

    def receive() -> str:
        line = next((line for line in lines if str(line.pk) == request.POST.get("line")), None)
        if line is None:
            raise InvalidLine(_("A line that is named is not part of this transfer."))
        arrived = Arrival(line.pk, *_typed(request))
        _arrive(request, transfer_id, arrived)
        return _("%(sku)s: %(count)s received") % {"sku": line.sku.name, "count": arrived.total}

    return _answer(request, receive, lambda **said: _show_transfer(request, place, transfer_id, **said))


@work_page(methods=("POST",))
def finish_transfer(request: TenantRequest, place: Location, transfer_id: UUID) -> HttpResponse:
    """Nothing more of it is expected; what is missing is for the back office to decide."""
    _transfer_here(place, transfer_id, "destination_id")
    outcome = attempt(lambda: _arrive(request, transfer_id, None))
    if isinstance(outcome, OmsError):
        return _show_transfer(request, place, transfer_id, refusal=outcome)
    messages.success(request, _("The transfer is received."))
    return redirect("inventory:work", place.code)


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
    return _show(request, place, "inventory/work/transfer.html", context, said=said, refusal=refusal)


# Counts.


@work_page()
def count(request: TenantRequest, place: Location, count_id: UUID) -> HttpResponse:
    """A count under way."""
    return _show_count(request, place, count_id)


@work_page(methods=("POST",))
def scan_count(request: TenantRequest, place: Location, count_id: UUID) -> HttpResponse:
    """One unit more of what was scanned."""
    _count_here(place, count_id)

    def record() -> str:
        sku = _sku(request)
        _record(request, count_id, Counted(sku.pk, 1, add=True))
        return sku.name

    return _answer(request, record, lambda **said: _show_count(request, place, count_id, **said))


@work_page(methods=("POST",))
def set_count(request: TenantRequest, place: Location, count_id: UUID) -> HttpResponse:
    """So many units of one SKU in all, by this person: the same number twice changes nothing."""
    _count_here(place, count_id)

    def record() -> str:
        wanted = _id(request.POST.get("line", ""))
        line = count_lines(count_id).filter(pk=wanted).first() if wanted else None
        text = request.POST.get("count", "").strip()
        if line is None or not NUMBER.fullmatch(text):
            raise InvalidLine(_("Type how many there are, as a number."))
        _record(request, count_id, Counted(line.sku_id, int(text)))
        return _("%(sku)s: %(count)s") % {"sku": line.sku.name, "count": int(text)}

    return _answer(request, record, lambda **said: _show_count(request, place, count_id, **said))


@work_page(methods=("POST",))
def finish_count(request: TenantRequest, place: Location, count_id: UUID) -> HttpResponse:
    """Nobody counts any more: the back office reviews the differences."""
    _count_here(place, count_id)
    outcome = attempt(lambda: finish_counting(count_id=count_id, now=timezone.now(), actor=request.access.actor))
    if isinstance(outcome, OmsError):
        return _show_count(request, place, count_id, refusal=outcome)
    messages.success(request, _("Counting has ended. Thank you."))
    return redirect("inventory:work", place.code)


def _count_here(place: Location, count_id: UUID) -> StockCount:
    found = get_count(count_id)
    if found.location_id != place.pk:
        raise NotFound(_("There is no such count."))
    return found


def _record(request: TenantRequest, count_id: UUID, counted: Counted) -> list[CountLine]:
    return record_count(count_id=count_id, counted=[counted], now=timezone.now(), actor=request.access.actor)


def _show_count(
    request: TenantRequest, place: Location, count_id: UUID, *, said: str = "", refusal: OmsError | None = None
) -> HttpResponse:
    found = _count_here(place, count_id)
    mine = counted_by(count_id, request.access.actor.id)
    lines = count_lines(count_id)
    asked = request.GET.get("q", "").strip()[:LONGEST_CODE]
    if asked:
        lines = lines.filter(Q(sku__code__istartswith=asked) | Q(sku__name__icontains=asked))
    # What was counted last is on top; then what is still to count.
    shown = lines.order_by(F("counted_at").desc(nulls_last=True), "sku__code", "pk")[:SHOWN]
    context = {
        "count": found,
        "lines": [{"row": line, "mine": mine.get(line.pk, 0)} for line in shown],
        "done": getattr(found, "counted", 0),
        "total": getattr(found, "lines", 0),
        "asked": asked,
        "counting": found.state == CountState.COUNTING,
    }
    return _show(request, place, "inventory/work/count.html", context, said=said, refusal=refusal)


# What they share.


def _scanned(request: TenantRequest, lines: Sequence[L]) -> L:
    """The line of the SKU that was scanned, one that still waits for units if there is one. Raises WrongBarcode."""
    sku = _sku(request)
    mine = [line for line in lines if line.sku_id == sku.pk]
    if not mine:
        raise WrongBarcode(_("%(name)s is not part of this document.") % {"name": sku.name}, sku=sku.code)
    return next((line for line in mine if _waits(line)), mine[0])


def _waits(line: PurchaseOrderLine | TransferLine) -> bool:
    return bool(getattr(line, "open", 0) or getattr(line, "in_transit", 0))


def _sku(request: TenantRequest) -> Sku:
    code = request.POST.get("code", "").strip()[:LONGEST_CODE]
    found = sku_by_barcode(code) if code else None
    if not code:
        raise WrongBarcode(_("Scan an item, or type its barcode."))
    if found is None:
        raise WrongBarcode(_("No item of the catalogue has the barcode %(code)s.") % {"code": code})
    return found


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _typed(request: TenantRequest) -> tuple[int, int]:
    """Units to sell and damaged ones. Raises InvalidLine."""
    texts = [request.POST.get(name, "").strip() or "0" for name in ("quantity", "damaged")]
    if not all(NUMBER.fullmatch(text.removeprefix("-")) for text in texts):
        raise InvalidLine(_("Type how many there are, as a number."))
    good, damaged = (int(text) for text in texts)
    return good, damaged


def _answer(request: TenantRequest, act: Callable[[], str], show: Callable[..., HttpResponse]) -> HttpResponse:
    """Do once what a form asks; a script is given the part of the page that changed."""
    form = claim_form(request)
    if form.done:
        return show()
    outcome = attempt(act)
    if isinstance(outcome, OmsError):
        return show(refusal=outcome)
    response = show(said=outcome)
    form.keep(response)
    if not request.htmx:
        messages.success(request, outcome)
        return redirect(request.path.rsplit("/", 2)[0] + "/")
    return response


def _show(
    request: TenantRequest,
    place: Location,
    template: str,
    context: dict[str, Any],
    *,
    said: str,
    refusal: OmsError | None,
) -> HttpResponse:
    total, done = context["total"], context["done"]
    shared = {
        "place": place,
        "key": new_key(),
        "said": said,
        "refusal": refusal,
        "share": min(round(100 * done / total), 100) if total else 0,
    }
    part = f"{template}#job" if request.htmx else template
    status = refusal.http_status if refusal is not None else HTTPStatus.OK
    return render(request, part, {**context, **shared}, status=status)
