"""Pure decisions of the room."""

from inventory.rules.costs import moving_average
from inventory.rules.stock import Pool, sellable, spread_over

__all__ = ["Pool", "moving_average", "sellable", "spread_over"]
