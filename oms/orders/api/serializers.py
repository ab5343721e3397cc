"""Orders in JSON. Money is a decimal string in the order's currency, tax included."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from oms.orders.enums import CustomerKind, HoldReason, Method, OrderStatus, PaymentState, UnitState
from oms.rest.serializers import In, Money, Out, Text, Whole, many

if TYPE_CHECKING:
    from oms.orders.queries import LineDetail, OrderDetail

MOST_LINES = 500


class OrderSummaryOut(Out):
    id = serializers.UUIDField()
    number = serializers.CharField()
    channel = serializers.CharField(source="channel.code")
    external_id = serializers.CharField()
    external_number = serializers.CharField()
    kind = serializers.ChoiceField(CustomerKind.choices)
    method = serializers.ChoiceField(Method.choices)
    status = serializers.ChoiceField(OrderStatus.choices)
    payment_state = serializers.ChoiceField(PaymentState.choices)
    priority = serializers.IntegerField()
    currency = serializers.CharField()
    total = serializers.DecimalField(14, 2)
    units = serializers.IntegerField()
    country = serializers.CharField()
    postcode = serializers.CharField()
    city = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    placed_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    promised_at = serializers.DateTimeField(allow_null=True)
    ship_by = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class UnitGroupOut(Out):
    """Units of a line that share one fate."""

    id = serializers.UUIDField()
    quantity = serializers.IntegerField()
    state = serializers.ChoiceField(UnitState.choices)
    location = serializers.CharField(source="location.code", allow_null=True)
    reason = serializers.CharField()
    changed_at = serializers.DateTimeField()


class PreparedLineOut(Out):
    """`unit_price` and `discount` include tax; `discount` and `tax` are for the whole line."""

    id = serializers.UUIDField(source="line.pk")
    position = serializers.IntegerField(source="line.position")
    external_id = serializers.CharField(source="line.external_id")
    sku = serializers.CharField(source="line.sku.code")
    title = serializers.SerializerMethodField()
    quantity = serializers.IntegerField(source="line.quantity")
    unit_price = serializers.DecimalField(14, 4, source="line.unit_price")
    discount = serializers.DecimalField(14, 2, source="line.discount")
    tax = serializers.DecimalField(14, 2, source="line.tax")
    groups = UnitGroupOut(many=True)

    @extend_schema_field(str)
    def get_title(self, detail: LineDetail) -> str:
        return detail.line.title or detail.line.sku.name


class PreparedPartOut(PreparedLineOut):
    """Units that are prepared for a kit, `per_kit` for each. The parts share the kit's price and tax."""

    per_kit = serializers.IntegerField(source="line.per_kit")


class OrderLineOut(PreparedLineOut):
    """A line as it was sold. A virtual kit has no groups of its own, its `components` have; `shipped` and `cancelled` are whole kits."""

    shipped = serializers.IntegerField(source="gone", help_text="Units that have left, or were collected.")
    cancelled = serializers.IntegerField()
    components = PreparedPartOut(many=True, source="parts")


class HoldOut(Out):
    id = serializers.UUIDField()
    reason = serializers.ChoiceField(HoldReason.choices)
    note = serializers.CharField()
    owner = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)


class CustomerOut(Out):
    name = serializers.CharField(source="customer_name")
    email = serializers.CharField(source="customer_email")
    phone = serializers.CharField(source="customer_phone")


class OrderOut(OrderSummaryOut):
    shipping = serializers.DecimalField(14, 2)
    fees = serializers.DecimalField(14, 2)
    discount = serializers.DecimalField(14, 2)
    tax = serializers.DecimalField(14, 2)
    customer = CustomerOut(source="*")
    ship_to = serializers.DictField(child=serializers.CharField(allow_blank=True))
    bill_to = serializers.DictField(child=serializers.CharField(allow_blank=True))
    collect_location = serializers.CharField(source="collect_location.code", allow_null=True)
    note = serializers.CharField()
    lines = OrderLineOut(many=True)
    holds = HoldOut(many=True)

    def to_representation(self, instance: OrderDetail) -> dict[str, Any]:
        shown = {name: get(instance.order) for name, get in self._getters() if name not in {"lines", "holds"}}
        lines: list[LineDetail] = list(instance.lines)
        shown["lines"] = self.fields["lines"].to_representation(lines)
        shown["holds"] = self.fields["holds"].to_representation(list(instance.holds))
        return shown


class AddressIn(In):
    name = Text(max_length=200, allow_blank=True, default="")
    company = Text(max_length=200, allow_blank=True, default="")
    line1 = Text(max_length=300, allow_blank=True, default="")
    line2 = Text(max_length=300, allow_blank=True, default="")
    postcode = Text(max_length=12, allow_blank=True, default="")
    city = Text(max_length=100, allow_blank=True, default="")
    country = serializers.RegexField("^[A-Z]{2}$", default="FR")
    phone = Text(max_length=40, allow_blank=True, default="")


class CustomerIn(In):
    name = Text(max_length=200, allow_blank=True, default="")
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    phone = Text(max_length=40, allow_blank=True, default="")


class OrderLineIn(In):
    """`unit_price` and `discount` include tax; `discount` and `tax` are for the whole line."""

    sku = Text(max_length=100)
    quantity = Whole(min_value=1, max_value=1_000_000)
    unit_price = Money(decimal_places=4, default=Decimal(0))
    title = Text(max_length=300, allow_blank=True, default="")
    external_id = Text(max_length=120, allow_blank=True, default="")
    discount = Money(default=Decimal(0))
    tax = Money(default=Decimal(0))


class OrderIn(In):
    """An order as its channel knows it. Without `total` it is the sum of the parts; with it, the sum must agree."""

    channel = Text(max_length=40, help_text="Code of the sales channel.")
    external_id = Text(max_length=120, help_text="The channel's own id; the same twice is one order.")
    external_number = Text(max_length=120, allow_blank=True, default="")
    kind = serializers.ChoiceField(CustomerKind.choices, default=str(CustomerKind.B2C))
    method = serializers.ChoiceField(Method.choices, default=str(Method.DELIVERY))
    payment_state = serializers.ChoiceField(PaymentState.choices, default=str(PaymentState.PAID))
    currency = Text(min_length=3, max_length=3, required=False, help_text="The channel's when left out.")
    total = Money(required=False)
    shipping = Money(default=Decimal(0))
    fees = Money(default=Decimal(0))
    discount = Money(default=Decimal(0))
    tax = Money(default=Decimal(0))
    priority = Whole(min_value=-1000, max_value=1000, default=0)
    placed_at = serializers.DateTimeField(required=False, help_text="Now when left out.")
    promised_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ship_by = serializers.DateTimeField(required=False, allow_null=True, default=None)
    tags = serializers.ListField(child=Text(max_length=40), max_length=50, default=list)
    note = Text(max_length=2000, allow_blank=True, default="")
    customer = CustomerIn(required=False)
    ship_to = AddressIn(required=False)
    bill_to = AddressIn(required=False)
    collect_location = Text(max_length=40, allow_blank=True, default="")
    lines = many(OrderLineIn, at_most=MOST_LINES)


class CancelLineIn(In):
    line = serializers.UUIDField(required=False, help_text="Id of the order line.")
    sku = Text(max_length=100, required=False, help_text="Instead of `line`, when one line has this SKU.")
    quantity = Whole(min_value=1, max_value=1_000_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("line" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError("Name either the line or its SKU.")
        return attrs


class CancelIn(In):
    """Without `lines`, every unit that has not left is cancelled."""

    reason = Text(max_length=60, default="api")
    lines = many(CancelLineIn, at_most=MOST_LINES, required=False)


class HoldIn(In):
    reason = serializers.ChoiceField(HoldReason.choices, default=str(HoldReason.MANUAL))
    note = Text(max_length=300, allow_blank=True, default="")
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ReleaseIn(In):
    """Without `reason`, every hold ends."""

    reason = serializers.ChoiceField(HoldReason.choices, required=False)
