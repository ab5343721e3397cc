"""Beside the form of a stock view: which channels would be told other numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from channels.queries import channel_effects
from inventory.queries import stock_views
from inventory.web.view_form import ViewForm
from oms.tenancy.permissions import Permission
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.tenancy.requests import TenantRequest


@page(Permission.STOCK_READ, methods=("POST",))
def view_effect(request: TenantRequest) -> HttpResponse:
    """The listings that would change with the view in the form and those below it; nothing while the form is not complete."""
    found = stock_views().filter(code=request.POST.get("view", "")).first()
    form = ViewForm(request.POST, view=found)
    effects = []
    if form.is_valid():
        view, below = form.resulting()
        effects = channel_effects([view, *below])
    return render(request, "channels/view_effect.html", {"effects": effects})
