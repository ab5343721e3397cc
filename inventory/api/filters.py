from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_filters import rest_framework as filters

from inventory.enums import (
    BufferMeasure,
    CountKind,
    CountState,
    ImportKind,
    ImportMode,
    ImportSource,
    ImportState,
    LocationKind,
    MovementReason,
    PurchaseState,
    TransferState,
)
from oms.rest.filters import AnyOf, Filters, Flag

if TYPE_CHECKING:
    from django.db.models import QuerySet


class SkuFilters(Filters):
    code = AnyOf()
    barcode = filters.CharFilter(method="by_barcode")
    product = AnyOf()
    category = AnyOf()
    brand = AnyOf()
    active = Flag()
    updated_since = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    def by_barcode(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(barcodes__contains=[value])


class LocationFilters(Filters):
    code = AnyOf()
    kind = AnyOf(choices=LocationKind.values)
    group = filters.CharFilter(method="by_group")
    active = Flag()

    def by_group(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(groups__contains=[value])


class LevelFilters(Filters):
    sku = AnyOf(field_name="sku__code")
    location = AnyOf(field_name="location__code")


class BufferRuleFilters(Filters):
    active = Flag()
    measure = AnyOf(choices=BufferMeasure.values)


class MovementFilters(Filters):
    sku = AnyOf(field_name="level__sku__code")
    location = AnyOf(field_name="level__location__code")
    reason = AnyOf(choices=MovementReason.values)
    key = AnyOf()
    recorded_since = filters.IsoDateTimeFilter(field_name="recorded_at", lookup_expr="gte")
    recorded_before = filters.IsoDateTimeFilter(field_name="recorded_at", lookup_expr="lt")


class PurchaseFilters(Filters):
    number = AnyOf()
    reference = AnyOf()
    supplier = AnyOf()
    location = AnyOf(field_name="location__code")
    state = AnyOf(choices=PurchaseState.values)
    created_since = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")


class ReceiptFilters(Filters):
    purchase_order = AnyOf(field_name="line__order__number")
    sku = AnyOf(field_name="sku__code")
    location = AnyOf(field_name="location__code")
    recorded_since = filters.IsoDateTimeFilter(field_name="recorded_at", lookup_expr="gte")
    recorded_before = filters.IsoDateTimeFilter(field_name="recorded_at", lookup_expr="lt")


class TransferFilters(Filters):
    number = AnyOf()
    origin = AnyOf(field_name="source__code")
    destination = AnyOf(field_name="destination__code")
    state = AnyOf(choices=TransferState.values)
    created_since = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")


class ImportFilters(Filters):
    kind = AnyOf(choices=ImportKind.values)
    mode = AnyOf(choices=ImportMode.values)
    source = AnyOf(choices=ImportSource.values)
    state = AnyOf(choices=ImportState.values)
    created_since = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")


class CountFilters(Filters):
    number = AnyOf()
    location = AnyOf(field_name="location__code")
    kind = AnyOf(choices=CountKind.values)
    state = AnyOf(choices=CountState.values)
    created_since = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
