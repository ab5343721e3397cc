"""Importing levels: a file is tried, its outcome shown, and only then applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.web.forms import UploadForm
from inventory.web.sheet import BadSheet, apply_sheet, decode, read_sheet
from oms.tenancy.permissions import Permission
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.tenancy.requests import TenantRequest

MOST_SHOWN = 200
REFUSED = 422


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def import_levels(request: TenantRequest) -> HttpResponse:
    """Try a file and show what it would do."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "GET":
        return render(request, "inventory/import.html", {"form": UploadForm()})
    if not form.is_valid():
        return render(request, "inventory/import.html", {"form": form}, status=REFUSED)
    try:
        text = decode(form.cleaned_data["file"].read())
        outcome = apply_sheet(read_sheet(text), now=timezone.now(), actor=request.access.actor, try_only=True)
    except BadSheet as refusal:
        form.add_error("file", refusal.message)
        return render(request, "inventory/import.html", {"form": form}, status=REFUSED)
    context = {
        "form": UploadForm(),
        "outcome": outcome,
        "text": text,
        "shown": outcome.rejected[:MOST_SHOWN],
        "more": max(len(outcome.rejected) - MOST_SHOWN, 0),
    }
    return render(request, "inventory/import.html", context)


@page(Permission.STOCK_WRITE, methods=("POST",))
def apply_import(request: TenantRequest) -> HttpResponse:
    """Apply the file that was shown. Applying it twice changes nothing the second time."""
    sheet = read_sheet(request.POST.get("text", ""))
    outcome = apply_sheet(sheet, now=timezone.now(), actor=request.access.actor, try_only=False)
    facts = {"changed": outcome.changed, "unchanged": outcome.unchanged, "rejected": len(outcome.rejected)}
    messages.success(
        request,
        _("%(changed)s levels changed, %(unchanged)s were right already, %(rejected)s rows were rejected.") % facts,
    )
    return redirect("inventory:matrix")
