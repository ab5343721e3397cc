from orchestration.models.decision import Exclusion, RoutingDecision
from orchestration.models.ruleset import RulesetVersion

__all__ = ["Exclusion", "RoutingDecision", "RulesetVersion"]
