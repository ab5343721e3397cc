"""Locations: the list, and the switches, hours and speed of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import LocationKind
from inventory.errors import CodeTaken
from inventory.queries import get_location, locations
from inventory.services import save_location, update_location
from inventory.web.location_form import LocationForm
from oms.tenancy.permissions import Permission
from oms.web import elements
from oms.web.lists import Button, ChoiceFilter, Column, Empty, ListSpec, Option, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from inventory.models import Location
    from oms.tenancy.requests import TenantRequest

REFUSED = 422
NEW = Button(
    gettext_lazy("New location"),
    "inventory:new-location",
    icon="plus",
    permission=Permission.CATALOGUE_WRITE,
    primary=True,
)


def _switch(is_on: bool) -> SafeString:  # noqa: FBT001 -- a cell's only value
    if is_on:
        return elements.mark("good", "check", _("yes"), quiet=True)
    return elements.mark("neutral", "minus", _("no"), quiet=True)


def _search(found: QuerySet[Location], text: str) -> QuerySet[Location]:
    return found.filter(Q(code__istartswith=text) | Q(name__icontains=text) | Q(city__istartswith=text))


LOCATIONS: ListSpec[Location] = ListSpec(
    key="locations",
    title=gettext_lazy("Locations"),
    columns=(
        Column("name", gettext_lazy("Name"), value=lambda place: place.name, sort="name"),
        Column("code", gettext_lazy("Code"), value=lambda place: place.code, sort="code", priority=2),
        Column("kind", gettext_lazy("Kind"), value=lambda place: str(LocationKind(place.kind).label)),
        Column("city", gettext_lazy("City"), value=lambda place: place.city, priority=2),
        Column(
            "active", gettext_lazy("Active"), value=lambda place: place.active, cell=lambda place: _switch(place.active)
        ),
        Column(
            "ships",
            gettext_lazy("Ships"),
            value=lambda place: place.ships,
            cell=lambda place: _switch(place.ships),
            priority=2,
        ),
        Column(
            "collects",
            gettext_lazy("Collects"),
            value=lambda place: place.collects,
            cell=lambda place: _switch(place.collects),
            priority=2,
        ),
        Column(
            "capacity",
            gettext_lazy("Orders a day"),
            value=lambda place: place.daily_capacity,
            align="right",
            priority=3,
        ),
        Column(
            "accept",
            gettext_lazy("Minutes to accept"),
            value=lambda place: place.minutes_to_accept,
            align="right",
            priority=3,
            shown=False,
        ),
        Column(
            "prepare",
            gettext_lazy("Minutes to prepare"),
            value=lambda place: place.minutes_to_prepare,
            align="right",
            priority=3,
            shown=False,
        ),
    ),
    default_sort="name",
    filters=(
        ChoiceFilter(
            "kind",
            gettext_lazy("Kind"),
            options=tuple(Option(value, label) for value, label in LocationKind.choices),
            field="kind",
        ),
        ChoiceFilter(
            "state",
            gettext_lazy("State"),
            options=(
                Option("active", gettext_lazy("active"), where=Q(active=True)),
                Option("inactive", gettext_lazy("inactive"), where=Q(active=False)),
            ),
        ),
    ),
    buttons=(NEW,),
    search=_search,
    search_hint=gettext_lazy("Name, code, city"),
    row_label=lambda place: place.name,
    row_url=lambda place: reverse("inventory:location", args=[place.pk]),
    empty=Empty(
        gettext_lazy("No location yet"),
        gettext_lazy("Stores, warehouses and suppliers: every place that holds stock or prepares orders."),
        icon="map-pin",
        action=NEW,
    ),
)


@page(Permission.STOCK_READ)
def location_list(request: TenantRequest) -> HttpResponseBase:
    """Every place that holds stock."""
    return render_list(request, LOCATIONS, locations())


@page(Permission.STOCK_READ)
def location_page(request: TenantRequest, location_id: UUID) -> HttpResponse:
    """How one location works."""
    location = get_location(location_id)
    return _show(request, location, LocationForm(location=location))


@page(Permission.CATALOGUE_WRITE, methods=("GET", "POST"))
def new_location(request: TenantRequest) -> HttpResponse:
    """Create a location."""
    form = LocationForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _show(request, None, form)
    try:
        made = save_location(actor=request.access.actor, **form.values)
    except CodeTaken as refusal:
        form.add_error("code", refusal.message)
        return _show(request, None, form)
    messages.success(request, _("%(name)s is created; it has no stock yet.") % {"name": made.name})
    return redirect("inventory:location", made.pk)


@page(Permission.CATALOGUE_WRITE, methods=("POST",))
def change_location(request: TenantRequest, location_id: UUID) -> HttpResponse:
    """Change how a location works."""
    location = get_location(location_id)
    form = LocationForm(request.POST, location=location)
    if not form.is_valid():
        return _show(request, location, form)
    if form.changes:
        update_location(location_id=location.pk, actor=request.access.actor, **form.changes)
    messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
    return redirect("inventory:location", location.pk)


def _show(request: TenantRequest, location: Location | None, form: LocationForm) -> HttpResponse:
    context = {
        "location": location,
        "form": form,
        "kind": LocationKind(location.kind).label if location is not None else "",
        "may_write": request.access.may(Permission.CATALOGUE_WRITE),
    }
    return render(request, "inventory/location.html", context, status=REFUSED if form.is_bound else 200)
