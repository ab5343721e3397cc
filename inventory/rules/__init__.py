"""Pure decisions of the room."""

from inventory.rules.costs import moving_average
from inventory.rules.kits import available_kits, costs_of_parts, kept_as_asked, kit_cost
from inventory.rules.stock import Pool, sellable, spread_over

__all__ = [
    "Pool",
    "available_kits",
    "costs_of_parts",
    "kept_as_asked",
    "kit_cost",
    "moving_average",
    "sellable",
    "spread_over",
]
