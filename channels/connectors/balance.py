"""Make an order add up: the difference to the channel's total becomes a charge of its own, never a changed price."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from channels.connectors.enums import ChargeKind
from channels.connectors.types import ChannelCharge, ChannelLine

_CENT = Decimal("0.01")
_FOUR = Decimal("0.0001")


def unit_price(total: Decimal, quantity: int) -> Decimal:
    """Derived for display; the total stays the truth."""
    return (total / quantity).quantize(_FOUR, rounding=ROUND_HALF_UP) if quantity else Decimal(0)


def difference(
    lines: Sequence[ChannelLine], charges: Sequence[ChannelCharge], *, gross: Decimal, tax: Decimal
) -> ChannelCharge | None:
    """What is missing between the parts and the channel's total: a rounding of cents, or an adjustment."""
    parts: list[ChannelLine | ChannelCharge] = [*lines, *charges]
    missing_gross = gross - sum((each.total_gross for each in parts), Decimal(0))
    missing_tax = tax - sum((each.total_tax for each in parts), Decimal(0))
    if not missing_gross and not missing_tax:
        return None
    tolerance = _CENT * (len(parts) + 1)
    is_rounding = abs(missing_gross) <= tolerance and abs(missing_tax) <= tolerance
    return ChannelCharge(
        kind=ChargeKind.ROUNDING if is_rounding else ChargeKind.ADJUSTMENT,
        label="Rounding" if is_rounding else "Difference to the channel's total",
        total_net=missing_gross - missing_tax,
        total_tax=missing_tax,
        total_gross=missing_gross,
    )
