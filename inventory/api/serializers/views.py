"""Stock views in JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.api.serializers.catalogue import Code
from inventory.enums import LocationKind
from oms.rest.serializers import In, Out, Switch, Text, Whole

MOST_MEMBERS = 1000


class ViewOut(Out):
    """A named, shared view of stock; see the guide for how its terms make what can be sold."""

    code = serializers.CharField()
    name = serializers.CharField()
    locations = serializers.ListField(child=serializers.CharField(), source="location_codes")
    kinds = serializers.ListField(child=serializers.ChoiceField(LocationKind.choices))
    groups = serializers.ListField(child=serializers.CharField())
    pool = serializers.CharField()
    pool_only = serializers.BooleanField()
    percentage = serializers.IntegerField()
    buffer = serializers.IntegerField()
    cap = serializers.IntegerField(allow_null=True)


class ViewBody(In):
    """Members are the active locations listed by code, kind or group; none listed is all of them."""

    name = Text(max_length=200)
    locations = serializers.ListField(
        child=Text(max_length=40), max_length=MOST_MEMBERS, default=list, source="location_codes"
    )
    kinds = serializers.ListField(child=serializers.ChoiceField(LocationKind.choices), max_length=10, default=list)
    groups = serializers.ListField(child=Text(max_length=40), max_length=MOST_MEMBERS, default=list)
    pool = Text(max_length=40, allow_blank=True, default="")
    pool_only = Switch(default=False)
    percentage = Whole(min_value=0, max_value=100, default=100)
    buffer = Whole(min_value=0, default=0)
    cap = Whole(min_value=0, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["pool_only"] and not attrs["pool"]:
            raise serializers.ValidationError({"pool": ["A view that sells a ring-fence alone must name it."]})
        return attrs


class ViewIn(ViewBody):
    code = Code(max_length=40)
