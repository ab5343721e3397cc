from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from inventory.api.filters import BufferRuleFilters
from inventory.api.serializers.buffers import (
    BufferPreviewIn,
    BufferPreviewOut,
    BufferRuleChange,
    BufferRuleIn,
    BufferRuleOut,
    OwnBuffersIn,
    OwnBuffersOut,
)
from inventory.models import BufferRule
from inventory.queries import buffer_rules, get_buffer_rule, preview_buffers
from inventory.services import (
    check_buffer_rule,
    create_buffer_rule,
    delete_buffer_rule,
    set_own_buffers,
    update_buffer_rule,
)
from inventory.types import OwnBuffer
from oms.rest.serializers import show
from oms.rest.viewsets import Listed
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oms.rest.requests import ApiRequest


class BufferRuleViewSet(Listed[BufferRule]):
    """Buffer rules: how much of the stock is held back, where, of what and when."""

    permissions = {
        **dict.fromkeys(("list", "retrieve", "preview"), Permission.STOCK_READ),
        **dict.fromkeys(("create", "partial_update", "destroy", "replace"), Permission.STOCK_WRITE),
    }
    costs = {"preview": 10}
    serializer_class = BufferRuleOut
    filterset_class = BufferRuleFilters

    def get_queryset(self) -> QuerySet[BufferRule]:
        return buffer_rules()

    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        return Response(show(BufferRuleOut, get_buffer_rule(self.id_in_path)))

    @extend_schema(request=BufferRuleIn, responses={201: BufferRuleOut})
    def create(self, request: ApiRequest) -> Response:
        """Add a rule. The levels it fits follow within seconds, and their channels are told."""
        rule = create_buffer_rule(now=timezone.now(), actor=request.access.actor, **self.read(BufferRuleIn))
        return Response(show(BufferRuleOut, rule), status=status.HTTP_201_CREATED)

    @extend_schema(request=BufferRuleChange, responses={200: BufferRuleOut})
    def partial_update(self, request: ApiRequest, **_path: str) -> Response:
        """Change the fields that are given; `active` switches the rule on and off."""
        changes = self.read(BufferRuleChange)
        rule = update_buffer_rule(rule_id=self.id_in_path, now=timezone.now(), actor=request.access.actor, **changes)
        return Response(show(BufferRuleOut, rule))

    @extend_schema(responses={204: None})
    def destroy(self, request: ApiRequest, **_path: str) -> Response:
        """Forget a rule. Its levels fall to the next rule that fits, or to what was set for them by hand."""
        delete_buffer_rule(rule_id=self.id_in_path, now=timezone.now(), actor=request.access.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=BufferPreviewIn, responses={200: BufferPreviewOut})
    def preview(self, _request: ApiRequest) -> Response:
        """What a rule would change if it were in force now, whatever its days. Nothing is written."""
        fields = self.read(BufferPreviewIn)
        replaced = fields.pop("rule", None)
        rule = BufferRule(**fields, **({"pk": get_buffer_rule(replaced).pk} if replaced else {}))
        check_buffer_rule(rule)
        return Response(show(BufferPreviewOut, preview_buffers(rule, now=timezone.now())))

    @extend_schema(request=OwnBuffersIn, responses={200: OwnBuffersOut})
    def replace(self, request: ApiRequest) -> Response:
        """Set by hand what levels hold back where no rule fits, all or none."""
        given = self.read(OwnBuffersIn)
        buffers = [OwnBuffer(**row) for row in given["buffers"]]
        changed = set_own_buffers(
            buffers=buffers, now=timezone.now(), note=given.get("note", ""), actor=request.access.actor
        )
        return Response({"changed": changed})
