"""The parts of a decision record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from orchestration.enums import AfterAction, CriterionKind, FilterKind, LocationKind, Outcome, ParkReason
from orchestration.rules.filters import Check
from orchestration.types import Criterion, Filter, Json


@dataclass(frozen=True, slots=True)
class AskedSku:
    """A SKU and how many units of it a rule was asked to place."""

    sku_id: UUID
    sku: str
    quantity: int


class Candidate(NamedTuple):
    """One location under one rule (a tuple: one is made for every location of every order).

    `checks` follow the attempt's filters; `stock` its asked SKUs (None: the source could not be trusted). `failed` is
    the position of the first filter that failed. `scores` follow the attempt's criteria, `()` for a rejected location.
    `gives` is what a chosen one serves of each asked SKU. `rank` is None for a rejected location, and for an eligible
    one beyond the first ranks.
    """

    location_id: UUID
    code: str
    name: str
    kind: LocationKind
    outcome: Outcome
    rank: int | None
    failed: int | None
    checks: tuple[Check, ...]
    stock: tuple[int | None, ...]
    source_age: int | None
    distance_km: float | None
    cost: Decimal
    scores: tuple[float | None, ...]
    gives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Locations told only together: far ones with the same first failing filter, or eligible beyond the list."""

    failed: FilterKind | None
    count: int
    nearest_km: float | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """What would have been chosen otherwise, and how much more it would have cost."""

    location_ids: tuple[UUID, ...]
    names: tuple[str, ...]
    extra_km: float | None
    extra_cost: Decimal


@dataclass(frozen=True, slots=True)
class Attempt:
    """One rule at work. `decided_by` is the criterion that set the choice apart from the runner-up.

    `alone` counts the eligible locations that could serve everything there is on their own; `extra_cost` is what
    several parcels cost beyond the cheapest of them; `after` is what became of the units left.
    """

    rule: str
    position: int
    asked: tuple[AskedSku, ...]
    filters: tuple[Filter, ...]
    ranking: tuple[Criterion, ...]
    candidates: tuple[Candidate, ...]
    crowds: tuple[Crowd, ...]
    eligible: int
    alone: int
    decided_by: CriterionKind | None
    runner_up: RunnerUp | None
    extra_cost: Decimal | None
    placed: int
    left: int
    after: AfterAction | None

    @property
    def chosen(self) -> tuple[Candidate, ...]:
        return tuple(candidate for candidate in self.candidates if candidate.outcome is Outcome.CHOSEN)


@dataclass(frozen=True, slots=True)
class Placement:
    location_id: UUID
    code: str
    name: str
    unit_group_id: UUID
    sku_id: UUID
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ParkedUnits:
    unit_group_id: UUID
    sku_id: UUID
    sku: str
    quantity: int
    reason: ParkReason
    params: Mapping[str, Json]
    action: AfterAction


@dataclass(frozen=True, slots=True)
class Shortage:
    """Stock or capacity that was gone when the plan came to reserve it.

    `sku_id` is None when the location's day was full, `available` when nobody counted what was left.
    """

    location_id: UUID
    sku_id: UUID | None
    asked: int
    available: int | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """An earlier plan of the same decision, and why it could not be carried out."""

    decided_at: datetime
    placements: tuple[Placement, ...]
    shortages: tuple[Shortage, ...]
