"""Pure decisions of the room."""

from inventory.rules.stock import Pool, sellable, spread_over

__all__ = ["Pool", "sellable", "spread_over"]
