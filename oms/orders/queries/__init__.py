"""Reads of the room."""

from oms.orders.queries.orders import (
    channels,
    get_channel,
    get_order,
    holds_of,
    known_orders,
    lines_of,
    orders,
    orders_to_route,
    orders_waiting_for,
    payloads_of,
    unit_groups,
    units_to_route,
)

__all__ = [
    "channels",
    "get_channel",
    "get_order",
    "holds_of",
    "known_orders",
    "lines_of",
    "orders",
    "orders_to_route",
    "orders_waiting_for",
    "payloads_of",
    "unit_groups",
    "units_to_route",
]
