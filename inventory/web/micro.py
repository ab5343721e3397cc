"""Micro-counts: where doubt costs most, and a count of it with one click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.queries import micro_counts
from inventory.queries.doubts import REST, WINDOW
from inventory.services import create_micro_count
from inventory.web.choices import active_choices, choose
from inventory.web.confidence import confidence_mark
from oms.tenancy.errors import Forbidden, OmsError
from oms.tenancy.permissions import Permission
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.tenancy.requests import TenantRequest

USUAL = 10
MOST = 100
PLACES_SHOWN = 12


class ChoiceForm(forms.Form):
    """Of which location, and how many SKUs."""

    location = forms.ChoiceField(label=gettext_lazy("Location"), required=False)
    most = forms.IntegerField(label=gettext_lazy("SKUs for each location"), min_value=1, max_value=MOST, initial=USUAL)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, location=[("", _("All locations")), *active_choices()])


@page(Permission.STOCK_READ, methods=("GET", "POST"))
def proposals(request: TenantRequest) -> HttpResponse:
    """What is worth counting, place by place; POST begins the count of one place."""
    if request.method == "POST":
        return _begin(request)
    form = ChoiceForm(request.GET if "most" in request.GET else None)
    valid = form.is_valid() if form.is_bound else True
    given = form.cleaned_data if form.is_bound and valid else {}
    places = [UUID(given["location"])] if given.get("location") else None
    most = given.get("most", USUAL)
    found = micro_counts(now=timezone.now(), most=most, location_ids=places)
    context = {
        "form": form,
        "most": most,
        "cards": [
            {"proposal": each, "rows": [(line, confidence_mark(100 * line.confidence)) for line in each.lines]}
            for each in found[:PLACES_SHOWN]
        ],
        "more": max(len(found) - PLACES_SHOWN, 0),
        "window": WINDOW.days,
        "rest": REST.days,
        "currency": request.tenant.currency,
        "may_write": request.access.may(Permission.STOCK_WRITE),
    }
    return render(request, "inventory/counts/micro.html", context, status=200 if valid else 422)


def _begin(request: TenantRequest) -> HttpResponse:
    if not request.access.may(Permission.STOCK_WRITE):
        raise Forbidden(_("Your role does not include counting stock."))
    form = ChoiceForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["location"]:
        messages.error(request, _("Choose a location."))
        return redirect("inventory:micro-counts")
    given = form.cleaned_data
    try:
        count = create_micro_count(
            location_id=UUID(given["location"]), most=given["most"], now=timezone.now(), actor=request.access.actor
        )
    except OmsError as refusal:
        messages.error(request, refusal.message)
        return redirect("inventory:micro-counts")
    messages.success(request, _("The count has begun; it is on the phones of the location."))
    return redirect("inventory:count", count.pk)
