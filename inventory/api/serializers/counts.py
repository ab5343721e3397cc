"""Counts and shrinkage in JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.api.lines import MOST_LINES, MOST_UNITS
from inventory.enums import CountKind, CountState, MovementReason
from oms.rest.serializers import In, Out, Switch, Text, Whole, many


class StockCountIn(In):
    """A FULL count of what a location has, or a CYCLE count of the SKUs and categories named."""

    location = Text(max_length=40)
    kind = serializers.ChoiceField(CountKind.choices, default=str(CountKind.FULL))
    blind = Switch(default=True)
    note = Text(max_length=300, allow_blank=True, default="")
    skus = serializers.ListField(child=Text(max_length=100), max_length=10_000, default=list)
    categories = serializers.ListField(child=Text(max_length=100), max_length=100, default=list)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == CountKind.CYCLE and not (attrs["skus"] or attrs["categories"]):
            raise serializers.ValidationError({"skus": ["Name the SKUs or categories to count."]})
        return attrs


class CountedIn(In):
    """What this credential counted of a SKU, in place of what it said before; with `add`, so many more."""

    sku = Text(max_length=100)
    quantity = Whole(min_value=0, max_value=MOST_UNITS)
    add = Switch(default=False)


class CountedLinesIn(In):
    lines = many(CountedIn, at_most=MOST_LINES)


class RecountIn(In):
    skus = serializers.ListField(child=Text(max_length=100), min_length=1, max_length=10_000)


class PostIn(In):
    """With `uncounted_as_zero`, what nobody counted is not there; else it stays as it is."""

    uncounted_as_zero = Switch(default=False)


class StockCountOut(Out):
    """`lines` are to be counted, `counted` are, `differing` are not what the ledger had when they were counted."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    location = serializers.CharField(source="location.code")
    kind = serializers.ChoiceField(CountKind.choices)
    blind = serializers.BooleanField()
    state = serializers.ChoiceField(CountState.choices)
    note = serializers.CharField()
    lines = serializers.IntegerField()
    counted = serializers.IntegerField()
    differing = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    posted_at = serializers.DateTimeField(allow_null=True)


class StockCountLineOut(Out):
    """`expected` is what the ledger had on hand when the line was last counted; `posted` what was then moved."""

    id = serializers.UUIDField()
    sku = serializers.CharField(source="sku.code")
    round = serializers.IntegerField()
    counted = serializers.IntegerField(allow_null=True)
    expected = serializers.IntegerField(allow_null=True)
    difference = serializers.IntegerField(allow_null=True)
    counted_at = serializers.DateTimeField(allow_null=True)
    posted = serializers.IntegerField(allow_null=True)


class ShrinkageOut(Out):
    """What left and came for one reason other than trade; value at the SKUs' cost."""

    reason = serializers.ChoiceField(MovementReason.choices)
    location = serializers.CharField()
    movements = serializers.IntegerField()
    lost = serializers.IntegerField(source="units_lost")
    found = serializers.IntegerField(source="units_found")
    value = serializers.DecimalField(18, 4)


class ShrinkagesOut(Out):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    results = ShrinkageOut(many=True)


class DoubtOut(Out):
    """A SKU worth counting: of `units` at stake at `price`, `cost` is what the doubt is worth; `confidence` in percent."""

    sku = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    sold = serializers.IntegerField(help_text="Units that customers took in the last 28 days.")
    units = serializers.IntegerField()
    price = serializers.DecimalField(12, 4)
    confidence = serializers.FloatField()
    cost = serializers.FloatField()


class MicroCountOut(Out):
    location = serializers.CharField()
    cost = serializers.FloatField()
    lines = DoubtOut(many=True)


class MicroCountsOut(Out):
    """By location, the one where most is at stake first."""

    results = MicroCountOut(many=True)


class MicroCountIn(In):
    location = Text(max_length=40)
    limit = Whole(min_value=1, max_value=100, default=10)
