"""The invariant monitor: what must always be true, since when that was last seen, and the last time that it was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext_lazy

from oms.events.queries import broken_count, watched
from oms.tenancy.context import open_tenant
from oms.tenancy.permissions import Permission
from oms.web.navigation import Count
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from oms.tenancy.requests import TenantRequest

LIVE = "events/invariants.html#watched"


@page(Permission.EVENTS_READ)
def monitor(request: TenantRequest) -> HttpResponse:
    """Every invariant; the table refreshes itself."""
    found = sorted(watched(), key=lambda each: (each.broken_at is None, each.name))
    context = {
        "found": found,
        "broken": sum(each.broken_at is not None for each in found),
        "unseen": sum(each.completed_at is None for each in found),
        "rows": sum(each.rows for each in found),
        "last_broken_at": max((each.last_broken_at for each in found if each.last_broken_at), default=None),
    }
    live = request.htmx and not request.htmx.boosted
    return render(request, LIVE if live else "events/invariants.html", context)


def broken(_request: HttpRequest) -> Count | None:
    """The mark in the navigation: loud as long as one is broken. A refusal may be shown outside any scope."""
    count = broken_count() if open_tenant() else 0
    return Count(count, gettext_lazy("broken invariants"), loud=True) if count else None
