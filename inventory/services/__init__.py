"""Writes of the room, one verb each."""

from inventory.services.catalogue import save_location, save_skus, save_view, update_location
from inventory.services.expire import expire_reservations
from inventory.services.ledger import apply_deltas
from inventory.services.levels import move_stock, set_levels
from inventory.services.refuse import write_off
from inventory.services.reserve import reserve, reserve_basket
from inventory.services.settle import confirm, consume, release, release_reference, split_reservation

__all__ = [
    "apply_deltas",
    "confirm",
    "consume",
    "expire_reservations",
    "move_stock",
    "release",
    "release_reference",
    "reserve",
    "reserve_basket",
    "save_location",
    "save_skus",
    "save_view",
    "set_levels",
    "split_reservation",
    "update_location",
    "write_off",
]
