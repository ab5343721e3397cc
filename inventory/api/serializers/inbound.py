"""Purchase orders, receipts and supply to come, in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from inventory.api.lines import MOST_LINES, MOST_UNITS, NamedLineIn
from inventory.enums import PurchaseState
from oms.rest.serializers import In, Money, Out, Text, Whole, many

if TYPE_CHECKING:
    from inventory.models import PurchaseOrder, PurchaseOrderLine, ShippingNotice, ShippingNoticeLine


class PurchaseLineIn(In):
    """Without `unit_cost` the line costs what the SKU does, without `expected_date` it comes with the order."""

    sku = Text(max_length=100)
    quantity = Whole(min_value=1, max_value=MOST_UNITS)
    unit_cost = Money(max_digits=12, decimal_places=4, allow_null=True, default=None)
    expected_date = serializers.DateField(allow_null=True, default=None)


class PurchaseIn(In):
    """A purchase order. The same `reference` again, with the same supplier and location, gives the order that has it."""

    supplier = Text(max_length=200)
    location = Text(max_length=40)
    reference = Text(max_length=120, allow_blank=True, default="")
    expected_date = serializers.DateField(allow_null=True, default=None)
    note = Text(max_length=300, allow_blank=True, default="")
    lines = many(PurchaseLineIn, at_most=MOST_LINES)


class ReasonIn(In):
    reason = Text(max_length=200, allow_blank=True, default="")


class AnnouncedLineIn(NamedLineIn):
    quantity = Whole(min_value=1, max_value=MOST_UNITS)


class NoticeIn(In):
    """What the supplier says has left. The same `reference` again gives the notice that is kept."""

    reference = Text(max_length=120)
    expected_date = serializers.DateField()
    carrier = Text(max_length=80, allow_blank=True, default="")
    tracking_number = Text(max_length=80, allow_blank=True, default="")
    lines = many(AnnouncedLineIn, at_most=MOST_LINES)


class DatedLineIn(NamedLineIn):
    expected_date = serializers.DateField(allow_null=True, help_text="Null: the line comes with the order.")


class RescheduleIn(In):
    """The days on which the order and lines of it are expected; what is not named stays as it is."""

    expected_date = serializers.DateField(
        allow_null=True,
        required=False,
        help_text="The order's own day, and that of the lines that have none. Null: nobody knows.",
    )
    lines = many(DatedLineIn, at_most=MOST_LINES, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Name the order's day, or lines with theirs.")
        return attrs


class ArrivalIn(NamedLineIn):
    """`quantity` units to sell, `damaged` ones beside them; both negative to correct. More than ordered wants a `reason`."""

    quantity = Whole(min_value=-MOST_UNITS, max_value=MOST_UNITS, default=0)
    damaged = Whole(min_value=-MOST_UNITS, max_value=MOST_UNITS, default=0)
    reason = Text(max_length=200, allow_blank=True, default="")


class ReceiveIn(In):
    """What came, by line; the same `key` again receives nothing more."""

    lines = many(ArrivalIn, at_most=MOST_LINES)
    key = Text(max_length=60, required=False)


@dataclass(frozen=True, slots=True)
class ShownPurchase:
    """A purchase order with its lines and notices."""

    order: PurchaseOrder
    lines: list[PurchaseOrderLine]
    notices: list[tuple[ShippingNotice, list[ShippingNoticeLine]]]


class PurchaseSummaryOut(Out):
    """`quantity` is ordered, `received` came in, `open` is still to come."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    reference = serializers.CharField()
    supplier = serializers.CharField()
    location = serializers.CharField(source="location.code")
    state = serializers.ChoiceField(PurchaseState.choices)
    expected_date = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    quantity = serializers.IntegerField(source="units")
    received = serializers.IntegerField(source="came")
    open = serializers.IntegerField(source="waiting")
    created_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class PurchaseLineOut(Out):
    """`received` counts everything that came, `damaged` what of it cannot be sold, `cancelled` what will not come."""

    id = serializers.UUIDField()
    sku = serializers.CharField(source="sku.code")
    quantity = serializers.IntegerField()
    unit_cost = serializers.DecimalField(12, 4, allow_null=True)
    expected_date = serializers.DateField(allow_null=True)
    received = serializers.IntegerField()
    damaged = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    open = serializers.IntegerField()
    short_reason = serializers.CharField()


class NoticeLineOut(Out):
    line = serializers.UUIDField(source="line_id")
    sku = serializers.CharField(source="line.sku.code")
    quantity = serializers.IntegerField()
    received = serializers.IntegerField()


class NoticeOut(Out):
    id = serializers.UUIDField()
    reference = serializers.CharField()
    expected_date = serializers.DateField()
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    created_at = serializers.DateTimeField()
    lines = NoticeLineOut(many=True)

    def to_representation(self, instance: tuple[ShippingNotice, list[ShippingNoticeLine]]) -> dict[str, Any]:
        notice, lines = instance
        told = {name: get(notice) for name, get in self._getters() if name != "lines"}
        return {**told, "lines": self.fields["lines"].to_representation(lines)}


class PurchaseOut(PurchaseSummaryOut):
    lines = PurchaseLineOut(many=True)
    notices = NoticeOut(many=True)

    def to_representation(self, instance: ShownPurchase) -> dict[str, Any]:
        told = {name: get(instance.order) for name, get in self._getters() if name not in {"lines", "notices"}}
        told["lines"] = self.fields["lines"].to_representation(instance.lines)
        told["notices"] = self.fields["notices"].to_representation(instance.notices)
        return told


class ReceiptOut(Out):
    """Units that came in at one cost. `damaged` is what of `quantity` cannot be sold; a correction is negative."""

    id = serializers.UUIDField()
    purchase_order = serializers.CharField(source="line.order.number")
    line = serializers.UUIDField(source="line_id")
    sku = serializers.CharField(source="sku.code")
    location = serializers.CharField(source="location.code")
    quantity = serializers.IntegerField()
    damaged = serializers.IntegerField()
    unit_cost = serializers.DecimalField(12, 4, allow_null=True)
    reason = serializers.CharField()
    key = serializers.CharField()
    actor = serializers.DictField()
    recorded_at = serializers.DateTimeField()


class SupplyOut(Out):
    """Units that are to come; `expected_date` null when nobody knows when."""

    sku = serializers.CharField()
    location = serializers.CharField()
    expected_date = serializers.DateField(allow_null=True)
    quantity = serializers.IntegerField()
    kind = serializers.ChoiceField(["PURCHASE", "TRANSFER"])
    document = serializers.UUIDField()
    number = serializers.CharField()


class SuppliesOut(Out):
    results = SupplyOut(many=True)
