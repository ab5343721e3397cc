"""What this room tells. The subject of each is the order; payloads carry unit group ids and quantities."""

from __future__ import annotations

from oms.events.registry import declare

SUBJECT = "order"
ORDER_ACCEPTED = declare("order.accepted", "An order was accepted, once.")
ORDER_CHANGED = declare("order.changed", "The channel changed the order's payment or content.")
ORDER_HELD = declare("order.held", "Units of an order were held, with the reason.")
ORDER_RELEASED = declare("order.released", "Held units were released and may be routed.")
UNITS_CANCELLED = declare("order.units_cancelled", "Units were cancelled, by whom and why.")
ORDER_NOTE = declare("order.note", "A person left a note.")
