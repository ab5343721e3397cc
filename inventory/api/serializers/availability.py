"""Availability and reservations in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inventory.enums import ReservationState, SupplyKind
from inventory.rules import kept_as_asked
from oms.rest.serializers import In, Out, Text, Whole, many

if TYPE_CHECKING:
    from inventory.types import Basket

MOST_LINES = 500


class ContributionOut(Out):
    location = serializers.CharField(source="code")
    name = serializers.CharField()
    pool = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    buffer = serializers.IntegerField()
    available = serializers.IntegerField()
    known = serializers.BooleanField()
    as_of = serializers.DateTimeField(allow_null=True)


class ComingOut(Out):
    """Units that are to come, of which `available` are not promised yet; `expected_date` null when nobody knows when."""

    location = serializers.CharField(source="code")
    name = serializers.CharField()
    expected_date = serializers.DateField(source="supply.day", allow_null=True)
    kind = serializers.ChoiceField(SupplyKind.choices, source="supply.kind")
    number = serializers.CharField(source="supply.number")
    quantity = serializers.IntegerField(source="supply.quantity")
    promised = serializers.IntegerField(source="supply.promised")
    available = serializers.IntegerField(source="adds")


class AvailabilityOut(Out):
    """available = min(floor((total + inbound) * percentage / 100) - buffer, cap), never under 0; null when no source is known.

    `total` is what the locations have, `inbound` what the view sells of what is to come; `at_once` is what can be had of
    `available` without waiting.
    """

    sku = serializers.CharField()
    available = serializers.IntegerField(source="quantity", allow_null=True)
    at_once = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField()
    inbound = serializers.IntegerField()
    percentage = serializers.IntegerField()
    buffer = serializers.IntegerField(source="view_buffer")
    cap = serializers.IntegerField(allow_null=True)


class PartAvailabilityOut(AvailabilityOut):
    contributions = ContributionOut(many=True)
    coming = ComingOut(many=True)


class KitShareOut(Out):
    """What one component lets a virtual kit have: kits = floor(available / per_kit). The scarcest decides."""

    per_kit = serializers.IntegerField()
    kits = serializers.IntegerField(allow_null=True)
    scarcest = serializers.BooleanField()
    component = PartAvailabilityOut(source="available")


class ExplainedAvailabilityOut(PartAvailabilityOut):
    """Where what is available lies, only if asked to `explain`. A virtual kit has no contributions of its own: its components have."""

    contributions = ContributionOut(many=True, required=False)
    coming = ComingOut(many=True, required=False)
    components = KitShareOut(many=True, required=False)


class StepOut(Out):
    """From this day on, `available` units in all can be promised; `deliveries` is what arrives on it, or is late."""

    date = serializers.DateField(source="day")
    available = serializers.IntegerField(allow_null=True)
    deliveries = ComingOut(many=True)


class OutlookOut(Out):
    """`available` can be had at once; what comes on a day that nobody knows (`undated`) is in no date."""

    sku = serializers.CharField()
    available = serializers.IntegerField(source="at_once", allow_null=True)
    dates = StepOut(many=True, source="steps")
    undated = ComingOut(many=True)


class ViewOutlookOut(Out):
    view = serializers.CharField()
    results = OutlookOut(many=True)


class ViewAvailabilityOut(Out):
    view = serializers.CharField()
    results = ExplainedAvailabilityOut(many=True)


class BasketLineIn(In):
    sku = Text(max_length=100)
    quantity = Whole(min_value=1, max_value=1_000_000)


class ReservationIn(In):
    """A basket: all its units are kept, or none. With `expires_in` (seconds) the reservation ends by itself."""

    reference = Text(max_length=120)
    view = Text(max_length=40, required=False, allow_blank=True, default="")
    expires_in = Whole(min_value=1, max_value=31_536_000, required=False, allow_null=True, default=None)
    lines = many(BasketLineIn, at_most=MOST_LINES)


class ReservedOut(Out):
    """Units of one SKU at one location; those that are part of a virtual kit name it, and how many make one."""

    id = serializers.UUIDField()
    sku = serializers.CharField()
    kit = serializers.CharField()
    per_kit = serializers.IntegerField()
    location = serializers.CharField()
    quantity = serializers.IntegerField()
    state = serializers.ChoiceField(ReservationState.choices)


class KeptOut(Out):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


class ReservationOut(Out):
    """What is kept under a reference, as it was asked for (`kept`) and as it lies where (`lines`). `id` is the reference: it is how the reservation is read and given back."""

    id = serializers.CharField(source="reference")
    reference = serializers.CharField()
    state = serializers.ChoiceField(ReservationState.choices)
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    kept = serializers.SerializerMethodField()
    lines = ReservedOut(many=True)

    @extend_schema_field(KeptOut(many=True))
    def get_kept(self, basket: Basket) -> list[dict[str, Any]]:
        return [{"sku": sku, "quantity": quantity} for sku, quantity in sorted(kept_as_asked(basket.lines).items())]
