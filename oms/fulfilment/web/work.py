"""From the queue to the closed parcel: accept, scan, count, pack."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.fulfilment import services
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.errors import InvalidPick
from oms.fulfilment.rules import item_name
from oms.fulfilment.web.cards import short_ref
from oms.fulfilment.web.forms import CountForm
from oms.fulfilment.web.jobs import Notice, show_job
from oms.fulfilment.web.pages import step, store_page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from inventory.models import Location
    from oms.fulfilment.models import FulfilmentOrder
    from oms.tenancy.requests import TenantRequest

LONGEST_CODE = 120


@store_page()
def show(request: TenantRequest, place: Location, job_id: UUID) -> HttpResponse:
    """The job as it is now."""
    return show_job(request, place, job_id)


@step(FulfilmentState.ACCEPTED)
def accept(request: TenantRequest, place: Location, job: FulfilmentOrder) -> HttpResponse:
    services.accept(fulfilment_id=job.pk, now=timezone.now(), actor=request.access.actor)
    if request.POST.get("then") == "pick":
        return redirect("store:job", place.code, job.pk)
    messages.success(request, _("%(ref)s is accepted: it is now to pick.") % {"ref": short_ref(job.order.number)})
    return redirect("store:queue", place.code)


@step()
def scan(request: TenantRequest, place: Location, job: FulfilmentOrder) -> HttpResponse:
    """One unit more of what was scanned."""
    code = request.POST.get("code", "").strip()[:LONGEST_CODE]
    if not code:
        notice = Notice("warn", _("Scan an item, or type its barcode."))
        return show_job(request, place, job.pk, notice=notice, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    line = services.scan(fulfilment_id=job.pk, code=code, now=timezone.now(), actor=request.access.actor)
    name = item_name(line.line.title or line.sku.name, line.sku.attributes)
    said = _("%(name)s: %(picked)s of %(count)s") % {"name": name, "picked": line.picked, "count": line.quantity}
    if request.htmx:
        return show_job(request, place, job.pk, said=said, active=line.pk, scanned="good")
    messages.success(request, said)
    return redirect("store:job", place.code, job.pk)


@step()
def count(request: TenantRequest, place: Location, job: FulfilmentOrder) -> HttpResponse:
    """So many units of one line are picked: the same number twice changes nothing."""
    form = CountForm(request.POST)
    if not form.is_valid():
        raise InvalidPick(_("Type how many are picked, as a number."))
    line_id, picked = form.cleaned_data["line"], form.cleaned_data["count"]
    services.pick(fulfilment_id=job.pk, picked={line_id: picked}, now=timezone.now(), actor=request.access.actor)
    if request.htmx:
        return show_job(request, place, job.pk, active=line_id)
    return redirect("store:job", place.code, job.pk)
