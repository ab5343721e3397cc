"""One order tried against a draft and against the rules in service: the same engine, and nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from oms.tenancy.permissions import Permission
from oms.web import formats
from oms.web.pages import page
from orchestration.queries import StoredDecision, live_ruleset
from orchestration.queries.search import order_named
from orchestration.services.trial import try_order
from orchestration.web.orders.panels import NOTHING, distance_words, panel_of
from orchestration.web.rulesets.views import get_version, rules_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.tenancy.requests import TenantRequest
    from orchestration.rules.decisions import Decision


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure under the rules in service and under the draft."""

    label: str
    live: str
    draft: str

    @property
    def differs(self) -> bool:
        return self.live != self.draft


@page(Permission.ROUTING_READ)
def trial(request: TenantRequest) -> HttpResponse:
    """Try an order: by its number, against a version or the rules in service. A part of the page for htmx."""
    text = request.GET.get("order", "").strip()
    now, language = timezone.now(), get_language() or "en"
    live_id, live = live_ruleset()
    version = get_version(request.GET["version"]) if request.GET.get("version") else None
    context: dict[str, object] = {
        "text": text,
        "version": version,
        "live_version": live.version if live_id else None,
    }
    order = order_named(text, now=now) if text else None
    if text and order is None:
        context["problem"] = _("There is no order %(number)s.") % {"number": text}
    if order is not None:
        rulesets = [live, rules_of(version)] if version else [live]
        decisions = try_order(order_id=order.pk, rulesets=rulesets, now=now)
        context["order"] = order
        if not decisions:
            context["problem"] = _("Every unit of this order is cancelled; there is nothing to place.")
        else:
            context["panel"] = panel_of(_as_stored(decisions[-1]), language, is_open=True)
            context["rows"] = compare(decisions[0], decisions[-1]) if version else []
    template = "rules/trial.html#result" if request.htmx else "rules/trial.html"
    return render(request, template, context)


def _as_stored(decision: Decision) -> StoredDecision:
    """A trial is shown like a stored decision, although nobody stored it."""
    placed = sum(each.quantity for each in decision.placements)
    parked = sum(each.quantity for each in decision.parked)
    return StoredDecision(decision.order_id, decision.order_id, "", decision.decided_at, 0.0, placed, parked, decision)


def compare(live: Decision, draft: Decision) -> list[Comparison]:
    """The figures of two decisions about the same order."""
    pairs = zip(_figures(live), _figures(draft), strict=True)
    return [Comparison(label, mine, theirs) for (label, mine), (_label, theirs) in pairs]


def _figures(decision: Decision) -> list[tuple[str, str]]:
    chosen = [candidate for attempt in decision.attempts for candidate in attempt.chosen]
    names = sorted({candidate.name for candidate in chosen})
    cost = sum((candidate.cost for candidate in chosen), Decimal(0))
    distances = [candidate.distance_km for candidate in chosen if candidate.distance_km is not None]
    parked = sum(units.quantity for units in decision.parked)
    return [
        (_("Locations"), ", ".join(names) or NOTHING),
        (_("Parcels"), formats.number(len(names))),
        (_("Cost"), formats.money(cost, decision.currency)),
        (_("Farthest location"), distance_words(max(distances, default=None))),
        (_("Units without a location"), formats.number(parked)),
    ]
