"""“Why this location?”: a stored decision as a table, exactly as it was taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oms.web import formats
from orchestration.enums import CriterionKind, FilterKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from orchestration.queries import StoredDecision
    from orchestration.rules.decisions import Decision
    from orchestration.rules.records import Attempt, Candidate, Crowd, Round

TRIGGERS: dict[str, StrOrPromise] = {
    "order.accepted": gettext_lazy("on arrival"),
    "order.released": gettext_lazy("after its release"),
    "fulfilment.refused": gettext_lazy("after a refusal"),
    "fulfilment.expired": gettext_lazy("after a location did not answer"),
    "stock.changed": gettext_lazy("when stock came"),
    "reroute": gettext_lazy("asked for by a person"),
    "sweep": gettext_lazy("by the regular sweep"),
}
# What a crowd of locations has in common.
FAILURES: dict[FilterKind, StrOrPromise] = {
    FilterKind.SERVICE: gettext_lazy("without the service"),
    FilterKind.ACTIVE: gettext_lazy("switched off"),
    FilterKind.STOCK_VIEW: gettext_lazy("outside the channel's stock view"),
    FilterKind.STOCK: gettext_lazy("without the stock"),
    FilterKind.STOCK_AGE: gettext_lazy("with stock figures too old"),
    FilterKind.CONFIDENCE: gettext_lazy("with stock too uncertain"),
    FilterKind.NOT_REFUSED: gettext_lazy("that refused before"),
    FilterKind.OPENING: gettext_lazy("closed for too long"),
    FilterKind.CAPACITY: gettext_lazy("with a full day"),
    FilterKind.MAX_DISTANCE: gettext_lazy("too far"),
    FilterKind.GROUP: gettext_lazy("outside the group"),
    FilterKind.LEGAL_ENTITY: gettext_lazy("of another legal entity"),
    FilterKind.COUNTRY: gettext_lazy("in another country"),
}
# Scores that are not shown as facts already, with the head of their column.
SCORES: dict[CriterionKind, StrOrPromise] = {
    CriterionKind.FEWEST_PARCELS: gettext_lazy("Missing"),
    CriterionKind.PRIORITY: gettext_lazy("Priority"),
    CriterionKind.REMAINING_CAPACITY: gettext_lazy("Capacity left"),
    CriterionKind.CONFIDENCE: gettext_lazy("Confidence"),
}
NOTHING = "\N{EN DASH}"
TIMES = " \N{MULTIPLICATION SIGN} "


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate. `figures` follow the heads: stock, distance, cost, scores, age of the source."""

    name: str
    rank: int | None
    eligible: bool
    chosen: bool
    reason: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What one rule saw and weighed."""

    rule: str
    asked: str
    placed: int
    eligible: int
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    ranking: str
    crowds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One decision."""

    id: str
    meta: str
    summary: str
    tables: tuple[Table, ...]
    skipped: tuple[str, ...]
    rounds: tuple[str, ...]
    decided_at: datetime
    trigger: StrOrPromise
    is_open: bool = field(default=False)


def panel_of(stored: StoredDecision, language: str, *, is_open: bool = False) -> Panel:
    """A stored decision, ready to be shown."""
    decision = stored.decision
    return Panel(
        id=f"decision-{stored.id}",
        meta=_meta(stored),
        summary=decision.summary(language),
        tables=tuple(table_of(decision, attempt, language) for attempt in decision.attempts),
        skipped=decision.skipped,
        rounds=tuple(_round(decision, each) for each in decision.rounds),
        decided_at=stored.decided_at,
        trigger=TRIGGERS.get(stored.trigger, stored.trigger),
        is_open=is_open,
    )


def rules_name(decision: Decision) -> str:
    """The rules that decided, with their version."""
    return f"{decision.ruleset} v{decision.version}" if decision.ruleset else _("No rules")


def _meta(stored: StoredDecision) -> str:
    attempt = stored.decision.deciding_attempt
    parts = [rules_name(stored.decision)]
    if attempt is not None:
        parts.append(_("rule %(number)s “%(name)s”") % {"number": attempt.position, "name": attempt.rule})
    clock = date_format(timezone.localtime(stored.decided_at), "j N H:i:s")
    parts.append(_("decided on %(when)s") % {"when": clock})
    if stored.duration_ms:
        parts.append(_("in %(count)s ms") % {"count": formats.number(round(stored.duration_ms, 1))})
    return " · ".join(parts)


def table_of(decision: Decision, attempt: Attempt, language: str) -> Table:
    """One rule's candidates, in the order of the record: ranked first, then refused by distance."""
    scored = [index for index, each in enumerate(attempt.ranking) if each.by in SCORES]
    labels = [str(SCORES[attempt.ranking[index].by]) for index in scored]
    return Table(
        rule=attempt.rule,
        asked=", ".join(f"{ask.quantity}{TIMES}{ask.sku}" for ask in attempt.asked),
        placed=attempt.placed,
        eligible=attempt.eligible,
        heads=(_("Stock"), _("Distance"), _("Cost"), *labels, _("Source")),
        rows=tuple(_row(decision, attempt, each, scored, language) for each in attempt.candidates),
        ranking=decision.ranking(attempt, language),
        crowds=tuple(_crowd(each) for each in attempt.crowds),
    )


def _row(decision: Decision, attempt: Attempt, candidate: Candidate, scored: Sequence[int], language: str) -> Row:
    chosen = candidate.outcome is Outcome.CHOSEN
    return Row(
        name=candidate.name,
        rank=candidate.rank,
        eligible=candidate.outcome is not Outcome.REJECTED,
        chosen=chosen,
        reason=_share(attempt, candidate) if chosen else decision.failure(attempt, candidate, language),
        figures=(
            " · ".join("?" if held is None else formats.number(held) for held in candidate.stock),
            distance_words(candidate.distance_km),
            formats.money(candidate.cost, decision.currency),
            *(_score(candidate, index) for index in scored),
            NOTHING if candidate.source_age is None else formats.duration(timedelta(seconds=candidate.source_age)),
        ),
    )


def _share(attempt: Attempt, candidate: Candidate) -> str:
    """What a chosen location serves, where it does not serve everything."""
    asked = sum(ask.quantity for ask in attempt.asked)
    given = sum(candidate.gives)
    if given == asked:
        return ""
    return _("Chosen for %(count)s of %(total)s") % {"count": given, "total": asked}


def _score(candidate: Candidate, index: int) -> str:
    value = candidate.scores[index] if index < len(candidate.scores) else None
    return NOTHING if value is None else formats.number(round(value, 1) if value % 1 else int(value))


def distance_words(km: float | None) -> str:
    """A distance as a table shows it."""
    if km is None:
        return NOTHING
    return _("under 1 km") if km < 1 else _("%(count)s km") % {"count": formats.number(round(km))}


def _crowd(crowd: Crowd) -> str:
    what = _("eligible, ranked further down") if crowd.failed is None else FAILURES[crowd.failed]
    text = ngettext("%(count)s more location %(what)s", "%(count)s more locations %(what)s", crowd.count)
    said = text % {"count": formats.number(crowd.count), "what": what}
    if crowd.nearest_km is None:
        return said
    return _("%(crowd)s, the nearest at %(distance)s") % {"crowd": said, "distance": distance_words(crowd.nearest_km)}


def _round(decision: Decision, failed: Round) -> str:
    names = {placement.location_id: placement.name for placement in failed.placements}
    skus = {placement.sku_id: placement.sku for placement in (*failed.placements, *decision.placements)}
    parts = []
    for short in failed.shortages:
        place = names.get(short.location_id, "")
        what = skus.get(short.sku_id, "") if short.sku_id else ""
        parts.append(
            _("%(count)s of %(sku)s at %(location)s") % {"count": short.asked, "sku": what, "location": place}
            if what
            else _("a place in the day of %(location)s") % {"location": place}
        )
    return _("Planned again: %(what)s had just been taken.") % {"what": ", ".join(parts)}
