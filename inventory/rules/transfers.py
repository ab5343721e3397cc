"""Where stock should be, by days of cover.

For each SKU and location, over a window of `window` days:

    velocity  = units sold in the window / window                       (dispatches to customers and store sales)
    cover     = (available + inbound) / velocity                        in days; endless where nothing was sold
    need      = ceil(target x velocity) - available - inbound           when above zero: a receiver
    surplus   = available - ceil(keep x velocity)                       when above zero: a donor

`available` is on hand less reserved less buffer; `inbound` is what open purchase orders and transfers bring. `keep` is never
under `target`, so that no donor becomes a receiver by giving, and a location with an order on its way gives nothing away
that it will need. The receiver with the fewest days of cover is served first, by the donor with the most; of donors
that cover equally long the one with the larger surplus. Ties go by id. A proposal moves min(need, surplus), and none
moves fewer than `least` units.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Policy:
    """How much cover locations should have, in days, and what is not worth a move."""

    window: int = 28
    target: int = 14
    keep: int = 28
    least: int = 1

    @property
    def kept(self) -> int:
        """Days of cover that a donor keeps."""
        return max(self.keep, self.target)


@dataclass(frozen=True, slots=True)
class Cell:
    """One SKU at one location, as the formula reads it. `gives` and `takes` say which side it may be on."""

    sku_id: UUID
    location_id: UUID
    available: int
    inbound: int
    sold: int
    gives: bool = True
    takes: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """Units that should move, with what the formula saw on both sides."""

    sku_id: UUID
    source: Cell
    destination: Cell
    quantity: int
    need: int
    surplus: int


def velocity(cell: Cell, policy: Policy) -> float:
    """Units sold a day."""
    return cell.sold / policy.window


def cover(cell: Cell, policy: Policy) -> float:
    """Days that what is there and what comes will last."""
    sold = velocity(cell, policy)
    return (cell.available + cell.inbound) / sold if sold else inf


def _units_of(days: int, cell: Cell, policy: Policy) -> int:
    """Units that so many days sell, rounded up."""
    return -(-days * cell.sold // policy.window)


def need(cell: Cell, policy: Policy) -> int:
    """Units that the location lacks."""
    wanted = _units_of(policy.target, cell, policy)
    return max(wanted - cell.available - cell.inbound, 0) if cell.takes else 0


def surplus(cell: Cell, policy: Policy) -> int:
    """Units that the location can give."""
    kept = _units_of(policy.kept, cell, policy)
    return max(cell.available - kept, 0) if cell.gives else 0


def propose(cells: Iterable[Cell], policy: Policy) -> list[Proposal]:
    """What should move where, by SKU; see the formula above."""
    ordered = sorted(cells, key=lambda cell: (cell.sku_id, cell.location_id))
    return [
        proposal
        for _sku, group in groupby(ordered, key=lambda cell: cell.sku_id)
        for proposal in _propose_one(list(group), policy)
    ]


def _propose_one(cells: Sequence[Cell], policy: Policy) -> Iterator[Proposal]:
    givers = [cell for cell in cells if surplus(cell, policy)]
    givers.sort(key=lambda cell: (-cover(cell, policy), -surplus(cell, policy), cell.location_id))
    left = {giver.location_id: surplus(giver, policy) for giver in givers}
    takers = [cell for cell in cells if need(cell, policy)]
    for taker in sorted(takers, key=lambda cell: (cover(cell, policy), cell.location_id)):
        wanted = need(taker, policy)
        for giver in givers:
            units = min(wanted, left[giver.location_id])
            if units and units >= policy.least:
                yield Proposal(taker.sku_id, giver, taker, units, need(taker, policy), surplus(giver, policy))
                left[giver.location_id] -= units
                wanted -= units
