"""What this room tells. The subject of a stock event is the batch; `skus` lists the SKU ids whose stock changed, `freed` those
of which more can be sold somewhere than before.
"""

from __future__ import annotations

from oms.events.registry import declare

STOCK_CHANGED = declare("stock.changed", "Levels of some SKUs changed; the payload lists the SKU ids.")
SKUS_CHANGED = declare("sku.changed", "SKUs were created or changed; the payload lists their ids.")
VIEW_CHANGED = declare(
    "stock_view.changed", "A stock view was created or changed; what its channels may sell changes with it."
)
STOCK_SHORT = declare(
    "stock.short", "Some levels fell under what is reserved of them; the payload lists the ids of the levels."
)
RESERVATION_LOST = declare("reservation.lost", "A basket gave its units up: they were found not to be there.")
RESERVATION_EXPIRED = declare("reservation.expired", "A basket's reservation ran out.")
STOCK_RECEIVED = declare(
    "stock.received", "Units of a purchase order came in; the payload lists the receipts, which keep what they cost."
)
PURCHASE_CHANGED = declare("purchase_order.changed", "A purchase order took another state; the payload names it.")
PURCHASE_RESCHEDULED = declare(
    "purchase_order.rescheduled",
    "A purchase order or lines of it are expected on other days; the payload has the day before and after of each.",
)
TRANSFER_CHANGED = declare("transfer.changed", "A transfer took another state; the payload names it.")
COUNT_CHANGED = declare("count.changed", "A count took another state; the payload names it.")
CONFIDENCE_CHANGED = declare(
    "confidence.changed",
    "Picks, refusals or counts showed whether the stock of some SKUs is right; the payload lists the SKU ids.",
)
COST_CHANGED = declare("cost.changed", "Receipts moved the average cost of some SKUs; the payload lists the SKU ids.")
IMPORT_FINISHED = declare(
    "import.finished", "A file of stock, SKUs or locations was applied; the payload counts its rows."
)
IMPORT_WAITING = declare("import.waiting", "A file differs too much from the one before it, and waits for a person.")
SUPPLY_SETTLED = declare(
    "supply.settled",
    "Units to come that were promised have arrived, or will not come; the payload lists who waited for them.",
)
