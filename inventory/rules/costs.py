"""What receipts make of an average cost."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FOUR_PLACES = Decimal("0.0001")


def moving_average(quantity: int, average: Decimal | None, received: int, unit_cost: Decimal) -> Decimal:
    """The cost of a unit after a receipt, or after its correction by units less than nothing; four places, half up.

    What nothing is known of costs what the receipt does. A correction that leaves no unit, or no value, changes nothing.
    """
    if average is None:
        return unit_cost.quantize(FOUR_PLACES, ROUND_HALF_UP)
    units, value = quantity + received, quantity * average + received * unit_cost
    if units <= 0 or value < 0:
        return average
    return (value / units).quantize(FOUR_PLACES, ROUND_HALF_UP)
