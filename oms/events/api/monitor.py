from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from oms.events.models import InvariantCheck
from oms.events.queries import watched
from oms.rest.serializers import Out, show_each
from oms.rest.viewsets import TenantViewSet
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from oms.rest.requests import ApiRequest


class InvariantOut(Out):
    """What must always be true, and what the monitor knows of it. `broken_at` is null while it holds."""

    name = serializers.CharField()
    promise = serializers.CharField()
    checked_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True, help_text="When a whole round over all rows last ended.")
    rows = serializers.IntegerField(help_text="How many rows that round saw.")
    rows_this_round = serializers.IntegerField()
    broken_at = serializers.DateTimeField(allow_null=True)
    first_case = serializers.CharField(help_text="The first difference of the last time that it was broken.")
    last_broken_at = serializers.DateTimeField(allow_null=True)
    last_case = serializers.CharField()


class InvariantsOut(Out):
    broken = serializers.IntegerField()
    results = InvariantOut(many=True)


class InvariantViewSet(TenantViewSet[InvariantCheck]):
    """The invariant monitor, which checks all the time and never repairs."""

    permissions = {"retrieve": Permission.EVENTS_READ}
    serializer_class = InvariantsOut

    @extend_schema(responses={200: InvariantsOut})
    def retrieve(self, _request: ApiRequest) -> Response:
        """Every invariant, when it was last checked over how many rows, and the first difference if there was one."""
        found = watched()
        broken = sum(each.broken_at is not None for each in found)
        return Response({"broken": broken, "results": show_each(InvariantOut, found)})
