"""Count one location, by scan or by tap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import F, Q
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.enums import CountState
from inventory.errors import InvalidLine
from inventory.queries import count_lines, counted_by, get_count
from inventory.services import finish_counting, record_count
from inventory.types import Counted
from inventory.web.documents import attempt
from inventory.web.handling.page import LONGEST_CODE, NUMBER, SHOWN, answer, handling_page, id_of, scanned_sku, show_job
from oms.tenancy.errors import NotFound, OmsError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from inventory.models import CountLine, Location, StockCount
    from oms.tenancy.requests import TenantRequest


@handling_page()
def count(request: TenantRequest, place: Location, count_id: UUID) -> HttpResponse:
    """A count under way."""
    return _show_count(request, place, count_id)


@handling_page(methods=("POST",))
def scan_count(request: TenantRequest, place: Location, count_id: UUID) -> HttpResponse:
    """One unit more of what was scanned."""
    _count_here(place, count_id)

    def record() -> str:
        sku = scanned_sku(request)
        _record(request, count_id, Counted(sku.pk, 1, add=True))
        return sku.name

    return answer(request, record, lambda **said: _show_count(request, place, count_id, **said))


@handling_page(methods=("POST",))
def set_count(request: TenantRequest, place: Location, count_id: UUID) -> HttpResponse:
    """So many units of one SKU in all, by this person: the same number twice changes nothing."""
    _count_here(place, count_id)

    def record() -> str:
        wanted = id_of(request.POST.get("line", ""))
        line = count_lines(count_id).filter(pk=wanted).first() if wanted else None
        text = request.POST.get("count", "").strip()
        if line is None or not NUMBER.fullmatch(text):
            raise InvalidLine(_("Type how many there are, as a number."))
        _record(request, count_id, Counted(line.sku_id, int(text)))
        return _("%(sku)s: %(count)s") % {"sku": line.sku.name, "count": int(text)}

    return answer(request, record, lambda **said: _show_count(request, place, count_id, **said))


@handling_page(methods=("POST",))
def finish_count(request: TenantRequest, place: Location, count_id: UUID) -> HttpResponse:
    """Nobody counts any more: the back office reviews the differences."""
    _count_here(place, count_id)
    outcome = attempt(lambda: finish_counting(count_id=count_id, now=timezone.now(), actor=request.access.actor))
    if isinstance(outcome, OmsError):
        return _show_count(request, place, count_id, refusal=outcome)
    messages.success(request, _("Counting has ended. Thank you."))
    return redirect("inventory:handling", place.code)


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
    return show_job(request, place, "inventory/handling/count.html", context, said=said, refusal=refusal)
