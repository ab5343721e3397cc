from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from oms.orders.api.serializers import OrderSummaryOut
from oms.rest.serializers import In, Out

if TYPE_CHECKING:
    from orchestration.queries.decisions import StoredDecision

MOST_ORDERS = 500


class PlacedOrderOut(OrderSummaryOut):
    """`created` is false when this channel's order was known already; nothing was done then."""

    created = serializers.BooleanField()


class OrdersIn(In):
    """Up to 500 orders; each is judged alone."""

    orders = serializers.ListField(child=serializers.DictField(), allow_empty=False, max_length=MOST_ORDERS)


class PlacedOut(Out):
    """What became of one order of a bulk: `status` is the HTTP status it would have had alone."""

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    external_id = serializers.CharField()
    id = serializers.UUIDField(allow_null=True)
    number = serializers.CharField(allow_null=True)
    created = serializers.BooleanField()
    problem = serializers.DictField(allow_null=True)


class BulkOut(Out):
    created = serializers.IntegerField()
    known = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = PlacedOut(many=True)


class DecisionOut(Out):
    """Why the units of an order go where they go. `document` is the whole record: rules, candidates, values, scores."""

    id = serializers.UUIDField()
    trigger = serializers.CharField()
    decided_at = serializers.DateTimeField()
    duration_ms = serializers.FloatField()
    placed = serializers.IntegerField()
    parked = serializers.IntegerField()
    ruleset = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    summary = serializers.DictField(child=serializers.CharField(), help_text="In English and in French.")
    document = serializers.DictField()

    def to_representation(self, stored: StoredDecision) -> dict[str, Any]:
        decision = stored.decision
        return {
            "id": stored.id,
            "trigger": stored.trigger,
            "decided_at": stored.decided_at,
            "duration_ms": stored.duration_ms,
            "placed": stored.placed,
            "parked": stored.parked,
            "ruleset": decision.ruleset,
            "version": decision.version,
            "summary": {language: decision.summary(language) for language in ("en", "fr")},
            "document": decision.to_json(),
        }


class DecisionsOut(Out):
    """Every decision of an order; they are few, so there is one page."""

    results = DecisionOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
