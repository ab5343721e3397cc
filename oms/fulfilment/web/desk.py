"""The pickup desk: one field finds the customer's parcel by code, number or name."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone

from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import queue
from oms.fulfilment.web.cards import cards
from oms.fulfilment.web.forms import HandoverForm
from oms.fulfilment.web.jobs import show_job
from oms.fulfilment.web.pages import store_page
from oms.orders.enums import COLLECTION
from oms.web.pages import scanning
from oms.web.palette import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

    from inventory.models import Location
    from oms.fulfilment.models import FulfilmentOrder
    from oms.tenancy.requests import TenantRequest

# What may be asked for at the desk: ready first, then what is not ready yet.
STATES = (
    FulfilmentState.READY_TO_COLLECT,
    FulfilmentState.PACKED,
    FulfilmentState.PICKING,
    FulfilmentState.ACCEPTED,
    FulfilmentState.TO_ACCEPT,
)
SHOWN, SEARCHED, SHORTEST_NUMBER = 20, 2000, 3


@scanning
@store_page(methods=("GET", "POST"))
def desk(request: TenantRequest, place: Location) -> HttpResponse:
    """Posted, because names and codes do not belong in addresses. A collection code opens its parcel at once."""
    asked = " ".join(request.POST.get("q", "").split())[:200]
    jobs = list(_open(place)) if asked else []
    by_code = [job for job in jobs if _is_code(job, asked)]
    if len(by_code) == 1:
        form = HandoverForm(initial={"proof": HandoverForm.CODE, "code": asked.upper()})
        return show_job(request, place, by_code[0].pk, form=form)
    found = sorted(islice(_found(jobs, asked), SHOWN), key=lambda job: STATES.index(FulfilmentState(job.state)))
    context = {"place": place, "asked": asked, "cards": cards(found, timezone.now())}
    return render(request, "store/desk.html", context)


def _open(place: Location) -> Iterator[FulfilmentOrder]:
    rows = queue(place.pk, STATES).filter(method__in=COLLECTION)
    return iter(rows[:SEARCHED])


def _is_code(job: FulfilmentOrder, asked: str) -> bool:
    return job.state == FulfilmentState.READY_TO_COLLECT and asked.upper() == job.collection_code


def _found(jobs: list[FulfilmentOrder], asked: str) -> Iterator[FulfilmentOrder]:
    for job in jobs:
        numbers = (job.order.number, job.order.external_number, job.order.external_id, job.number)
        by_number = len(asked) >= SHORTEST_NUMBER and any(
            number.casefold().endswith(asked.casefold()) for number in numbers
        )
        if by_number or matches(asked, job.order.customer_name):
            yield job
