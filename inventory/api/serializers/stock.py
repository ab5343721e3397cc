"""Levels and movements in JSON."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers

from inventory.enums import MANUAL_REASONS, Bucket, MovementReason
from oms.rest.serializers import In, Money, Out, Text, Whole, many, parse

FEED_REASONS = (MovementReason.SYNC, MovementReason.COUNT, MovementReason.OPENING)
# Kept by reservations, transfers and buffer rules.
NOT_BY_HAND = (Bucket.RESERVED, Bucket.IN_TRANSIT, Bucket.BUFFER)
MOST_LEVELS = 10_000
MOST_MOVES = 1000


class LevelOut(Out):
    """One level in units. `available` is what this level still has to give; null when its source is not known."""

    id = serializers.UUIDField()
    sku = serializers.CharField(source="sku.code")
    location = serializers.CharField(source="location.code")
    pool = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    buffer = serializers.IntegerField()
    available = serializers.IntegerField(allow_null=True)
    quarantined = serializers.IntegerField()
    damaged = serializers.IntegerField()
    in_transit = serializers.IntegerField()
    confidence = serializers.FloatField(
        allow_null=True,
        help_text="How likely the figures are right, in percent; null of a ring-fence without common stock.",
    )
    known = serializers.BooleanField()
    as_of = serializers.DateTimeField(source="told_at", allow_null=True)


class LevelIn(In):
    sku = Text(max_length=100)
    location = Text(max_length=40)
    on_hand = Whole()


class LevelsIn(In):
    """Absolute quantities on hand. `reason` says whether a feed, a count or an opening gives them."""

    levels = many(LevelIn, at_most=MOST_LEVELS)
    reason = serializers.ChoiceField([str(each) for each in FEED_REASONS], default=str(MovementReason.SYNC))


class RejectedOut(Out):
    line = serializers.IntegerField(help_text="From 1.")
    code = serializers.CharField()
    reason = serializers.CharField()


class AppliedOut(Out):
    """How a bulk setting ended: what changed, what was so already, and the rows that were not applied."""

    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectedOut(many=True)


class FenceIn(In):
    sku = Text(max_length=100)
    location = Text(max_length=40)
    pool = Text(max_length=40)
    quantity = Whole()


class FencesIn(In):
    """Ring-fences by place and name: how many units each is to hold; zero dissolves one."""

    pools = many(FenceIn, at_most=MOST_MOVES)


class FencesOut(Out):
    """How many ring-fences changed, and the levels as they are now."""

    changed = serializers.IntegerField()
    levels = LevelOut(many=True)


class MoveIn(In):
    """One signed movement. The same `key` again is skipped, for ever. A receipt may have its `unit_cost`."""

    sku = Text(max_length=100)
    location = Text(max_length=40)
    quantity = Whole(min_value=-999_999_999, max_value=999_999_999)
    reason = serializers.ChoiceField([str(each) for each in MANUAL_REASONS], default=str(MovementReason.ADJUSTMENT))
    bucket = serializers.ChoiceField(
        [str(each) for each in Bucket if each not in NOT_BY_HAND], default=str(Bucket.ON_HAND)
    )
    key = Text(max_length=120, required=False)
    note = Text(max_length=300, allow_blank=True, required=False)
    unit_cost = Money(max_digits=12, decimal_places=4, required=False)

    def validate_quantity(self, value: int) -> int:
        if value == 0:
            raise serializers.ValidationError("A movement needs a quantity other than zero.")
        return value


class MovesIn(In):
    """Either the fields of one movement, or `movements` with several."""

    movements = many(MoveIn, at_most=MOST_MOVES)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "movements" not in data:
            return {"movements": [parse(MoveIn, data)]}
        return super().to_internal_value(data)


class MovesOut(Out):
    """`recorded` movements are new; `repeated` ones had a key that was used before. `levels` are as they are now."""

    recorded = serializers.IntegerField()
    repeated = serializers.IntegerField()
    levels = LevelOut(many=True)


class Making(models.TextChoices):
    ASSEMBLE = "ASSEMBLE"
    DISASSEMBLE = "DISASSEMBLE"


class AssemblyIn(In):
    """So many units of a prepacked kit, to make or to take apart. The same `key` again is skipped, for ever."""

    sku = Text(max_length=100, help_text="Code of the prepacked kit.")
    location = Text(max_length=40)
    quantity = Whole(min_value=1, max_value=999_999_999)
    action = serializers.ChoiceField(Making.choices, default=str(Making.ASSEMBLE))
    key = Text(max_length=120, required=False)


class AssemblyOut(Out):
    """`recorded` is false when the key was used before. `levels` are those of the kit and its components, as they are now."""

    recorded = serializers.BooleanField()
    levels = LevelOut(many=True)


class MovementOut(Out):
    id = serializers.UUIDField()
    sku = serializers.CharField(source="level.sku.code")
    location = serializers.CharField(source="level.location.code")
    bucket = serializers.ChoiceField(Bucket.choices)
    quantity = serializers.IntegerField()
    balance = serializers.IntegerField()
    reason = serializers.ChoiceField(MovementReason.choices)
    cause_type = serializers.CharField()
    cause_id = serializers.CharField()
    key = serializers.CharField()
    note = serializers.CharField()
    actor = serializers.DictField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
