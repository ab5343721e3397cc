"""Deliveries that were given up: their cause, another try, or the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oms.events.errors import DeadLetterNotFound
from oms.events.queries import dead_letters
from oms.events.services import discard_dead_letter, replay_all_dead_letters, replay_dead_letter
from oms.events.web.forms import DiscardForm
from oms.tenancy.permissions import Permission
from oms.web.lists import BulkAction, BulkResult, ChoiceFilter, Column, DateFilter, Empty, ListSpec, Option, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from oms.events.models import Delivery
    from oms.tenancy.requests import TenantRequest

REFUSED = 422
LONGEST_CAUSE = 200


def cause_of(row: Delivery) -> str:
    """The last line of the failure: what a stack trace ends with."""
    lines = [line for line in row.error.splitlines() if line.strip()]
    return lines[-1].strip()[:LONGEST_CAUSE] if lines else ""


def _subscribers(_request: TenantRequest) -> list[Option]:
    names = dead_letters().order_by("subscriber").values_list("subscriber", flat=True).distinct()
    return [Option(name, name) for name in names]


def _replay(request: TenantRequest, rows: QuerySet[Delivery], _data: Mapping[str, Any]) -> BulkResult:
    found = list(rows)
    for row in found:
        replay_dead_letter(delivery_id=row.pk, now=timezone.now(), actor=request.access.actor)
    return BulkResult(len(found))


def _discard(request: TenantRequest, rows: QuerySet[Delivery], data: Mapping[str, Any]) -> BulkResult:
    found = list(rows)
    for row in found:
        discard_dead_letter(delivery_id=row.pk, actor=request.access.actor, reason=data["reason"])
    return BulkResult(len(found))


def _search(found: QuerySet[Delivery], text: str) -> QuerySet[Delivery]:
    return found.filter(Q(error__icontains=text) | Q(event__kind__istartswith=text) | Q(subscriber__icontains=text))


DEAD_LETTERS: ListSpec[Delivery] = ListSpec(
    key="dead-letters",
    title=gettext_lazy("Failed deliveries"),
    columns=(
        Column("event", gettext_lazy("Event"), value=lambda row: row.event.kind),
        Column("subscriber", gettext_lazy("Owed to"), value=lambda row: row.subscriber),
        Column("cause", gettext_lazy("Cause"), value=cause_of, priority=2, wide=True),
        Column("attempts", gettext_lazy("Attempts"), value=lambda row: row.attempts, align="right", priority=3),
        Column("created", gettext_lazy("Happened"), value=lambda row: row.event.recorded_at, align="right", priority=3),
        Column(
            "dead",
            gettext_lazy("Given up"),
            value=lambda row: row.dead_at,
            sort="dead_at",
            newest_first=True,
            align="right",
            priority=2,
        ),
    ),
    default_sort="-dead",
    filters=(
        ChoiceFilter("subscriber", gettext_lazy("Owed to"), options=_subscribers, field="subscriber"),
        DateFilter("dead", gettext_lazy("Given up"), field="dead_at"),
    ),
    actions=(
        BulkAction("replay", gettext_lazy("Replay"), icon="refresh", run=_replay, permission=Permission.EVENTS_WRITE),
        BulkAction(
            "discard",
            gettext_lazy("Discard…"),
            icon="trash",
            run=_discard,
            permission=Permission.EVENTS_WRITE,
            form=DiscardForm,
            danger=True,
        ),
    ),
    search=_search,
    search_hint=gettext_lazy("Cause, event, subscriber"),
    row_label=lambda row: f"{row.event.kind}, {row.subscriber}",
    row_url=lambda row: reverse("events:dead-letter", args=[row.pk]),
    empty=Empty(
        gettext_lazy("Nothing has failed"),
        gettext_lazy("What happened and could not be handed on, after every attempt, waits here."),
        icon="circle-check",
    ),
    exportable=False,
    template="events/dead_letters.html",
)


@page(Permission.EVENTS_READ, methods=("GET", "POST"))
def dead_letter_list(request: TenantRequest) -> HttpResponseBase:
    """Every delivery that was given up."""
    context = {"may_write": request.access.may(Permission.EVENTS_WRITE)}
    return render_list(request, DEAD_LETTERS, dead_letters(), context=context)


@page(Permission.EVENTS_READ)
def dead_letter(request: TenantRequest, delivery_id: UUID) -> HttpResponse:
    """One of them, with its event and its failure."""
    return _show(request, _open(delivery_id), DiscardForm())


@page(Permission.EVENTS_WRITE, methods=("POST",))
def replay(request: TenantRequest, delivery_id: UUID) -> HttpResponse:
    """Give it all its attempts again."""
    replay_dead_letter(delivery_id=delivery_id, now=timezone.now(), actor=request.access.actor)
    messages.success(request, _("It is tried again, from now."))
    return redirect("events:dead-letters")


@page(Permission.EVENTS_WRITE, methods=("POST",))
def replay_all(request: TenantRequest) -> HttpResponse:
    """Give every one all its attempts again."""
    count = replay_all_dead_letters(now=timezone.now(), actor=request.access.actor)
    words = ngettext("%(count)s delivery is tried again.", "%(count)s deliveries are tried again.", count)
    messages.success(request, words % {"count": count})
    return redirect("events:dead-letters")


@page(Permission.EVENTS_WRITE, methods=("POST",))
def discard(request: TenantRequest, delivery_id: UUID) -> HttpResponse:
    """Give it up for good, with a reason."""
    row = _open(delivery_id)
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return _show(request, row, form)
    discard_dead_letter(delivery_id=row.pk, actor=request.access.actor, reason=form.cleaned_data["reason"])
    messages.success(request, _("It is given up; the event stays in the log."))
    return redirect("events:dead-letters")


def _open(delivery_id: UUID) -> Delivery:
    found = dead_letters().filter(pk=delivery_id).first()
    if found is None:
        raise DeadLetterNotFound(_("This dead letter was replayed or discarded already."))
    return found


def _show(request: TenantRequest, row: Delivery, form: DiscardForm) -> HttpResponse:
    context = {
        "row": row,
        "cause": cause_of(row),
        "form": form,
        "payload": json.dumps(row.event.payload, indent=2, ensure_ascii=False),
        "may_write": request.access.may(Permission.EVENTS_WRITE),
    }
    return render(request, "events/dead_letter.html", context, status=REFUSED if form.is_bound else 200)
