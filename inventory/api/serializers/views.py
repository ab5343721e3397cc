"""Stock views in JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.api.serializers.catalogue import Code
from inventory.enums import LocationKind, SupplyKind
from inventory.rules.views import TERMS
from oms.rest.serializers import In, Out, Switch, Text, Whole

MOST_MEMBERS = 1000
LONGEST_HORIZON = 3650
DEFAULTS: dict[str, Any] = {
    "percentage": 100,
    "buffer": 0,
    "cap": None,
    "pool": "",
    "pool_only": False,
    "supply": [],
    "horizon": None,
}


def _texts(length: int = 40) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=length), max_length=MOST_MEMBERS, required=False)


class LocationQueryIn(In):
    """A question to locations, asked anew at each reading: all that it names must hold, each by any of its values."""

    kind = serializers.ListField(child=serializers.ChoiceField(LocationKind.choices), max_length=10, required=False)
    group = _texts()
    country = _texts(2)
    city = _texts(100)
    postcode = serializers.ListField(
        child=Text(max_length=12), max_length=MOST_MEMBERS, required=False, help_text="Beginnings of postcodes."
    )
    legal_entity = _texts()
    ships = Switch(required=False)
    collects = Switch(required=False)
    takes_returns = Switch(required=False)


class ViewOut(Out):
    """A named, shared view of stock; see the guide for how its terms make what can be sold.

    The terms are those that apply; those named in `inherited` are the parent's.
    """

    code = serializers.CharField()
    name = serializers.CharField()
    parent = serializers.CharField(source="parent.code", allow_null=True)  # type: ignore[assignment]  # a name of REST framework too
    inherited = serializers.ListField(child=serializers.ChoiceField(list(TERMS)))
    locations = serializers.ListField(child=serializers.CharField(), source="location_codes")
    kinds = serializers.ListField(child=serializers.ChoiceField(LocationKind.choices))
    groups = serializers.ListField(child=serializers.CharField())
    query = serializers.DictField()
    pool = serializers.CharField()
    pool_only = serializers.BooleanField()
    supply = serializers.ListField(child=serializers.ChoiceField(SupplyKind.choices))
    horizon_days = serializers.IntegerField(source="horizon", allow_null=True)
    percentage = serializers.IntegerField()
    buffer = serializers.IntegerField()
    cap = serializers.IntegerField(allow_null=True)


class ViewBody(In):
    """Members are the active locations listed by code, kind or group or found by the query; none of these is all of them.

    With a parent they are among the parent's, and each term that is left out is the parent's.
    """

    name = Text(max_length=200)
    parent = Text(max_length=40, allow_null=True, default=None)  # type: ignore[assignment]  # a name of REST framework too
    locations = serializers.ListField(
        child=Text(max_length=40), max_length=MOST_MEMBERS, default=list, source="location_codes"
    )
    kinds = serializers.ListField(child=serializers.ChoiceField(LocationKind.choices), max_length=10, default=list)
    groups = serializers.ListField(child=Text(max_length=40), max_length=MOST_MEMBERS, default=list)
    query = LocationQueryIn(default=dict)
    pool = Text(max_length=40, allow_blank=True, required=False)
    pool_only = Switch(required=False)
    supply = serializers.ListField(child=serializers.ChoiceField(SupplyKind.choices), max_length=2, required=False)
    horizon_days = Whole(min_value=0, max_value=LONGEST_HORIZON, allow_null=True, required=False, source="horizon")
    percentage = Whole(min_value=0, max_value=100, required=False)
    buffer = Whole(min_value=0, required=False)
    cap = Whole(min_value=0, allow_null=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        left_out = [term for term, fields in TERMS.items() if not attrs.keys() & set(fields)]
        inherited = left_out if attrs["parent"] is not None else []
        own = {field for term, fields in TERMS.items() if term not in inherited for field in fields}
        return {**{field: value for field, value in DEFAULTS.items() if field in own}, **attrs, "inherited": inherited}


class ViewIn(ViewBody):
    code = Code(max_length=40)
