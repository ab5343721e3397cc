"""The page of one job. It shows the job as it is now: what to do next, or what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.errors import AlreadyComplete, WrongItem, WrongState
from oms.fulfilment.queries import get_fulfilment, lines_of, parcels_of
from oms.fulfilment.services.dispatch import MOST_WRONG_CODES
from oms.fulfilment.web.cards import card, items_of, short_name, short_ref
from oms.fulfilment.web.forms import HandoverForm, Parcels, ShelfForm
from oms.orders.enums import COLLECTION, PaymentState
from oms.web.once import new_key
from oms.web.pages import scanning

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from inventory.models import Location
    from oms.fulfilment.models import FulfilmentOrder
    from oms.fulfilment.web.cards import Item
    from oms.tenancy.errors import OmsError
    from oms.tenancy.requests import TenantRequest

PICK = "store/job_pick.html"
TO_PAY = (PaymentState.PENDING, PaymentState.ON_COLLECTION)
QUEUE_OF = {
    FulfilmentState.TO_ACCEPT: "accept",
    FulfilmentState.ACCEPTED: "pick",
    FulfilmentState.PICKING: "pick",
    FulfilmentState.PACKED: "ready",
    FulfilmentState.READY_TO_COLLECT: "ready",
}

_with_camera = scanning(render)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said on top of a job: a tone, a few strong words, and a sentence."""

    tone: str
    title: str
    text: str = ""


def show_job(
    request: TenantRequest,
    place: Location,
    job_id: UUID,
    *,
    refusal: OmsError | None = None,
    reaches: Collection[str] = (),
    status: int = HTTPStatus.OK,
    **more: Any,
) -> HttpResponse:
    """The job as it is now, under what was refused if something was. Raises FulfilmentNotFound."""
    job = get_fulfilment(job_id, [place.pk])
    context = job_context(place, job)
    if refusal is not None:
        context["notice"], status = notice_of(refusal, job, reaches), refusal.http_status
    if request.htmx and status == HTTPStatus.CONFLICT:
        return _leave_part(request, place, job, context["notice"])
    template = _template(job)
    if template != PICK:
        return render(request, template, {**context, **more}, status=status)
    part = PICK + "#job" if request.htmx else PICK
    return _with_camera(request, part, {**context, **more}, status=status)


def notice_of(refusal: OmsError, job: FulfilmentOrder, reaches: Collection[str]) -> Notice:
    """What a refusal says to the person: done already, done by somebody else, or a mistake to correct."""
    if isinstance(refusal, WrongState):
        if job.state in reaches:
            return Notice("info", _("Done already."), refusal.message)
        return Notice("warn", _("Somebody was faster."), refusal.message)
    if isinstance(refusal, WrongItem):
        return Notice("bad", _("Wrong item."), refusal.message)
    if isinstance(refusal, AlreadyComplete):
        return Notice("warn", _("Already complete."), refusal.message)
    return Notice("warn" if refusal.http_status == HTTPStatus.CONFLICT else "bad", refusal.message)


def job_context(place: Location, job: FulfilmentOrder) -> dict[str, Any]:
    """What every page of a job needs."""
    lines = list(lines_of([job.pk]))
    items = items_of(lines)
    picked, total = sum(item.picked for item in items), sum(item.quantity for item in items)
    return {
        "place": place,
        "job": job,
        "card": card(job, lines, timezone.now()),
        "ref": short_ref(job.order.number),
        "customer": short_name(job.order.customer_name),
        "items": items,
        "active": _active(items),
        "picked": picked,
        "total": total,
        "share": round(100 * picked / total) if total else 0,
        "key": new_key(),
        "back": QUEUE_OF.get(FulfilmentState(job.state), "accept"),
        **_leaving(job),
    }


def _active(items: list[Item]) -> UUID | None:
    return next((item.id for item in items if not item.complete), None)


def _leaving(job: FulfilmentOrder) -> dict[str, Any]:
    if job.state == FulfilmentState.PACKED and job.method not in COLLECTION:
        return {"parcels": Parcels(prefix="parcel")}
    if job.state == FulfilmentState.PACKED:
        return {"form": ShelfForm()}
    if job.state == FulfilmentState.READY_TO_COLLECT:
        left = max(MOST_WRONG_CODES - job.wrong_codes, 0)
        return {"form": HandoverForm(), "attempts": left, "to_pay": job.order.payment_state in TO_PAY}
    if job.state in QUEUE_OF:
        return {}
    return {"sent": list(parcels_of([job.pk])), "handed_to": job.collected_by}


def _template(job: FulfilmentOrder) -> str:
    if job.state == FulfilmentState.PACKED:
        return "store/job_shelf.html" if job.method in COLLECTION else "store/job_ship.html"
    names = {
        FulfilmentState.TO_ACCEPT: "store/job_accept.html",
        FulfilmentState.ACCEPTED: PICK,
        FulfilmentState.PICKING: PICK,
        FulfilmentState.READY_TO_COLLECT: "store/job_handover.html",
    }
    return names.get(FulfilmentState(job.state), "store/job_over.html")


def _leave_part(request: TenantRequest, place: Location, job: FulfilmentOrder, notice: Notice) -> HttpResponse:
    """A script asked for a part of a page that is no longer right: it is sent to the page that is."""
    messages.warning(request, f"{notice.title} {notice.text}".strip())
    address = reverse("store:job", args=[place.code, job.pk])
    return HttpResponse(status=HTTPStatus.CONFLICT, headers={"HX-Redirect": address})
