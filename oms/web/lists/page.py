"""One view for every index page: rows, part of the page for htmx, counters, CSV, acts on the selection."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oms.tenancy.errors import Forbidden
from oms.tenancy.permissions import Permission
from oms.web import formats
from oms.web.lists import keyset
from oms.web.lists.bulk import run_bulk
from oms.web.lists.cells import Table
from oms.web.lists.counting import capped_count
from oms.web.lists.export import export
from oms.web.lists.listing import Listing
from oms.web.lists.state import DENSITIES, DENSITY_COOKIE, ListState, read_state

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase

    from oms.tenancy.requests import TenantRequest
    from oms.web.lists.spec import ListSpec

YEAR = 365 * 24 * 3600


def render_list(
    request: TenantRequest, spec: ListSpec[Any], queryset: QuerySet[Any], *, context: dict[str, Any] | None = None
) -> HttpResponseBase:
    """Answer for an index page. The view must allow POST when the list has bulk actions."""
    now = timezone.now()
    if request.method == "POST":
        return run_bulk(request, spec, queryset, now)
    if request.GET.get("part") == "counters":
        return _counters_part(request, spec, read_state(spec, request, request.GET, now))
    state = read_state(spec, request, request.GET, now)
    hit = spec.find(request, state.search) if spec.find and state.search and len(state.filter_pairs) == 1 else None
    if hit:
        return HttpResponse(status=204, headers={"HX-Redirect": hit}) if request.htmx else redirect(hit)
    narrowed = state.narrow(queryset, spec)
    if request.GET.get("export") == "csv" and spec.exportable:
        return _export(request, spec, narrowed, state)
    response = _rows_page(request, spec, queryset, narrowed, state, now, context or {})
    if request.GET.get("density") in DENSITIES:
        response.set_cookie(DENSITY_COOKIE, state.density, max_age=YEAR, samesite="Lax", httponly=True)
    return response


def _rows_page(
    request: TenantRequest,
    spec: ListSpec[Any],
    queryset: QuerySet[Any],
    narrowed: QuerySet[Any],
    state: ListState,
    now: datetime,
    more: dict[str, Any],
) -> HttpResponse:
    mistakes = list(state.mistakes)
    try:
        found = keyset.fetch(narrowed, state.order, spec.page_size, after=state.after, before=state.before)
    except keyset.BadCursor:
        mistakes.append(_("This place in the pages no longer exists; this is the first page."))
        found = keyset.fetch(narrowed, state.order, spec.page_size)
    if spec.prepare is not None:
        spec.prepare(found.rows)
    total, capped = capped_count(narrowed)
    listing = Listing(request, spec, state, now)
    draw = (
        spec.draw or Table(spec, state.columns, request, now, form=f"{listing.id}-bulk" if listing.actions else "").rows
    )
    context = {
        "spec": spec,
        "state": state,
        "list": listing,
        "rows": draw(found.rows),
        "total": formats.counted(total, capped=capped),
        "total_words": total_words(spec, total, capped=capped),
        "next": state.query(add=(("after", found.after),)) if found.after else "",
        "previous": state.query(add=(("before", found.before),)) if found.before else "",
        "mistakes": mistakes,
        "nothing": not found.rows and not state.is_narrowed and not queryset.exists(),
        **more,
    }
    partial = request.htmx and not request.htmx.history_restore_request
    return render(request, f"{spec.template}#list" if partial else spec.template, context)


def total_words(spec: ListSpec[Any], total: int, *, capped: bool) -> str:
    """`1 284 orders`."""
    figure = formats.counted(total, capped=capped)
    if spec.noun is not None:
        return spec.noun(total, figure)
    return ngettext("%(figure)s row", "%(figure)s rows", total) % {"figure": figure}


def _export(request: TenantRequest, spec: ListSpec[Any], narrowed: QuerySet[Any], state: ListState) -> HttpResponseBase:
    if spec.personal_data and not request.access.may(Permission.PERSONAL_DATA_EXPORT):
        raise Forbidden(_("Your role does not include exporting personal data."))
    return export(request, spec, narrowed, state)


def _counters_part(request: TenantRequest, spec: ListSpec[Any], state: ListState) -> HttpResponse:
    """The counters alone, polled; an unchanged answer costs the network nothing."""
    response = render(
        request, "web/list/counters.html", {"spec": spec, "list": Listing(request, spec, state, timezone.now())}
    )
    tag = f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
    return response
