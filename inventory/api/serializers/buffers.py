"""Buffer rules in JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.enums import BufferMeasure, LocationKind
from oms.rest.serializers import In, Out, Switch, Text, Whole, many

MOST_NAMES = 1000
MOST_OWN = 1000
LARGEST = 999_999_999


class BufferRuleOut(Out):
    """A rule; the one with the lowest `priority` that fits a level counts. See the guide for what fits."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    priority = serializers.IntegerField()
    active = serializers.BooleanField()
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    locations = serializers.ListField(child=serializers.CharField(), source="location_codes")
    kinds = serializers.ListField(child=serializers.ChoiceField(LocationKind.choices))
    groups = serializers.ListField(child=serializers.CharField())
    categories = serializers.ListField(child=serializers.CharField())
    brands = serializers.ListField(child=serializers.CharField())
    skus = serializers.ListField(child=serializers.CharField(), source="sku_codes")
    measure = serializers.ChoiceField(BufferMeasure.choices)
    amount = serializers.IntegerField()
    least = serializers.IntegerField(allow_null=True)
    most = serializers.IntegerField(allow_null=True)
    confidence_below = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


def _names(length: int, **options: Any) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=length), max_length=MOST_NAMES, required=False, **options)


class BufferRuleChange(In):
    """What of a rule may change. An empty list means all."""

    name = Text(max_length=120, required=False)
    priority = Whole(min_value=0, required=False)
    active = Switch(required=False)
    starts_on = serializers.DateField(allow_null=True, required=False, help_text="In each location's own time zone.")
    ends_on = serializers.DateField(allow_null=True, required=False, help_text="The last day.")
    locations = _names(40, source="location_codes")
    kinds = serializers.ListField(child=serializers.ChoiceField(LocationKind.choices), max_length=10, required=False)
    groups = _names(40)
    categories = _names(100)
    brands = _names(100)
    skus = _names(100, source="sku_codes")
    measure = serializers.ChoiceField(BufferMeasure.choices, required=False)
    amount = Whole(min_value=0, max_value=LARGEST, required=False, help_text="Units, or percent of what is on hand.")
    least = Whole(min_value=0, allow_null=True, required=False, help_text="Units; of a percentage only.")
    most = Whole(min_value=0, allow_null=True, required=False, help_text="Units; of a percentage only.")
    confidence_below = Whole(
        min_value=1,
        max_value=100,
        allow_null=True,
        required=False,
        help_text="Percent: only where stock is less certain.",
    )


class BufferRuleIn(BufferRuleChange):
    name = Text(max_length=120)
    measure = serializers.ChoiceField(BufferMeasure.choices)
    amount = Whole(min_value=0, max_value=LARGEST)


class BufferPreviewIn(BufferRuleIn):
    """A rule as it would be; `rule` is the id of the one it would replace."""

    name = Text(max_length=120, required=False)
    rule = serializers.UUIDField(required=False)


class BufferChangeOut(Out):
    sku = serializers.CharField()
    location = serializers.CharField()
    on_hand = serializers.IntegerField()
    buffer = serializers.IntegerField()
    buffer_after = serializers.IntegerField()
    available = serializers.IntegerField(allow_null=True)
    available_after = serializers.IntegerField(allow_null=True)


class BufferPreviewOut(Out):
    """How many `levels` would change, units that could be sold besides (`gained`) and no more (`lost`), the largest changes."""

    levels = serializers.IntegerField()
    gained = serializers.IntegerField()
    lost = serializers.IntegerField()
    rows = BufferChangeOut(many=True)


class OwnBufferIn(In):
    sku = Text(max_length=100)
    location = Text(max_length=40)
    units = Whole(min_value=0, max_value=LARGEST)


class OwnBuffersIn(In):
    """What levels hold back where no rule fits."""

    buffers = many(OwnBufferIn, at_most=MOST_OWN)
    note = Text(max_length=300, required=False, help_text="Why; kept with the movements and in the audit trail.")


class OwnBuffersOut(Out):
    changed = serializers.IntegerField()
