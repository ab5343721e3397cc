"""The rules: what is in service in words, every version, and what differs between two of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from oms.tenancy.errors import NotFound, OmsError
from oms.tenancy.permissions import Permission
from oms.web.pages import page
from orchestration.queries import live_ruleset, ruleset_version, ruleset_versions
from orchestration.rules.rulesets import dump_ruleset, parse_ruleset
from orchestration.services import publish_ruleset, rollback_ruleset, save_draft
from orchestration.web.rulesets.diff import Speech, changes_between, checks_of
from orchestration.web.rulesets.forms import ReasonForm
from orchestration.web.rulesets.reading import Reading, names_of_codes, read_ruleset

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.tenancy.requests import TenantRequest
    from orchestration.models import RulesetVersion
    from orchestration.types import Ruleset

DRAFT, PUBLISHED = "DRAFT", "PUBLISHED"
MOST_VERSIONS = 100


def speech_of(request: TenantRequest) -> Speech:
    """The language, currency and names that this person reads rules in."""
    return Speech(get_language() or "en", request.tenant.currency, names_of_codes())


def rules_of(version: RulesetVersion) -> Ruleset:
    """The rules of a version."""
    return replace(parse_ruleset(version.document), version=version.version)


def reading_of(ruleset: Ruleset, speech: Speech) -> Reading:
    return read_ruleset(ruleset, speech.language, currency=speech.currency, names=speech.names)


def get_version(text: str) -> RulesetVersion:
    """The version of an id in the address. Raises NotFound."""
    try:
        return ruleset_version(UUID(text))
    except ValueError:
        raise NotFound(_("There is no such version of the rules.")) from None


@page(Permission.ROUTING_READ)
def index(request: TenantRequest) -> HttpResponse:
    """The rules in service, and the list of versions."""
    speech = speech_of(request)
    live_id, live = live_ruleset()
    versions = list(ruleset_versions()[:MOST_VERSIONS])
    context = {
        "live": next((each for each in versions if each.pk == live_id), None),
        "reading": reading_of(live, speech),
        "versions": versions,
        "draft": next((each for each in versions if each.state == DRAFT), None),
        "may_write": request.access.may(Permission.ROUTING_WRITE),
    }
    return render(request, "rules/index.html", context)


@page(Permission.ROUTING_WRITE, methods=("POST",))
def new_draft(request: TenantRequest) -> HttpResponse:
    """Make a draft with the rules in service."""
    _live_id, live = live_ruleset()
    draft = save_draft(document=dump_ruleset(live), actor=request.access.actor)
    messages.success(request, _("Draft v%(version)s begins with the rules in service.") % {"version": draft.version})
    return redirect("orchestration:draft", version_id=draft.pk)


@page(Permission.ROUTING_READ)
def version_page(request: TenantRequest, version_id: UUID) -> HttpResponse:
    """One version in words, and what differs from the rules in service."""
    speech = speech_of(request)
    version = ruleset_version(version_id)
    live_id, live = live_ruleset()
    rules = rules_of(version)
    context = {
        "version": version,
        "reading": reading_of(rules, speech),
        "live_version": live.version if live_id else None,
        "is_live": version.pk == live_id,
        "changes": changes_between(live, rules, speech),
        "may_write": request.access.may(Permission.ROUTING_WRITE),
    }
    return render(request, "rules/version.html", context)


@page(Permission.ROUTING_READ)
def compare(request: TenantRequest) -> HttpResponse:
    """What differs between any two versions."""
    speech = speech_of(request)
    versions = list(ruleset_versions()[:MOST_VERSIONS])
    chosen = [get_version(text) if (text := request.GET.get(name, "")) else None for name in ("before", "after")]
    before, after = chosen
    changes = changes_between(rules_of(before), rules_of(after), speech) if before and after else None
    context = {"versions": versions, "before": before, "after": after, "changes": changes}
    return render(request, "rules/compare.html", context)


@page(Permission.ROUTING_WRITE, methods=("GET", "POST"))
def publish(request: TenantRequest, version_id: UUID) -> HttpResponse:
    """Put a draft into service, with a reason, after showing what changes."""
    version = ruleset_version(version_id)
    return _with_reason(
        request, version, "rules/publish.html", publish_ruleset, _("Version %(version)s is in service.")
    )


@page(Permission.ROUTING_WRITE, methods=("GET", "POST"))
def rollback(request: TenantRequest, version_id: UUID) -> HttpResponse:
    """Put the rules of an earlier version back into service."""
    version = ruleset_version(version_id)
    done = _("The rules of an earlier version are in service again, as version %(version)s.")
    return _with_reason(request, version, "rules/rollback.html", rollback_ruleset, done)


def _with_reason(
    request: TenantRequest, version: RulesetVersion, template: str, service: Any, done: str
) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = service(
                    version_id=version.pk,
                    reason=form.cleaned_data["reason"],
                    now=timezone.now(),
                    actor=request.access.actor,
                )
            except OmsError as refusal:
                form.add_error(None, refusal.message)
                status = refusal.http_status
            else:
                messages.success(request, done % {"version": made.version})
                return redirect("orchestration:rulesets")
    speech = speech_of(request)
    live_id, live = live_ruleset()
    rules = rules_of(version)
    context = {
        "version": version,
        "form": form,
        "live_version": live.version if live_id else None,
        "changes": changes_between(live, rules, speech),
        "checks": checks_of(rules),
        "reading": reading_of(rules, speech),
    }
    return render(request, template, context, status=status)
