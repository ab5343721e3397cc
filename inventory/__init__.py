"""Inventory: what each tenant sells, where it is, how much there is and what of it is promised.

Owns: Sku, Location, StockLevel, StockMovement, Reservation, StockView.
Promises: levels change only in `inventory.services`, under ordered row locks, each change with its movement.
Knows nothing of: orders, channels, returns. Demand arrives as a plain holder id and reference.
"""
