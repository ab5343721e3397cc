from __future__ import annotations

from django_filters import rest_framework as filters

from oms.fulfilment.enums import FulfilmentState
from oms.orders.enums import Method
from oms.rest.filters import AnyOf, Filters, Flag


class FulfilmentFilters(Filters):
    number = AnyOf()
    order = filters.UUIDFilter(field_name="order_id")
    order_number = AnyOf(field_name="order__number")
    location = AnyOf(field_name="location__code")
    state = AnyOf(choices=FulfilmentState.values)
    method = AnyOf(choices=Method.values)
    open = Flag(field_name="closed_at", lookup_expr="isnull")
    created_since = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
