from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oms.database.rows import select
from orchestration.errors import RulesetNotFound
from orchestration.models import RulesetVersion
from orchestration.models.ruleset import RulesetState
from orchestration.rules.rulesets import default_ruleset, parse_ruleset

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from orchestration.types import Ruleset


_LIVE = "SELECT id FROM orchestration_rulesetversion WHERE tenant_id = %(tenant)s AND state = %(state)s"


def live_ruleset() -> tuple[UUID | None, Ruleset]:
    """The published rules with the id of their version; the default ones while the tenant has published none."""
    found = select(_LIVE, {"state": RulesetState.PUBLISHED.value})
    if not found:
        return None, default_ruleset()
    return found[0][0], _parsed(found[0][0])


@lru_cache(maxsize=256)
def _parsed(version_id: UUID) -> Ruleset:
    """A published document never changes, so that it is parsed once in each process."""
    row = RulesetVersion.objects.get(pk=version_id)
    return replace(parse_ruleset(row.document), version=row.version)


def ruleset_versions() -> QuerySet[RulesetVersion]:
    """Every version, newest first."""
    return RulesetVersion.objects.order_by("-version", "pk")


def ruleset_version(version_id: UUID) -> RulesetVersion:
    """One version. Raises RulesetNotFound."""
    found = RulesetVersion.objects.filter(pk=version_id).first()
    if found is None:
        raise RulesetNotFound(_("There is no such version of the rules."))
    return found
