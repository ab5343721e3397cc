"""How a page of the store app is declared: its permission, its location, and one step of work done once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from oms.fulfilment.errors import WrongState
from oms.fulfilment.queries import get_fulfilment
from oms.fulfilment.web.jobs import show_job
from oms.fulfilment.web.places import find_place
from oms.tenancy.errors import NotFound, OmsError
from oms.tenancy.permissions import Permission
from oms.web.once import claim_form
from oms.web.pages import page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http.response import HttpResponseBase

    from inventory.models import Location
    from oms.fulfilment.models import FulfilmentOrder
    from oms.tenancy.requests import TenantRequest

# A view as Django calls it, with what the address names; and a step, which is given the job itself.
Page = Callable[..., "HttpResponseBase"]
PlaceView = Callable[..., HttpResponse]
Step = Callable[["TenantRequest", "Location", "FulfilmentOrder"], HttpResponse]


def store_page(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[PlaceView], Page]:
    """A page at one location that the person works at, by that location's clock. Nothing of it is kept by the browser."""

    def declare(view: PlaceView) -> Page:
        @wraps(view)
        def placed(request: TenantRequest, code: str, **named: Any) -> HttpResponse:
            try:
                place = find_place(request.access, code)
                with timezone.override(place.time_zone):
                    response = view(request, place, **named)
            except NotFound as absent:
                return render(request, "store/absent.html", {"absent": absent}, status=absent.http_status)
            patch_cache_control(response, private=True, no_store=True)
            return response

        guarded: Page = page(Permission.FULFILMENT_WRITE, methods=methods)(placed)
        return guarded

    return declare


def step(*reaches: str, when: tuple[str, ...] = ()) -> Callable[[Step], Page]:
    """One step of a job, sent by a form. Sent twice it happens once; refused, it shows the job as it is now.

    `reaches` are the states in which the step is found done already, `when` those from which it can be tried.
    """

    def declare(view: Step) -> Page:
        @wraps(view)
        def once(request: TenantRequest, place: Location, job_id: UUID) -> HttpResponse:
            job = get_fulfilment(job_id, [place.pk])
            try:
                form = claim_form(request)
                if form.done:
                    return redirect("store:job", place.code, job_id)
                if when and job.state not in when:
                    raise WrongState(job)
                response = view(request, place, job)
            except NotFound:
                raise
            except OmsError as refusal:
                return show_job(request, place, job_id, refusal=refusal, reaches=reaches)
            form.keep(response)
            return response

        return store_page(methods=("POST",))(once)

    return declare
