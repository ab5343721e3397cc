"""The past and the worth of stock in JSON. Money is in the tenant's currency, to four decimals."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.rules.turnover import AGES
from oms.rest.serializers import Out


class LevelThenOut(Out):
    sku = serializers.CharField()
    location = serializers.CharField()
    pool = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    damaged = serializers.IntegerField()
    in_transit = serializers.IntegerField()
    buffer = serializers.IntegerField()


class AsOfOut(Out):
    """Levels as they were at an instant, those that had moved by then."""

    at = serializers.DateTimeField()
    clock = serializers.CharField()
    results = LevelThenOut(many=True)


class ValueOut(Out):
    """What is owned under one heading. `uncosted` units have no known cost and add nothing to the value."""

    code = serializers.CharField()
    name = serializers.CharField()
    units = serializers.IntegerField()
    on_hand = serializers.IntegerField()
    in_transit = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    damaged = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=20, decimal_places=4)
    uncosted = serializers.IntegerField()


class ValuationOut(Out):
    at = serializers.DateTimeField()
    clock = serializers.CharField()
    by = serializers.CharField()
    currency = serializers.CharField()
    value = serializers.DecimalField(max_digits=20, decimal_places=4)
    results = ValueOut(many=True)


class TurnoverOut(Out):
    """`turnover` is in times a year; `days_of_cover` is how long the closing stock lasts at the period's pace."""

    code = serializers.CharField()
    name = serializers.CharField()
    units = serializers.IntegerField(help_text="Units dispatched and sold in stores.")
    cost = serializers.DecimalField(max_digits=20, decimal_places=4, help_text="What they had cost.")
    mean_value = serializers.DecimalField(max_digits=20, decimal_places=4)
    closing_value = serializers.DecimalField(max_digits=20, decimal_places=4)
    turnover = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)
    days_of_cover = serializers.DecimalField(max_digits=20, decimal_places=1, allow_null=True)


class TurnoversOut(Out):
    begin = serializers.DateTimeField()
    end = serializers.DateTimeField()
    clock = serializers.CharField()
    by = serializers.CharField()
    currency = serializers.CharField()
    results = TurnoverOut(many=True)


class AgeOut(Out):
    """Units and value of one age; `to_days` is null for the oldest."""

    from_days = serializers.IntegerField()
    to_days = serializers.IntegerField(allow_null=True)
    units = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=20, decimal_places=4)


class AgedOut(Out):
    code = serializers.CharField()
    name = serializers.CharField()
    ages = AgeOut(many=True)

    def to_representation(self, row: Any) -> dict[str, Any]:
        bounds = [0, *(age.days for age in AGES), None]
        ages = [
            {"from_days": bounds[place], "to_days": bounds[place + 1], "units": units, "value": value}
            for place, (units, value) in enumerate(zip(row.units, row.values, strict=True))
        ]
        return {"code": row.code, "name": row.name, "ages": ages}


class AgeingOut(Out):
    at = serializers.DateTimeField()
    clock = serializers.CharField()
    by = serializers.CharField()
    currency = serializers.CharField()
    results = AgedOut(many=True)
