"""What is to receive, to send and to count at one location, on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from inventory.enums import CountState, TransferState
from inventory.queries import counts, purchase_orders, transfers
from inventory.web.handling.page import COMING, SHOWN, handling_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from inventory.models import Location
    from oms.tenancy.requests import TenantRequest


@handling_page()
def home(request: TenantRequest, place: Location) -> HttpResponse:
    """What is to receive, to send and to count here."""
    context = {
        "place": place,
        "purchases": list(purchase_orders().filter(location_id=place.pk, state__in=COMING)[:SHOWN]),
        "arriving": list(transfers().filter(destination_id=place.pk, state=TransferState.DISPATCHED)[:SHOWN]),
        "leaving": list(transfers().filter(source_id=place.pk, state=TransferState.REQUESTED)[:SHOWN]),
        "counts": list(counts().filter(location_id=place.pk, state=CountState.COUNTING)[:SHOWN]),
    }
    return render(request, "inventory/handling/home.html", context)
