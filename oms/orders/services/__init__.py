"""Writes of the room, one verb each."""

from oms.orders.services.accept import accept_orders
from oms.orders.services.cancel import cancel_broken_kits, cancel_units
from oms.orders.services.change import change_payment, keep_payloads
from oms.orders.services.channels import create_channel, update_channel
from oms.orders.services.hold import hold_order, note_missing_stock, release_holds
from oms.orders.services.move import move_units
from oms.orders.services.note import add_note
from oms.orders.services.work import lock_for_work

__all__ = [
    "accept_orders",
    "add_note",
    "cancel_broken_kits",
    "cancel_units",
    "change_payment",
    "create_channel",
    "hold_order",
    "keep_payloads",
    "lock_for_work",
    "move_units",
    "note_missing_stock",
    "release_holds",
    "update_channel",
]
