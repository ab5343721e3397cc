"""What the catalogue, the locations and the stock look like in JSON."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from rest_framework import serializers

from inventory.enums import MANUAL_REASONS, Bucket, LocationKind, MovementReason, ReservationState
from inventory.types import BasketLine, LevelSetting, Move
from oms.rest.serializers import In, Money, Out, Switch, Text, Whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inventory.models import Location, Sku

CODE = r"^[^\s,/](?:[^,/\r\n\t]*[^\s,/])?$"
FEED_REASONS = (MovementReason.SYNC, MovementReason.COUNT, MovementReason.OPENING)
MOST_LEVELS = 10_000
MOST_LINES = 500


class Code(Text):
    """A code that people and addresses can carry: no comma, slash or space at its ends."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        message = "A code has no comma, slash or line break."
        self.validators.append(serializers.RegexField(CODE, error_messages={"invalid": message}).validators[-1])


class SkuOut(Out):
    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    product = serializers.CharField()
    barcode = serializers.SerializerMethodField()
    barcodes = serializers.ListField(child=serializers.CharField())
    category = serializers.CharField()
    brand = serializers.CharField()
    attributes = serializers.DictField()
    weight_g = serializers.IntegerField()
    cost = serializers.DecimalField(12, 4, allow_null=True)
    price = serializers.DecimalField(12, 2, allow_null=True)
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_barcode(self, sku: Sku) -> str:
        return sku.barcodes[0] if sku.barcodes else ""


class SkuChange(In):
    """What of a SKU may change; `barcode` is the short way to say one barcode."""

    name = Text(max_length=300, required=False)
    product = Text(max_length=100, allow_blank=True, required=False)
    barcode = Text(max_length=48, allow_blank=True, required=False)
    barcodes = serializers.ListField(child=Text(max_length=48), max_length=50, required=False)
    category = Text(max_length=100, allow_blank=True, required=False)
    brand = Text(max_length=100, allow_blank=True, required=False)
    attributes = serializers.DictField(required=False)
    weight_g = Whole(min_value=0, required=False)
    cost = Money(max_digits=12, decimal_places=4, allow_null=True, required=False)
    price = Money(max_digits=12, decimal_places=2, allow_null=True, required=False)
    active = Switch(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        barcode = attrs.pop("barcode", None)
        if barcode is not None:
            others = [each for each in attrs.get("barcodes", []) if each != barcode]
            attrs["barcodes"] = [barcode, *others] if barcode else others
        return attrs


class SkuIn(SkuChange):
    code = Code(max_length=100)
    name = Text(max_length=300)


class LocationOut(Out):
    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(LocationKind.choices)
    legal_entity = serializers.CharField(source="legal_entity.code")
    address = serializers.CharField()
    postcode = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    time_zone = serializers.CharField()
    opening = serializers.DictField()
    closures = serializers.ListField(child=serializers.DateField())
    groups = serializers.ListField(child=serializers.CharField())
    ships = serializers.BooleanField()
    collects = serializers.BooleanField()
    takes_returns = serializers.BooleanField()
    active = serializers.BooleanField()
    priority = serializers.IntegerField()
    daily_capacity = serializers.IntegerField(allow_null=True)
    minutes_to_accept = serializers.IntegerField()
    minutes_to_prepare = serializers.IntegerField()
    parcel_cost = serializers.DecimalField(8, 2)
    created_at = serializers.DateTimeField()


class LocationChange(In):
    name = Text(max_length=200, required=False)
    kind = serializers.ChoiceField(LocationKind.choices, required=False)
    legal_entity = Text(max_length=40, required=False)
    address = Text(max_length=300, allow_blank=True, required=False)
    postcode = Text(max_length=12, allow_blank=True, required=False)
    city = Text(max_length=100, allow_blank=True, required=False)
    country = serializers.RegexField("^[A-Z]{2}$", required=False)
    latitude = serializers.FloatField(min_value=-90, max_value=90, allow_null=True, required=False)
    longitude = serializers.FloatField(min_value=-180, max_value=180, allow_null=True, required=False)
    time_zone = Text(max_length=50, required=False)
    opening = serializers.DictField(required=False)
    closures = serializers.ListField(child=Text(), max_length=1000, required=False)
    groups = serializers.ListField(child=Code(max_length=40), max_length=50, required=False)
    ships = Switch(required=False)
    collects = Switch(required=False)
    takes_returns = Switch(required=False)
    active = Switch(required=False)
    priority = Whole(min_value=-32768, max_value=32767, required=False)
    daily_capacity = Whole(min_value=0, allow_null=True, required=False)
    minutes_to_accept = Whole(min_value=1, max_value=100_000, required=False)
    minutes_to_prepare = Whole(min_value=1, max_value=100_000, required=False)
    parcel_cost = Money(max_digits=8, decimal_places=2, required=False)

    def validate_time_zone(self, value: str) -> str:
        if value not in available_timezones():
            raise serializers.ValidationError("Not an IANA time zone, e.g. Europe/Paris.")
        return value

    def validate_opening(self, value: dict[str, Any]) -> dict[str, Any]:
        for day, spans in value.items():
            if day not in {"1", "2", "3", "4", "5", "6", "7"} or not isinstance(spans, list) or not all(map(_is_span, spans)):
                raise serializers.ValidationError('Expected {"1": [["09:00", "19:00"]], …} with ISO weekdays 1 to 7.')
        return value

    def validate_closures(self, value: list[str]) -> list[str]:
        for day in value:
            try:
                date.fromisoformat(day)
            except ValueError:
                raise serializers.ValidationError(f"{day} is not an ISO date.") from None
        return value


class LocationIn(LocationChange):
    code = Code(max_length=40)
    name = Text(max_length=200)
    kind = serializers.ChoiceField(LocationKind.choices)


class LevelOut(Out):
    """One level in units. `available` is what this level still has to give; null when its source is not known."""

    id = serializers.UUIDField()
    sku = serializers.CharField(source="sku.code")
    location = serializers.CharField(source="location.code")
    pool = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    buffer = serializers.IntegerField()
    available = serializers.IntegerField(allow_null=True)
    quarantined = serializers.IntegerField()
    damaged = serializers.IntegerField()
    known = serializers.BooleanField()
    as_of = serializers.DateTimeField(allow_null=True)


class LevelIn(In):
    sku = Text(max_length=100)
    location = Text(max_length=40)
    on_hand = Whole()


class LevelsIn(In):
    """Absolute quantities on hand. `reason` says whether a feed, a count or an opening gives them."""

    levels = LevelIn(many=True, allow_empty=False, max_length=MOST_LEVELS)
    reason = serializers.ChoiceField([str(each) for each in FEED_REASONS], default=str(MovementReason.SYNC))

    def to_settings(self) -> list[LevelSetting]:
        return [LevelSetting(**row) for row in self.validated_data["levels"]]


class RejectedOut(Out):
    line = serializers.IntegerField(help_text="From 1.")
    code = serializers.CharField()
    reason = serializers.CharField()


class AppliedOut(Out):
    """How a bulk setting ended: what changed, what was so already, and the rows that were not applied."""

    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectedOut(many=True)


class MoveIn(In):
    """One signed movement. The same `key` again is skipped, for ever."""

    sku = Text(max_length=100)
    location = Text(max_length=40)
    quantity = Whole(min_value=-999_999_999, max_value=999_999_999)
    reason = serializers.ChoiceField([str(each) for each in MANUAL_REASONS], default=str(MovementReason.ADJUSTMENT))
    bucket = serializers.ChoiceField([str(each) for each in Bucket if each != Bucket.RESERVED], default=str(Bucket.ON_HAND))
    key = Text(max_length=120, required=False)
    note = Text(max_length=300, allow_blank=True, required=False)

    def validate_quantity(self, value: int) -> int:
        if value == 0:
            raise serializers.ValidationError("A movement needs a quantity other than zero.")
        return value


class MovesIn(In):
    """Either the fields of one movement, or `movements` with several."""

    movements = MoveIn(many=True, allow_empty=False, max_length=1000)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "movements" not in data:
            return {"movements": [MoveIn(context=self.context).run_validation(data)]}
        return super().to_internal_value(data)

    def to_moves(self) -> list[Move]:
        return [Move(**row) for row in self.validated_data["movements"]]


class MovesOut(Out):
    """`recorded` movements are new; `repeated` ones had a key that was used before. `levels` are as they are now."""

    recorded = serializers.IntegerField()
    repeated = serializers.IntegerField()
    levels = LevelOut(many=True)


class MovementOut(Out):
    id = serializers.UUIDField()
    sku = serializers.CharField(source="level.sku.code")
    location = serializers.CharField(source="level.location.code")
    bucket = serializers.ChoiceField(Bucket.choices)
    quantity = serializers.IntegerField()
    balance = serializers.IntegerField()
    reason = serializers.ChoiceField(MovementReason.choices)
    cause_type = serializers.CharField()
    cause_id = serializers.CharField()
    key = serializers.CharField()
    note = serializers.CharField()
    actor = serializers.DictField()
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class ContributionOut(Out):
    location = serializers.CharField(source="code")
    name = serializers.CharField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()
    buffer = serializers.IntegerField()
    available = serializers.IntegerField()
    known = serializers.BooleanField()
    as_of = serializers.DateTimeField(allow_null=True)


class AvailabilityOut(Out):
    """available = min(floor(total × percentage / 100) − buffer, cap), never under 0; null when no source is known."""

    sku = serializers.CharField()
    available = serializers.IntegerField(source="quantity", allow_null=True)
    total = serializers.IntegerField()
    percentage = serializers.IntegerField()
    buffer = serializers.IntegerField(source="view_buffer")
    cap = serializers.IntegerField(allow_null=True)


class ExplainedAvailabilityOut(AvailabilityOut):
    contributions = ContributionOut(many=True)


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
    lines = BasketLineIn(many=True, allow_empty=False, max_length=MOST_LINES)

    def to_lines(self) -> list[BasketLine]:
        return [BasketLine(**line) for line in self.validated_data["lines"]]


class ReservedOut(Out):
    id = serializers.UUIDField()
    sku = serializers.CharField()
    location = serializers.CharField()
    quantity = serializers.IntegerField()
    state = serializers.ChoiceField(ReservationState.choices)


class ReservationOut(Out):
    """What is kept under a reference. `id` is the reference: it is how the reservation is read and given back."""

    id = serializers.CharField(source="reference")
    reference = serializers.CharField()
    state = serializers.ChoiceField(ReservationState.choices)
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    lines = ReservedOut(many=True)


def level_codes(levels: Sequence[Any]) -> tuple[list[str], list[str]]:
    """The SKU and the location codes that rows name, each once."""
    return sorted({row.sku for row in levels}), sorted({row.location for row in levels})


def location_fields(validated: dict[str, Any], legal_entities: dict[str, Any]) -> dict[str, Any]:
    """The model's fields; the legal entity by its code, the first one when none is named. Raises ValidationError."""
    fields = dict(validated)
    code = fields.pop("legal_entity", None)
    if code is not None and code not in legal_entities:
        raise serializers.ValidationError({"legal_entity": [f"Choose among {', '.join(legal_entities)}."]})
    if code is not None:
        fields["legal_entity"] = legal_entities[code]
    return fields


def _is_span(span: Any) -> bool:
    try:
        start, end = span
        return time.fromisoformat(start) < time.fromisoformat(end)
    except (TypeError, ValueError):
        return False


def is_location(value: Any) -> bool:
    """Whether a location was found."""
    return value is not None


LocationRow = "Location"
