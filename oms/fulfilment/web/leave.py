"""The moments at which goods leave: to the carrier, to the shelf, to the customer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oms.fulfilment import services
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.errors import TooManyAttempts, WrongCode
from oms.fulfilment.queries import get_fulfilment
from oms.fulfilment.services.dispatch import MOST_WRONG_CODES
from oms.fulfilment.web.cards import short_ref
from oms.fulfilment.web.forms import MOST_PARCELS, HandoverForm, Parcels, ShelfForm
from oms.fulfilment.web.jobs import Notice, show_job
from oms.fulfilment.web.pages import step

if TYPE_CHECKING:
    from django.http import HttpResponse, QueryDict

    from inventory.models import Location
    from oms.fulfilment.models import FulfilmentOrder
    from oms.tenancy.requests import TenantRequest

INVALID = HTTPStatus.UNPROCESSABLE_ENTITY
TOTAL = "parcel-TOTAL_FORMS"


@step(FulfilmentState.HANDED_OVER, when=(FulfilmentState.PACKED,))
def ship(request: TenantRequest, place: Location, job: FulfilmentOrder) -> HttpResponse:
    """Hand the parcels to the carrier."""
    if "fewer" in request.POST or "more" in request.POST:
        # Nothing is sent yet: the same form with one parcel more or less.
        return show_job(request, place, job.pk, parcels=Parcels(_resized(request.POST), prefix="parcel"), resized=True)
    parcels = Parcels(request.POST, prefix="parcel")
    if not parcels.is_valid():
        return show_job(request, place, job.pk, parcels=parcels, status=INVALID)
    sent = [form.tracking() for form in parcels.forms]
    services.ship(fulfilment_id=job.pk, parcels=sent, now=timezone.now(), actor=request.access.actor)
    said = ngettext(
        "%(ref)s is shipped in %(count)s parcel.", "%(ref)s is shipped in %(count)s parcels.", len(sent)
    ) % {"ref": short_ref(job.order.number), "count": len(sent)}
    messages.success(request, said)
    return redirect("store:queue", place.code, "ready")


def _resized(post: QueryDict) -> QueryDict:
    given = post.get(TOTAL, "1")
    count = int(given) if given.isdecimal() else 1
    wanted = count - 1 if "fewer" in post else count + 1
    changed = post.copy()
    changed[TOTAL] = str(min(max(wanted, 1), MOST_PARCELS))
    return changed


@step(FulfilmentState.READY_TO_COLLECT, when=(FulfilmentState.PACKED,))
def ready(request: TenantRequest, place: Location, job: FulfilmentOrder) -> HttpResponse:
    """The parcel is on its shelf; the customer is told to come."""
    form = ShelfForm(request.POST)
    if not form.is_valid():
        return show_job(request, place, job.pk, form=form, status=INVALID)
    shelf = form.cleaned_data["shelf"]
    services.mark_ready(fulfilment_id=job.pk, shelf=shelf, now=timezone.now(), actor=request.access.actor)
    messages.success(request, _("%(ref)s is ready: the customer may come.") % {"ref": short_ref(job.order.number)})
    return redirect("store:queue", place.code, "ready")


@step(FulfilmentState.COLLECTED, when=(FulfilmentState.READY_TO_COLLECT,))
def collect(request: TenantRequest, place: Location, job: FulfilmentOrder) -> HttpResponse:
    """Hand the parcel to the person who proved that it is theirs. A wrong code stays counted."""
    form = HandoverForm(request.POST)
    if not form.is_valid():
        return show_job(request, place, job.pk, form=form, status=INVALID)
    data = form.cleaned_data
    proof = {
        HandoverForm.CODE: {"code": data["code"]},
        HandoverForm.CUSTOMER: {"identity_of": job.order.customer_name or _("Customer")},
        HandoverForm.OTHER: {"identity_of": data["name"]},
    }[data["proof"]]
    try:
        services.collect(fulfilment_id=job.pk, now=timezone.now(), actor=request.access.actor, **proof)
    except (WrongCode, TooManyAttempts) as refusal:
        notice = Notice("bad", refusal.message, _attempts(place, job))
        return show_job(request, place, job.pk, form=form, notice=notice, status=INVALID)
    messages.success(request, _("%(ref)s is handed over.") % {"ref": short_ref(job.order.number)})
    return redirect("store:queue", place.code, "ready")


def _attempts(place: Location, job: FulfilmentOrder) -> str:
    left = MOST_WRONG_CODES - get_fulfilment(job.pk, [place.pk]).wrong_codes
    if left <= 0:
        return _("Ask for an identity document.")
    return ngettext("%(count)s attempt is left.", "%(count)s attempts are left.", left) % {"count": left}
