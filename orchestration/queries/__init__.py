"""Reads of the room."""

from orchestration.queries.decisions import StoredDecision, decisions_of, last_decisions
from orchestration.queries.rulesets import live_ruleset, ruleset_version, ruleset_versions
from orchestration.queries.snapshot import order_views, take_snapshot

__all__ = [
    "StoredDecision",
    "decisions_of",
    "last_decisions",
    "live_ruleset",
    "order_views",
    "ruleset_version",
    "ruleset_versions",
    "take_snapshot",
]
