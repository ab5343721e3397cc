"""An act on the selected rows: some by their ids, or all that the filters match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oms.tenancy.errors import Forbidden, InvalidInput
from oms.web import formats
from oms.web.lists.counting import capped_count
from oms.web.lists.state import read_state

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from oms.tenancy.requests import TenantRequest
    from oms.web.lists.spec import BulkAction, BulkResult, ListSpec

MOST_IDS = 1000
MOST_REFUSALS_SHOWN = 5


def run_bulk(request: TenantRequest, spec: ListSpec[Any], queryset: QuerySet[Any], now: datetime) -> HttpResponse:
    """Ask what must be asked, then act and say what became of each. Raises Forbidden and InvalidInput."""
    action = _action(request, spec)
    query = request.POST.get("query", "").removeprefix("?")
    selected = _selected(request, spec, queryset, query, now)
    back = HttpResponseRedirect(f"{request.path}?{query}")
    if not selected.exists():
        messages.warning(request, _("Select at least one row first."))
        return back
    form = action.form(request.POST if "confirmed" in request.POST else None) if action.form else None
    if "confirmed" not in request.POST and (form is not None or action.confirm):
        return _ask(request, spec, action, selected, form, query)
    if form is not None and not form.is_valid():
        return _ask(request, spec, action, selected, form, query, status=422)
    outcome = action.run(request, selected, form.cleaned_data if form is not None else {})
    if isinstance(outcome, HttpResponse):
        return outcome
    _tell(request, action, outcome)
    return back


def _action(request: TenantRequest, spec: ListSpec[Any]) -> BulkAction[Any]:
    wanted = request.POST.get("action", "")
    action = next((action for action in spec.actions if action.key == wanted), None)
    if action is None:
        raise InvalidInput(_("This list has no such action."))
    if not request.access.may(action.permission):
        raise Forbidden(_("Your role does not include this action."))
    return action


def _selected(
    request: TenantRequest, spec: ListSpec[Any], queryset: QuerySet[Any], query: str, now: datetime
) -> QuerySet[Any]:
    """The rows meant. Ids of another tenant match nothing, for the queryset is scoped."""
    if request.POST.get("all"):
        return read_state(spec, request, QueryDict(query), now).narrow(queryset, spec)
    ids = []
    for text in request.POST.getlist("id")[:MOST_IDS]:
        try:
            ids.append(UUID(text))
        except ValueError:
            raise InvalidInput(_("“%(id)s” is not the id of a row.") % {"id": text[:40]}) from None
    return queryset.filter(pk__in=ids)


def _ask(
    request: TenantRequest,
    spec: ListSpec[Any],
    action: BulkAction[Any],
    selected: QuerySet[Any],
    form: Any,
    query: str,
    *,
    status: int = 200,
) -> HttpResponse:
    total, capped = capped_count(selected)
    everything = bool(request.POST.get("all"))
    hidden = [("action", action.key), ("query", query), ("confirmed", "1")]
    hidden += [("all", "1")] if everything else [("id", pk) for pk in request.POST.getlist("id")[:MOST_IDS]]
    context = {
        "spec": spec,
        "action": action,
        "label": str(action.label).rstrip("…"),
        "form": form,
        "hidden": hidden,
        "total": formats.counted(total, capped=capped),
        "count": total,
        "sample": [] if everything else [spec.row_label(row) for row in selected[:MOST_REFUSALS_SHOWN]],
        "back": f"{request.path}?{query}",
    }
    return render(request, "web/list/confirm.html", context, status=status)


def _tell(request: TenantRequest, action: BulkAction[Any], outcome: BulkResult) -> None:
    if outcome.done:
        text = ngettext("%(action)s: done for %(count)s row.", "%(action)s: done for %(count)s rows.", outcome.done)
        messages.success(
            request, text % {"action": str(action.label).rstrip("…"), "count": formats.number(outcome.done)}
        )
    for label, reason in outcome.refused[:MOST_REFUSALS_SHOWN]:
        messages.warning(request, f"{label}: {reason}")
    more = len(outcome.refused) - MOST_REFUSALS_SHOWN
    if more > 0:
        messages.warning(
            request,
            ngettext("%(count)s more was refused.", "%(count)s more were refused.", more)
            % {"count": formats.number(more)},
        )
