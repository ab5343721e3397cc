"""What planning remembers of an order, so that the plan can be explained later without planning again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from orchestration.enums import AfterAction, ParkReason
from orchestration.rules.compiled import CompiledRule
from orchestration.rules.network import Network
from orchestration.rules.split import Quantities
from orchestration.types import Assignment, LineView, OrderView, Ruleset, Unplaced

# What each location, by its position, serves of each ask.
Allocation = Mapping[int, Quantities]


@dataclass(slots=True)
class Wanting:
    """An order line and how many of its units have no location yet."""

    line: LineView
    quantity: int


@dataclass(slots=True)
class Ask:
    """What an order still wants of one SKU."""

    sku_id: UUID
    sku: str
    quantity: int


@dataclass(slots=True)
class Choice:
    """Who serves what, the next best set when several locations were combined, and what stood in the way."""

    shares: Allocation
    rival: Allocation | None = None
    obstacle: ParkReason | None = None


@dataclass(slots=True)
class Trial:
    """A rule, what it was asked, what it saw (stock and capacity then), and what it chose.

    `taken` are the locations that earlier rules gave the order: its place in their day is counted already.
    """

    rule: CompiledRule
    order: OrderView
    asks: tuple[Ask, ...]
    stock: tuple[list[int], ...]
    usable: Sequence[list[int]]
    used: list[int]
    taken: frozenset[int]
    distances: Mapping[int, float]
    choice: Choice


@dataclass(slots=True)
class Story:
    """How one order was planned."""

    order: OrderView
    network: Network
    ruleset: Ruleset | None = None
    trials: list[Trial] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    parked: tuple[Unplaced, ...] = ()
    action: AfterAction = AfterAction.PARK
