"""Fulfilment orders in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from oms.fulfilment.enums import DECLARED, FulfilmentState, HandoverProof, RefusalReason
from oms.orders.enums import Method
from oms.rest.serializers import In, Out, Switch, Text, Whole, many, parse

if TYPE_CHECKING:
    from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel

MOST_LINES = 500
MOST_PARCELS = 100
OF_SHOWN = frozenset({"recipient", "collection_code", "lines", "parcels"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A fulfilment order with its lines and parcels; `code` is the collection code for those who may tell it to the customer."""

    fulfilment: FulfilmentOrder
    lines: list[FulfilmentLine]
    parcels: list[Parcel]
    code: str = ""


class FulfilmentSummaryOut(Out):
    id = serializers.UUIDField()
    number = serializers.CharField()
    order = serializers.UUIDField(source="order_id")
    order_number = serializers.CharField(source="order.number")
    channel = serializers.CharField(source="order.channel.code")
    location = serializers.CharField(source="location.code")
    method = serializers.ChoiceField(Method.choices)
    state = serializers.ChoiceField(FulfilmentState.choices)
    units = serializers.IntegerField()
    accept_by = serializers.DateTimeField()
    ready_by = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    picked_at = serializers.DateTimeField(allow_null=True)
    packed_at = serializers.DateTimeField(allow_null=True)
    ready_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    refusal_reason = serializers.ChoiceField([*RefusalReason.choices, ("", "")])
    shelf = serializers.CharField()
    proof = serializers.ChoiceField([*HandoverProof.choices, ("", "")])
    collected_by = serializers.CharField()


class FulfilmentLineOut(Out):
    """`quantity` units are still this location's to prepare, of those `ordered` from it; `picked` are in hand."""

    id = serializers.UUIDField()
    line = serializers.UUIDField(source="line_id")
    sku = serializers.CharField(source="sku.code")
    title = serializers.SerializerMethodField()
    kit = serializers.CharField(
        source="line.kit.name", allow_null=True, help_text="The kit that the units are a part of."
    )
    ordered = serializers.IntegerField()
    quantity = serializers.IntegerField()
    picked = serializers.IntegerField()

    @extend_schema_field(str)
    def get_title(self, line: FulfilmentLine) -> str:
        return str(line.line.title or line.sku.name)


class ParcelOut(Out):
    id = serializers.UUIDField()
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    tracking_url = serializers.CharField()
    weight_g = serializers.IntegerField(allow_null=True)
    shipped_at = serializers.DateTimeField()


class FulfilmentOut(FulfilmentSummaryOut):
    """`recipient` is what a label needs for a delivery, and a name for a collection."""

    recipient = serializers.DictField(child=serializers.CharField(allow_blank=True))
    collection_code = serializers.CharField(help_text="Empty for credentials that may not tell it to the customer.")
    lines = FulfilmentLineOut(many=True)
    parcels = ParcelOut(many=True)

    def to_representation(self, shown: Shown) -> dict[str, Any]:
        row = shown.fulfilment
        told = {name: get(row) for name, get in self._getters() if name not in OF_SHOWN}
        delivered = row.method == Method.DELIVERY
        told["recipient"] = row.order.ship_to if delivered else {"name": row.order.customer_name}
        told["collection_code"] = shown.code
        told["lines"] = self.fields["lines"].to_representation(shown.lines)
        told["parcels"] = self.fields["parcels"].to_representation(shown.parcels)
        return told


class CountIn(In):
    line = serializers.UUIDField(required=False, help_text="Id of the fulfilment line.")
    sku = Text(max_length=100, required=False, help_text="Instead of `line`, when one line has this SKU.")
    quantity = Whole(min_value=0, max_value=1_000_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("line" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError("Name either the line or its SKU.")
        return attrs


class NothingIn(In):
    """An empty object, or no body."""


class RefuseIn(In):
    """Without `lines`, all units that are not picked are refused. With `cascade`, also in the location's other work."""

    reason = serializers.ChoiceField([str(each) for each in DECLARED])
    lines = many(CountIn, at_most=MOST_LINES, required=False)
    cascade = Switch(default=False)


class PickIn(In):
    """How many units of each line are picked so far; without `lines`, all of them."""

    lines = many(CountIn, at_most=MOST_LINES, required=False)


class PackIn(In):
    missing = serializers.ChoiceField(
        [str(each) for each in DECLARED],
        default="",
        allow_blank=True,
        help_text="Why the units that are not picked are missing.",
    )


class ParcelIn(In):
    carrier = Text(max_length=80)
    tracking_number = Text(max_length=80, allow_blank=True, default="")
    tracking_url = serializers.URLField(max_length=500, allow_blank=True, default="")
    weight_g = Whole(min_value=0, allow_null=True, default=None)


class ShipIn(In):
    """Either the fields of one parcel, or `parcels` with several."""

    parcels = many(ParcelIn, at_most=MOST_PARCELS)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "parcels" not in data:
            return {"parcels": [parse(ParcelIn, data)]}
        return super().to_internal_value(data)


class ReadyIn(In):
    shelf = Text(max_length=40, allow_blank=True, default="")


class CollectIn(In):
    """The collection code, or the name on the document that was seen."""

    code = Text(max_length=12, allow_blank=True, default="")
    identity_of = Text(max_length=200, allow_blank=True, default="")
    collected_by = Text(max_length=200, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["code"] and not attrs["identity_of"]:
            raise serializers.ValidationError({"code": ["Give the collection code, or the name on the document."]})
        return attrs
