"""Saying no, to all of a job or to a part of it; and closing a parcel without what was not found."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oms.fulfilment import services
from oms.fulfilment.enums import REFUSABLE, FulfilmentState
from oms.fulfilment.errors import NotAllPicked, WrongState
from oms.fulfilment.queries import get_fulfilment
from oms.fulfilment.web.cards import short_ref
from oms.fulfilment.web.effects import choices, others_with, preview
from oms.fulfilment.web.forms import RefuseForm
from oms.fulfilment.web.jobs import Notice, job_context, show_job
from oms.fulfilment.web.pages import step, store_page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from inventory.models import Location
    from oms.fulfilment.models import FulfilmentOrder
    from oms.tenancy.requests import TenantRequest

INVALID = HTTPStatus.UNPROCESSABLE_ENTITY


@store_page(methods=("GET", "POST"))
def refusal(request: TenantRequest, place: Location, job_id: UUID) -> HttpResponse:
    """Which reason does what to stock. Posting here only shows the sum; `refuse` confirms."""
    job = get_fulfilment(job_id, [place.pk])
    if job.state not in REFUSABLE:
        return show_job(request, place, job_id, refusal=WrongState(job), reaches=(FulfilmentState.REFUSED,))
    context = job_context(place, job)
    form = RefuseForm(context["items"], request.POST if request.method == "POST" else None)
    return _page(request, place, job, context, form)


@step(FulfilmentState.REFUSED, when=REFUSABLE)
def refuse(request: TenantRequest, place: Location, job: FulfilmentOrder) -> HttpResponse:
    """Refuse what was previewed: the reason does to stock what was shown, the units are routed again."""
    context = job_context(place, job)
    form = RefuseForm(context["items"], request.POST)
    if not form.is_valid() or request.POST.get("shown") != _signature(form):
        return _page(request, place, job, context, form, status=INVALID)
    data = form.cleaned_data
    done = services.refuse(
        fulfilment_id=job.pk,
        reason=data["reason"],
        quantities=form.quantities(),
        cascade=data["cascade"],
        now=timezone.now(),
        actor=request.access.actor,
    )
    refused = sum(form.quantities().values())
    said = ngettext(
        "%(count)s item of %(ref)s goes to another location.",
        "%(count)s items of %(ref)s go to another location.",
        refused,
    )
    messages.success(request, said % {"count": refused, "ref": short_ref(job.order.number)})
    if done.state == FulfilmentState.REFUSED:
        return redirect("store:queue", place.code)
    return redirect("store:job", place.code, job.pk)


@store_page(methods=("GET", "POST"))
def missing(request: TenantRequest, place: Location, job_id: UUID) -> HttpResponse:
    """Why units are not in the parcel. Posting here only shows the sum; `pack` confirms."""
    job = get_fulfilment(job_id, [place.pk])
    if job.state != FulfilmentState.PICKING:
        return show_job(request, place, job_id, refusal=WrongState(job), reaches=(FulfilmentState.PACKED,))
    context = job_context(place, job)
    if not context["picked"] or context["picked"] == context["total"]:
        return redirect("store:job", place.code, job_id)
    form = RefuseForm(context["items"], {"reason": request.POST.get("reason", "")} if request.POST else None)
    return _page(request, place, job, context, form, packing=True)


@step(FulfilmentState.PACKED, when=(FulfilmentState.ACCEPTED, FulfilmentState.PICKING))
def pack(request: TenantRequest, place: Location, job: FulfilmentOrder) -> HttpResponse:
    """Close the parcel: everything is picked, or the reason says why not."""
    reason = request.POST.get("reason", "")
    context = job_context(place, job)
    short = job.state == FulfilmentState.PICKING and 0 < context["picked"] < context["total"]
    if short:
        form = RefuseForm(context["items"], {"reason": reason})
        if not form.is_valid() or request.POST.get("shown") != _signature(form):
            return _page(request, place, job, context, form, packing=True, status=INVALID)
    try:
        services.pack(fulfilment_id=job.pk, now=timezone.now(), missing=reason, actor=request.access.actor)
    except NotAllPicked as error:
        return show_job(request, place, job.pk, notice=Notice("bad", error.message), status=INVALID)
    messages.success(request, _("%(ref)s is packed.") % {"ref": short_ref(job.order.number)})
    return redirect("store:job", place.code, job.pk)


def _page(
    request: TenantRequest,
    place: Location,
    job: FulfilmentOrder,
    context: dict[str, Any],
    form: RefuseForm,
    *,
    packing: bool = False,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    names = ("store:missing", "store:pack") if packing else ("store:refusal", "store:refuse")
    found = None
    if form.is_bound and form.is_valid():
        found = preview(
            job, form.quantities(), reason=form.cleaned_data["reason"], cascade=form.cleaned_data["cascade"]
        )
    quantities = form.quantities() if found else {item.id: item.left for item in form.items}
    more = {
        "form": form,
        "packing": packing,
        "choices": choices(),
        "chosen": form.data.get("reason", "") if form.is_bound else "",
        "others": 0 if packing else others_with(job, quantities),
        "preview": found,
        "refused": sum(quantities.values()),
        "shown": _signature(form) if found else "",
        "rows": [(item, form[f"quantity-{item.id}"]) for item in form.items],
        "preview_url": reverse(names[0], args=[place.code, job.pk]),
        "confirm_url": reverse(names[1], args=[place.code, job.pk]),
        "complain": status == INVALID,
    }
    part = "#sum" if request.htmx else ""
    return render(request, f"store/refuse.html{part}", {**context, **more}, status=status)


def _signature(form: RefuseForm) -> str:
    """What the sum was worked out for; confirming something else shows the new sum first."""
    data = form.cleaned_data
    units = ",".join(f"{line_id}:{count}" for line_id, count in sorted(form.quantities().items()))
    return f"{data['reason']}|{int(data['cascade'])}|{units}"
