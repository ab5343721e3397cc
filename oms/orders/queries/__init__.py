"""Reads of the room."""

from oms.orders.queries.detail import LineDetail, OrderDetail, order_detail
from oms.orders.queries.orders import (
    UnitsToRoute,
    channels,
    channels_by_code,
    get_channel,
    get_order,
    groups_by_id,
    holds_of,
    known_orders,
    open_units_of_channel,
    orders,
    orders_to_route,
    orders_waiting_for,
    payloads_of,
    summaries,
    unit_groups,
    units_to_route,
    views_of,
)
from oms.orders.queries.sold import SoldLine, sold_lines, units_by_line

__all__ = [
    "LineDetail",
    "OrderDetail",
    "SoldLine",
    "UnitsToRoute",
    "channels",
    "channels_by_code",
    "get_channel",
    "get_order",
    "groups_by_id",
    "holds_of",
    "known_orders",
    "open_units_of_channel",
    "order_detail",
    "orders",
    "orders_to_route",
    "orders_waiting_for",
    "payloads_of",
    "sold_lines",
    "summaries",
    "unit_groups",
    "units_by_line",
    "units_to_route",
    "views_of",
]
