"""Pure decisions of the room: which moves are allowed, what an order's status is, whether amounts add up."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from oms.orders.enums import GONE
from oms.orders.enums import OrderStatus as S
from oms.orders.enums import UnitState as U

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from inventory.types import KitPart
    from oms.orders.types import NewLine

CENT = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")
ALLOWED: dict[str, frozenset[str]] = {
    U.PENDING: frozenset({U.ASSIGNED, U.HELD, U.PARKED, U.BACKORDERED, U.CANCELLED}),
    U.HELD: frozenset({U.PENDING, U.CANCELLED}),
    U.PARKED: frozenset({U.PENDING, U.ASSIGNED, U.HELD, U.BACKORDERED, U.CANCELLED}),
    U.BACKORDERED: frozenset({U.PENDING, U.ASSIGNED, U.HELD, U.PARKED, U.CANCELLED}),
    U.ASSIGNED: frozenset({U.PICKED, U.PENDING, U.HELD, U.CANCELLED}),
    U.PICKED: frozenset({U.PACKED, U.ASSIGNED, U.PENDING, U.CANCELLED}),
    U.PACKED: frozenset({U.SHIPPED, U.READY, U.PICKED, U.CANCELLED}),
    U.READY: frozenset({U.COLLECTED, U.CANCELLED}),
    U.SHIPPED: frozenset({U.DELIVERED, U.RETURNED}),
    U.DELIVERED: frozenset({U.RETURNED}),
    U.COLLECTED: frozenset({U.RETURNED}),
    U.CANCELLED: frozenset(),
    U.RETURNED: frozenset(),
}
CANCELLABLE = frozenset(state for state, after in ALLOWED.items() if U.CANCELLED in after)
HOLDABLE = frozenset({U.PENDING, U.PARKED, U.BACKORDERED, U.ASSIGNED})
WAITING = frozenset({U.PENDING, U.HELD, U.PARKED, U.BACKORDERED})
WITHOUT_STOCK = frozenset({U.PARKED, U.BACKORDERED})

# The first state that some unit is in names the order; what a person must act on comes first.
_BY_URGENCY: tuple[tuple[str, str], ...] = (
    (U.PARKED, S.UNROUTABLE),
    (U.HELD, S.HELD),
    (U.PENDING, S.TO_ROUTE),
    (U.BACKORDERED, S.BACKORDERED),
)
_BY_PROGRESS: tuple[tuple[str, str], ...] = (
    (U.PICKED, S.PICKING),
    (U.ASSIGNED, S.TO_PREPARE),
    (U.PACKED, S.PACKED),
    (U.READY, S.READY),
    (U.SHIPPED, S.SHIPPED),
    (U.DELIVERED, S.DELIVERED),
    (U.COLLECTED, S.COLLECTED),
    (U.RETURNED, S.RETURNED),
)


def may_move(before: str, after: str) -> bool:
    """Whether units may go from one state to the other."""
    return after in ALLOWED[before]


def status_of(states: Iterable[str]) -> str:
    """The order's status, from the states of its units; an order without units is cancelled."""
    present = set(states) - {U.CANCELLED}
    if not present:
        return S.CANCELLED
    for state, status in _BY_URGENCY:
        if state in present:
            return status
    if present & {U.SHIPPED, U.DELIVERED} and present - GONE:
        return S.PARTLY_SHIPPED
    return next(status for state, status in _BY_PROGRESS if state in present)


def sum_of_lines(lines: Sequence[NewLine]) -> Decimal:
    """What the lines amount to, each rounded to the cent."""
    return sum((rounded(line.unit_price * line.quantity - line.discount) for line in lines), Decimal(0))


def rounded(amount: Decimal) -> Decimal:
    """To the cent, half to even."""
    return amount.quantize(CENT)


def total_gap(
    *, lines: Sequence[NewLine], shipping: Decimal, fees: Decimal, discount: Decimal, total: Decimal
) -> Decimal:
    """How far the channel's own total is from the sum of the order's parts; zero when they agree."""
    return rounded(total - (sum_of_lines(lines) + shipping + fees - discount))


def weights_of(parts: Sequence[KitPart]) -> list[Fraction]:
    """By what a kit's price is shared over its components: what they cost on their own or, when one has no price, their units."""
    if all(part.price for part in parts):
        return [Fraction(part.price or 0) * part.quantity for part in parts]
    return [Fraction(part.quantity) for part in parts]


def shares(amount: Decimal, weights: Sequence[Fraction]) -> list[Decimal]:
    """An amount over weights, each share in whole cents and their sum the amount; the largest remainders get the odd cents."""
    cents, total = int(abs(amount) / CENT), sum(weights)
    exact = [cents * weight / total for weight in weights]
    whole = [int(each) for each in exact]
    by_remainder = sorted(range(len(weights)), key=lambda index: (whole[index] - exact[index], index))
    for index in by_remainder[: cents - sum(whole)]:
        whole[index] += 1
    return [(CENT * units).copy_sign(amount) for units in whole]


def priced(amount: Decimal, quantity: int) -> tuple[Decimal, Decimal]:
    """A unit price and a discount that make exactly this amount of so many units."""
    exact = max(amount, Decimal(0)) / quantity
    unit_price = exact.quantize(FOUR_PLACES)
    if unit_price * quantity != amount:
        unit_price = exact.quantize(CENT, ROUND_CEILING)
    return unit_price, (unit_price * quantity - amount).quantize(CENT)
