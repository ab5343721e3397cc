"""What goes into the sourcing engine and what comes out of it: plain, frozen values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from orchestration.enums import (
    AfterAction,
    CriterionKind,
    CustomerKind,
    FilterKind,
    LocationKind,
    Method,
    ParkReason,
)

if TYPE_CHECKING:
    from orchestration.rules.decisions import Decision

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
ParamValue = int | Decimal | str | tuple[str, ...]

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class LineView:
    """The units of one order line that want a location."""

    unit_group_id: UUID
    order_line_id: UUID
    sku_id: UUID
    sku: str
    quantity: int
    category: str = ""
    brand: str = ""
    weight_g: int = 0


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A location that must not be asked again until `until` (for ever when None).

    `sku_ids` None excludes it for the whole order, else for these SKUs only.
    """

    reason: str
    until: datetime | None = None
    sku_ids: frozenset[UUID] | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A location gave an order's units of these SKUs back, or did not answer."""

    order_id: UUID
    location_id: UUID
    sku_ids: frozenset[UUID]
    reason: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order as the rules see it. A higher `priority` is served first.

    `view_id` is the stock view that its channel sells from; None is all there is. `pool` names the ring-fence that it may use
    before the common stock; '' is none.
    """

    id: UUID
    number: str
    received_at: datetime
    priority: int
    channel: str
    channel_family: str
    customer_kind: CustomerKind
    method: Method
    country: str
    postcode: str
    latitude: float | None
    longitude: float | None
    collect_location_id: UUID | None
    amount: Decimal
    currency: str
    tags: frozenset[str]
    lines: tuple[LineView, ...]
    promised_at: datetime | None = None
    excluded: Mapping[UUID, Exclusion] = field(default_factory=dict)
    view_id: UUID | None = None
    pool: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """Opening minutes of one day, `0 <= opens < closes <= 1440`."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_PER_DAY:
            msg = f"An opening slot must run forward within one day, not from minute {self.opens} to {self.closes}."
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Closure:
    """Days off, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """A week of opening slots, Monday first, in the location's own time zone."""

    time_zone: str
    week: tuple[tuple[Slot, ...], ...]
    closures: tuple[Closure, ...] = ()


@dataclass(frozen=True, slots=True)
class LocationView:
    """One location as the rules see it. `priority` is a rank: 1 is asked before 2.

    `daily_capacity` counts the orders it can prepare today, `capacity_used` those it already has.
    `parcel_cost` is in the snapshot's currency.
    """

    id: UUID
    code: str
    name: str
    kind: LocationKind
    country: str
    postcode: str
    latitude: float | None
    longitude: float | None
    priority: int
    groups: frozenset[str]
    legal_entity: str
    ships: bool
    collects: bool
    active: bool
    opening: OpeningHours
    daily_capacity: int | None
    capacity_used: int
    parcel_cost: Decimal


class StockCell(NamedTuple):
    """One SKU at one location (a tuple: a snapshot has thousands). `available` is already on hand - reserved - buffer.

    `known` is False when the source is too old or in error: the number is then never used.
    """

    available: int
    on_hand: int = 0
    reserved: int = 0
    buffer: int = 0
    as_of: datetime | None = None
    known: bool = True


class NarrowView(NamedTuple):
    """A stock view that has these locations only."""

    name: str
    location_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The network at one instant. A missing stock cell means that the location never held the SKU.

    `confidence` tells, in percent, how likely the stock of a (SKU, location) is right; only rulesets that ask have it.
    `stock` is the common stock by (SKU, location); `fenced` is what ring-fences can give beside it, by (SKU, location, pool).
    `views` are the orders' stock views by id, without those that have every location.
    """

    locations: tuple[LocationView, ...]
    stock: Mapping[tuple[UUID, UUID], StockCell]
    now: datetime
    currency: str
    fenced: Mapping[tuple[UUID, UUID, str], int] = field(default_factory=dict)
    confidence: Mapping[tuple[UUID, UUID], float] = field(default_factory=dict)
    views: Mapping[UUID, NarrowView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every condition is; an empty one is always true."""

    items: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    items: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    item: "Condition"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against a value; `every_line` matters for `line.*` fields only."""

    field: str
    op: str
    value: "ConditionValue"
    every_line: bool = False


ConditionValue = str | Decimal | datetime | tuple[str, ...] | tuple[Decimal, Decimal] | tuple[datetime, datetime]
Condition = AllOf | AnyOf | Not | Comparison


@dataclass(frozen=True, slots=True)
class Filter:
    """A hard filter with its parameters, e.g. `max_distance` with `km`."""

    kind: FilterKind
    params: Mapping[str, ParamValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A ranking criterion; candidates within `tolerance` of the best one are equal on it."""

    by: CriterionKind
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class SplitPolicy:
    """How far one order may be spread.

    `max_parcels` counts the locations of one decision (1 = never split); units that were left or given back, and are
    decided again, may add more. `divide_lines` lets one SKU's quantity come from several locations. `place_part`
    places what it can and leaves the rest; without it, all or nothing.
    `max_extra_cost` bounds what the parcels cost beyond the cheapest one of them.
    """

    max_parcels: int = 1
    divide_lines: bool = False
    place_part: bool = False
    max_extra_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    when: Condition
    filters: tuple[Filter, ...]
    ranking: tuple[Criterion, ...]
    split: SplitPolicy
    after: AfterAction


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Ordered rules, for the orders that `when` accepts; clocks in `when` are read in `time_zone`."""

    name: str
    version: int
    rules: tuple[Rule, ...]
    when: Condition = field(default_factory=AllOf)
    time_zone: str = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Units of a group given to a location; `fenced` of them come from the order's ring-fence there."""

    location_id: UUID
    unit_group_id: UUID
    sku_id: UUID
    quantity: int
    fenced: int = 0


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Units without a location, why, and what the ruleset wants done with them (never NEXT_RULE)."""

    unit_group_id: UUID
    sku_id: UUID
    quantity: int
    reason: ParkReason
    params: Mapping[str, Json]
    action: AfterAction


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the units of one order go. The decision is worked out when it is first read."""

    order_id: UUID
    assignments: tuple[Assignment, ...]
    parked: tuple[Unplaced, ...]
    explain: "Callable[[], Decision]" = field(repr=False, compare=False)

    @property
    def decision(self) -> "Decision":
        """Everything the engine saw and weighed for this order."""
        return self.explain()
