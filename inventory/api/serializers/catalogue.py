"""SKUs and locations in JSON."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inventory.enums import LocationKind, SkuKind
from inventory.rules.kits import MOST_PARTS, MOST_PER_KIT
from inventory.types import NewPart
from oms.rest.serializers import In, Money, Out, Switch, Text, Whole, show_each

if TYPE_CHECKING:
    from inventory.models import Sku

CODE = r"^[^\s,/](?:[^,/\r\n\t]*[^\s,/])?$"


class Code(Text):
    """A code that people and addresses can carry: no comma, slash or space at its ends."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(RegexValidator(CODE, "A code has no comma, slash or line break."))


class KitPartOut(Out):
    """Units of one SKU in each unit of the kit."""

    sku = serializers.CharField(source="component.code")
    name = serializers.CharField(source="component.name")
    quantity = serializers.IntegerField()


class SkuOut(Out):
    id = serializers.UUIDField()
    code = serializers.CharField()
    kind = serializers.ChoiceField(SkuKind.choices)
    components = serializers.SerializerMethodField()
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

    @extend_schema_field(str)
    def get_barcode(self, sku: Sku) -> str:
        return sku.barcodes[0] if sku.barcodes else ""

    @extend_schema_field(KitPartOut(many=True))
    def get_components(self, sku: Sku) -> list[dict[str, Any]]:
        return show_each(KitPartOut, sku.components.all())


class KitPartIn(In):
    sku = Text(max_length=100)
    quantity = Whole(min_value=1, max_value=MOST_PER_KIT)


class SkuChange(In):
    """What of a SKU may change; `barcode` is the short way to say one barcode, `components` replace those of a kit."""

    kind = serializers.ChoiceField(SkuKind.choices, required=False)
    components: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=KitPartIn(), max_length=MOST_PARTS, required=False
    )

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
        if "components" in attrs:
            attrs["components"] = [NewPart(**part) for part in attrs["components"]]
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
            if (
                day not in {"1", "2", "3", "4", "5", "6", "7"}
                or not isinstance(spans, list)
                or not all(map(_is_span, spans))
            ):
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


def _is_span(span: Any) -> bool:
    try:
        start, end = span
        return time.fromisoformat(start) < time.fromisoformat(end)
    except (TypeError, ValueError):
        return False
