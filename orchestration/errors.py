from __future__ import annotations

from oms.tenancy.errors import InvalidInput, NotFound, OmsError


class InvalidRuleset(InvalidInput):
    code = "orchestration.invalid_ruleset"


class RulesetNotFound(NotFound):
    code = "orchestration.ruleset_not_found"


class NotADraft(OmsError):
    code = "orchestration.not_a_draft"


class LocationCannotServe(OmsError):
    code = "orchestration.location_cannot_serve"


class OrderHasChanged(OmsError):
    """Somebody else acted on the order meanwhile; `last` is the number of its newest event."""

    code = "orchestration.order_has_changed"
