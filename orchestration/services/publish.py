from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from oms.events.services import record
from oms.tenancy.services import audit
from orchestration.errors import InvalidRuleset, NotADraft
from orchestration.events import RULESET_PUBLISHED
from orchestration.models import RulesetVersion
from orchestration.models.ruleset import RulesetState
from orchestration.queries.rulesets import ruleset_version
from orchestration.rules.errors import InvalidRules
from orchestration.rules.rulesets import dump_ruleset, parse_ruleset

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.types import Actor


@transaction.atomic
def save_draft(*, document: dict[str, Any], actor: Actor, version_id: UUID | None = None) -> RulesetVersion:
    """Keep a draft of the rules: a new version, or the draft of that id changed. Raises InvalidRuleset, NotADraft."""
    try:
        checked = parse_ruleset(document)
    except InvalidRules as fault:
        raise InvalidRuleset(str(fault)) from fault
    if version_id is not None:
        draft = _draft(version_id)
        draft.document, draft.name = dump_ruleset(checked), checked.name
        draft.save(update_fields=["document", "name"])
        return draft
    last = RulesetVersion.objects.aggregate(last=Max("version"))["last"] or 0
    return RulesetVersion.objects.create(
        version=last + 1, name=checked.name, document=dump_ruleset(checked), author=actor.label
    )


@transaction.atomic
def publish_ruleset(*, version_id: UUID, reason: str, now: datetime, actor: Actor) -> RulesetVersion:
    """Make a draft the live rules; the version that was live is archived. Raises RulesetNotFound, NotADraft."""
    draft = _draft(version_id)
    RulesetVersion.objects.filter(state=RulesetState.PUBLISHED).update(state=RulesetState.ARCHIVED)
    draft.state, draft.published_at, draft.reason = RulesetState.PUBLISHED, now, reason
    draft.save(update_fields=["state", "published_at", "reason"])
    audit(
        action="ruleset.published",
        object_type="ruleset",
        object_id=draft.pk,
        actor=actor,
        version=draft.version,
        reason=reason,
    )
    record(RULESET_PUBLISHED, "ruleset", draft.pk, {"version": draft.version, "reason": reason}, actor)
    return draft


@transaction.atomic
def rollback_ruleset(*, version_id: UUID, reason: str, now: datetime, actor: Actor) -> RulesetVersion:
    """Publish an archived version again, as a new version with the same rules. Raises RulesetNotFound."""
    earlier = ruleset_version(version_id)
    draft = save_draft(document=earlier.document, actor=actor)
    return publish_ruleset(version_id=draft.pk, reason=reason, now=now, actor=actor)


def _draft(version_id: UUID) -> RulesetVersion:
    found = ruleset_version(version_id)
    if found.state != RulesetState.DRAFT:
        raise NotADraft(_("A published version cannot change: make a new draft of it."), version=found.version)
    return found
