"""Everything that the page of one order is made of, read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from inventory.queries import awaited_supply, locations
from oms.events.queries import timeline
from oms.fulfilment.queries import fulfilments, parcels_of
from oms.fulfilment.queries import lines_of as work_lines_of
from oms.orders.enums import UnitState
from oms.orders.errors import OrderNotFound
from oms.orders.queries import holds_of, sold_lines, unit_groups, units_by_line
from orchestration.events import ORDER_FORCED, ORDER_ROUTED, SUBJECT
from orchestration.queries import StoredDecision, decisions_of
from orchestration.queries.board import board

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from inventory.types import Supply
    from oms.events.models import Event
    from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel
    from oms.orders.models import Hold, Order, UnitGroup
    from oms.orders.queries import SoldLine

# What people may still do with units, by the states they are in; the services are the judges, this only greys buttons.
HOLDABLE = frozenset({UnitState.PENDING, UnitState.PARKED, UnitState.BACKORDERED, UnitState.ASSIGNED})
MOVABLE = HOLDABLE
# In which units may wait for a delivery.
AWAITING = frozenset({UnitState.BACKORDERED, UnitState.HELD})
CANCELLABLE = HOLDABLE | {UnitState.HELD, UnitState.PICKED, UnitState.PACKED, UnitState.READY}


@dataclass(frozen=True)
class Dossier:
    """One order with all that belongs to it."""

    order: Order
    sold: Sequence[SoldLine]
    groups: Sequence[UnitGroup]
    works: Sequence[FulfilmentOrder]
    work_lines: dict[UUID, list[FulfilmentLine]]
    parcels: dict[UUID, list[Parcel]]
    holds: Sequence[Hold]
    events: Sequence[Event]
    decisions: Sequence[StoredDecision]
    places: dict[str, str] = field(default_factory=dict)
    awaited: dict[UUID, list[Supply]] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The number of the last event; acts say it, so that they are refused when something happened meanwhile."""
        return self.events[-1].sequence if self.events else 0

    def has(self, states: frozenset[UnitState]) -> bool:
        """Whether some unit is in one of the states."""
        return any(group.state in states for group in self.groups)

    def whole(self, sold: SoldLine, states: frozenset[UnitState]) -> int:
        """How many of what was sold are in one of these states; of a kit, whole ones."""
        return sold.whole(units_by_line(group for group in self.groups if group.state in states))

    @property
    def open_holds(self) -> list[Hold]:
        return [hold for hold in self.holds if hold.released_at is None]

    @cached_property
    def decision_of_work(self) -> dict[UUID, StoredDecision]:
        """The decision that made each work, as the event that told it says."""
        by_id = {str(decision.id): decision for decision in self.decisions}
        told = [event.payload for event in self.events if event.kind == ORDER_ROUTED]
        found = {work: by_id.get(payload["decision"]) for payload in told for work in payload.get("fulfilments", ())}
        return {work.pk: decision for work in self.works if (decision := found.get(str(work.pk))) is not None}

    @cached_property
    def forced_works(self) -> dict[str, Event]:
        """The work that a person gave to a location of their choice."""
        return {event.payload["fulfilment"]: event for event in self.events if event.kind == ORDER_FORCED}


def open_order(number: str) -> Order:
    """The order of that number, with its `due_at`. Raises OrderNotFound."""
    found = board().select_related("collect_location").filter(number=number.upper()).first()
    if found is None:
        raise OrderNotFound
    return found


def read_dossier(order: Order) -> Dossier:
    """Read all that belongs to an order, each kind of row in one query."""
    works = list(fulfilments().filter(order_id=order.pk))
    ids = [work.pk for work in works]
    work_lines: dict[UUID, list[FulfilmentLine]] = {pk: [] for pk in ids}
    for line in work_lines_of(ids):
        work_lines[line.fulfilment_id].append(line)
    parcels: dict[UUID, list[Parcel]] = {pk: [] for pk in ids}
    for parcel in parcels_of(ids):
        parcels[parcel.fulfilment_id].append(parcel)
    events = list(timeline(subject_type=SUBJECT, subject_id=order.pk))
    groups = list(unit_groups([order.pk]))
    waiting = [group.pk for group in groups if group.state in AWAITING]
    return Dossier(
        order=order,
        sold=sold_lines([order.pk]),
        groups=groups,
        works=works,
        work_lines=work_lines,
        parcels=parcels,
        holds=list(holds_of(order.pk)),
        events=events,
        decisions=decisions_of(order.pk),
        places=_places(events, works),
        awaited=awaited_supply(waiting) if waiting else {},
    )


def _places(events: Sequence[Event], works: Sequence[FulfilmentOrder]) -> dict[str, str]:
    """Names of the locations that the events speak of."""
    known = {str(work.location_id): work.location.name for work in works}
    missing = {place for event in events if (place := event.payload.get("location"))} - known.keys()
    rows = locations().filter(pk__in=missing).values_list("pk", "name") if missing else ()
    return known | {str(pk): name for pk, name in rows}
