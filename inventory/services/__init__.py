"""Writes of the room, one verb each."""

from inventory.services.basket import release_basket, reserve_basket, reserve_baskets
from inventory.services.catalogue import (
    create_sku,
    save_location,
    save_skus,
    save_view,
    update_location,
    update_sku,
)
from inventory.services.expire import expire_reservations
from inventory.services.ledger import apply_deltas
from inventory.services.levels import move_stock, set_levels
from inventory.services.refuse import write_off
from inventory.services.reserve import reserve
from inventory.services.settle import confirm, consume, lock_levels, release, split_reservations

__all__ = [
    "apply_deltas",
    "confirm",
    "consume",
    "create_sku",
    "expire_reservations",
    "lock_levels",
    "move_stock",
    "release",
    "release_basket",
    "reserve",
    "reserve_basket",
    "reserve_baskets",
    "save_location",
    "save_skus",
    "save_view",
    "set_levels",
    "split_reservations",
    "update_location",
    "update_sku",
    "write_off",
]
