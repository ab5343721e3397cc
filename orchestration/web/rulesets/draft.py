"""Editing a draft: one form, whose every button keeps what was typed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from oms.web.pages import page
from orchestration.enums import CriterionKind
from orchestration.queries import live_ruleset, ruleset_version
from orchestration.rules.rulesets import TOLERANT, dump_ruleset
from orchestration.services import save_draft
from orchestration.web.rulesets.diff import changes_between, checks_of
from orchestration.web.rulesets.forms import RuleForm, criterion_label
from orchestration.web.rulesets.moves import apply_button
from orchestration.web.rulesets.reading import read_rule
from orchestration.web.rulesets.views import DRAFT, rules_of, speech_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.forms import BoundField
    from django.http import HttpResponse

    from oms.tenancy.requests import TenantRequest
    from orchestration.models import RulesetVersion
    from orchestration.types import Ruleset
    from orchestration.web.rulesets.diff import Speech
    from orchestration.web.rulesets.reading import RuleReading

UNITS = {
    CriterionKind.DISTANCE: "km",
    CriterionKind.STOCK_DEPTH: gettext_lazy("units"),
    CriterionKind.CONFIDENCE: "%",
    CriterionKind.REMAINING_CAPACITY: gettext_lazy("orders"),
}


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion of a rule's ranking, with its buttons."""

    key: str
    label: str
    unit: str
    field: BoundField | None
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class RuleEditor:
    """One rule: its form, its ranking, what it says now, and what could be added."""

    index: int
    form: RuleForm
    reading: RuleReading
    ranking: list[CriterionRow]
    addable: list[tuple[str, str]]
    is_first: bool
    is_last: bool

    @property
    def number(self) -> int:
        return self.index + 1

    @property
    def limits(self) -> list[BoundField]:
        return [self.form[name] for name in ("scope", "hours", "km", "age")]

    @property
    def switches(self) -> list[BoundField]:
        return [self.form[name] for name in ("not_refused", "capacity")]

    @property
    def split(self) -> list[BoundField]:
        return [self.form[name] for name in ("max_parcels", "max_extra_cost", "after")]

    @property
    def split_switches(self) -> list[BoundField]:
        return [self.form[name] for name in ("divide_lines", "place_part")]


@page(Permission.ROUTING_WRITE, methods=("GET", "POST"))
def draft_page(request: TenantRequest, version_id: UUID) -> HttpResponse:
    """Show a draft to be edited; POST keeps it and does what the pressed button says."""
    version = ruleset_version(version_id)
    if version.state != DRAFT:
        messages.warning(request, _("A published version cannot change: make a new draft of it."))
        return redirect("orchestration:version", version_id=version.pk)
    rules = rules_of(version)
    if request.method != "POST":
        return _show(request, version, rules, _forms(rules, None))
    forms = _forms(rules, request.POST)
    if request.POST.get("seen") != digest_of(version):
        problem = _(
            "Someone changed this draft since you opened it. Nothing was saved; these are the rules as they are now."
        )
        return _show(request, version, rules, _forms(rules, None), problem=problem, status=409)
    mistaken = [form for form in forms if not form.is_valid()]
    if mistaken:
        return _show(request, version, rules, forms, status=422)
    wanted = replace(rules, rules=tuple(form.changed() for form in forms))
    button = request.POST.get("button", "")
    if button.startswith("add:"):
        button += f":{request.POST.get('add-' + button.removeprefix('add:'), '')}"
    try:
        save_draft(
            document=dump_ruleset(apply_button(wanted, button)), actor=request.access.actor, version_id=version.pk
        )
    except OmsError as refusal:
        return _show(request, version, rules, forms, problem=refusal.message, status=refusal.http_status)
    if not button:
        messages.success(request, _("The draft is saved."))
    anchor = button.split(":")[1] if ":" in button else ""
    url = reverse("orchestration:draft", args=[version.pk])
    return HttpResponseRedirect(f"{url}#rule-{anchor}" if anchor else url)


def digest_of(version: RulesetVersion) -> str:
    """What a draft holds, in a few letters: two people who saw the same may both save."""
    return blake2b(json.dumps(version.document, sort_keys=True).encode(), digest_size=12).hexdigest()


def _forms(rules: Ruleset, data: Any) -> list[RuleForm]:
    return [RuleForm(rule, data, prefix=f"r{index}") for index, rule in enumerate(rules.rules)]


def _show(
    request: TenantRequest,
    version: RulesetVersion,
    rules: Ruleset,
    forms: Sequence[RuleForm],
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    speech = speech_of(request)
    live_id, live = live_ruleset()
    context = {
        "version": version,
        "seen": digest_of(version),
        "editors": [_editor(index, form, len(forms), speech) for index, form in enumerate(forms)],
        "live_version": live.version if live_id else None,
        "changes": changes_between(live, rules, speech),
        "checks": checks_of(rules),
        "problem": problem,
        "has_errors": any(form.errors for form in forms),
    }
    return render(request, "rules/draft.html", context, status=status)


def _editor(index: int, form: RuleForm, count: int, speech: Speech) -> RuleEditor:
    kinds = [each.by for each in form.rule.ranking]
    ranking = [_criterion(form, kind, place, len(kinds), speech) for place, kind in enumerate(kinds)]
    return RuleEditor(
        index=index,
        form=form,
        reading=read_rule(form.rule, index + 1, speech.language, currency=speech.currency, names=speech.names),
        ranking=ranking,
        addable=[(kind.value, criterion_label(kind, speech.language)) for kind in CriterionKind if kind not in kinds],
        is_first=index == 0,
        is_last=index == count - 1,
    )


def _criterion(form: RuleForm, kind: CriterionKind, place: int, count: int, speech: Speech) -> CriterionRow:
    unit = speech.currency if kind is CriterionKind.PARCEL_COST else UNITS.get(kind, "")
    field = form[f"tolerance_{kind.value}"] if kind in TOLERANT else None
    label = criterion_label(kind, speech.language)
    return CriterionRow(kind.value, label, str(unit), field, is_first=place == 0, is_last=place == count - 1)
