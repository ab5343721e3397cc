from __future__ import annotations

from django_filters import rest_framework as filters

from oms.orders.enums import CustomerKind, Method, OrderStatus, PaymentState
from oms.rest.filters import AnyOf, Filters, Flag


class OrderFilters(Filters):
    number = AnyOf()
    external_id = AnyOf()
    channel = AnyOf(field_name="channel__code")
    status = AnyOf(choices=OrderStatus.values)
    method = AnyOf(choices=Method.values)
    kind = AnyOf(choices=CustomerKind.values)
    payment_state = AnyOf(choices=PaymentState.values)
    customer_email = filters.CharFilter()
    country = AnyOf()
    open = Flag(field_name="closed_at", lookup_expr="isnull")
    received_since = filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="gte")
    received_before = filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="lt")
    updated_since = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")
