"""Carry plans out: work, parked units, decisions and events first, the reservation last."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection

from inventory.enums import ReservationState
from inventory.queries import reserved_for
from inventory.services import lock_levels, lock_supply, release, reserve
from inventory.types import Ask
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.fulfilment.services import create_fulfilments
from oms.fulfilment.types import Work
from oms.orders.enums import UnitState
from oms.orders.queries import groups_by_id, unit_groups
from oms.orders.services import cancel_units, move_units
from oms.orders.types import UnitMove
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor
from orchestration.enums import AfterAction
from orchestration.events import ORDER_PARKED, ORDER_ROUTED, SUBJECT
from orchestration.services.hold import reserve_held
from orchestration.services.supply import wait_for_supply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.fulfilment.types import Given
    from orchestration.rules.records import Round
    from orchestration.types import OrderView, Plan, Unplaced

# Decisions are large: as one JSON document they are neither escaped nor parsed twice on the way.
_KEEP = """
INSERT INTO orchestration_routingdecision (id, tenant_id, order_id, ruleset_id, trigger, decided_at, duration_ms, placed, parked, document)
SELECT a.id, %s, a.order_id, %s, %s, %s, a.duration_ms, a.placed, a.parked, a.document
FROM jsonb_to_recordset(%s::jsonb) AS a(id uuid, order_id uuid, duration_ms float, placed int, parked int, document jsonb)
"""
# A second try that changes nothing is not worth a line in the order's history.
RETRIES = frozenset({"stock.changed", "sweep"})
# Nobody knows these orders yet, so their units can wait for nothing.
ACCEPTED = "order.accepted"
BACKORDERED = UnitState.BACKORDERED
AFTERWARDS = {AfterAction.PARK: UnitState.PARKED, AfterAction.BACKORDER: BACKORDERED}


class Short(Exception):
    """Somebody else took these units between the snapshot and the reservation."""

    def __init__(self, missing: Sequence[Ask]) -> None:
        super().__init__(len(missing))
        self.missing = missing


@dataclass(slots=True)
class Context:
    """What one routing run carries along.

    `holders` are units that had stock before and give it back first, `beside` is stock for held units.
    """

    now: datetime
    trigger: str
    actor: Actor = SYSTEM
    version_id: UUID | None = None
    holders: frozenset[UUID] = frozenset()
    milliseconds: float = 0.0
    earlier: dict[UUID, tuple[Round, ...]] = field(default_factory=dict)
    beside: Sequence[Ask] = ()


def write_plans(plans: Sequence[Plan], views: Sequence[OrderView], context: Context) -> None:
    """Write everything that the plans say. Raises Short, having changed nothing, when stock was taken meanwhile."""
    unplaced = {units.sku_id for made in plans for units in made.parked}
    waited = set() if context.trigger == ACCEPTED else {line.unit_group_id for view in views for line in view.lines}
    lock_supply(sku_ids=unplaced, holder_ids=waited)
    kept = _kept(plans, context)
    if context.holders:
        places = [(each.sku_id, each.location_id) for made in plans for each in made.assignments]
        lock_levels(places=places, holder_ids=context.holders)
        release(holder_ids=context.holders - kept.keys(), now=context.now, state=ReservationState.RELOCATED)
    given = create_fulfilments(works=_works(plans, views), now=context.now, actor=context.actor)
    if waited:
        waited |= {units.group_id for work in given for units in work.units}
    waiting = wait_for_supply(plans, views, now=context.now, holder_ids=waited, kept=kept)
    changed = _park(plans, views, context, Counter(waiting) + Counter(kept))
    _keep_decisions(plans, given, changed, context)
    asks = _asks(plans, views, given)
    if context.beside:
        lock_levels(places=[(ask.sku_id, ask.location_id) for ask in (*asks, *context.beside)])
    grants = reserve(asks=asks, state=ReservationState.FIRM)
    missing = [grant.ask for grant in grants if grant.reservation_id is None]
    if missing:
        raise Short(missing)
    reserve_held(asks=context.beside)


def _kept(plans: Sequence[Plan], context: Context) -> dict[UUID, int]:
    """What has arrived for backordered units that still go nowhere; nobody else gets it."""
    placed = {each.unit_group_id for made in plans for each in made.assignments}
    idle = groups_by_id(context.holders - placed) if context.holders else ()
    return reserved_for([group.pk for group in idle if group.state == UnitState.BACKORDERED])


def _asks(plans: Sequence[Plan], views: Sequence[OrderView], given: Sequence[Given]) -> list[Ask]:
    """The stock of what was given out: an order's ring-fenced units as planned, the rest from the common stock."""
    pools = {view.id: view.pool for view in views}
    fenced: dict[tuple[UUID, UUID, UUID], int] = {}
    for made in plans:
        for planned in made.assignments:
            if planned.fenced:
                key = (made.order_id, planned.location_id, planned.sku_id)
                fenced[key] = fenced.get(key, 0) + planned.fenced
    asks = []
    shares = [(work, units) for work in given for units in work.units]
    for index, (work, units) in enumerate(shares):
        order_id, place = work.fulfilment.order_id, work.fulfilment.location_id
        inside = min(units.quantity, fenced.get((order_id, place, units.sku_id), 0))
        if inside:
            fenced[order_id, place, units.sku_id] -= inside
        for pool, quantity in ((pools[order_id], inside), ("", units.quantity - inside)):
            if quantity:
                asks.append(Ask(units.group_id, units.sku_id, place, quantity, index, f"order:{order_id}", pool))
    return asks


def _works(plans: Sequence[Plan], views: Sequence[OrderView]) -> list[Work]:
    methods = {view.id: view.method.value for view in views}
    works = []
    for made in plans:
        by_place: dict[UUID, list[tuple[UUID, int]]] = {}
        for each in made.assignments:
            by_place.setdefault(each.location_id, []).append((each.unit_group_id, each.quantity))
        works += [Work(made.order_id, methods[made.order_id], place, tuple(units)) for place, units in by_place.items()]
    return works


def _park(
    plans: Sequence[Plan], views: Sequence[OrderView], context: Context, waiting: Mapping[UUID, int]
) -> set[UUID]:
    """What is left of each group after its assignments waits for its supply, the rest follows the rule's after-action.

    The orders that this changes.
    """
    unplaced = [(made.order_id, units) for made in plans for units in made.parked]
    if not unplaced:
        return set()
    order_ids = {order_id for order_id, _units in unplaced}
    states = {group.pk: group.state for group in unit_groups(order_ids)}
    moves: list[UnitMove] = []
    changed, cancelled = set(), []
    for order_id, units in unplaced:
        rest = units.quantity - waiting.get(units.unit_group_id, 0)
        moved = _moves(units, rest, states[units.unit_group_id])
        moves += moved
        if rest and units.action is AfterAction.CANCEL:
            cancelled.append((order_id, replace(units, quantity=rest)))
        if moved or (rest and units.action is AfterAction.CANCEL):
            changed.add(order_id)
    move_units(order_ids=order_ids, moves=moves, now=context.now)
    lines = {line.unit_group_id: line.order_line_id for view in views for line in view.lines}
    for order_id, units in cancelled:
        cancel_units(
            order_id=order_id,
            quantities={lines[units.unit_group_id]: units.quantity},
            reason=units.reason.value,
            now=context.now,
            actor=context.actor,
        )
    return changed


def _moves(units: Unplaced, rest: int, before: str) -> list[UnitMove]:
    """Units that wait for their supply are backordered, whatever the rule says of units that nothing is to come for."""
    group_id, reason = units.unit_group_id, units.reason.value
    target = BACKORDERED if not rest else AFTERWARDS.get(units.action, UnitState.PENDING)
    if 0 < rest < units.quantity and target != BACKORDERED:
        # The rest leaves the group, so that what waits for its supply keeps its holder; what is cancelled is parked till then.
        back = [] if before == BACKORDERED else [UnitMove(group_id, BACKORDERED, reason=reason)]
        return [*back, UnitMove(group_id, UnitState.PARKED, quantity=rest, reason=reason)]
    if target in {before, UnitState.PENDING}:
        return []
    return [UnitMove(group_id, target, reason=reason)]


def _keep_decisions(plans: Sequence[Plan], given: Sequence[Given], changed: set[UUID], context: Context) -> None:
    kept = [made for made in plans if made.assignments or made.order_id in changed or context.trigger not in RETRIES]
    rows = [_row(made, context) for made in kept]
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP, [current_tenant_id(), context.version_id, context.trigger, context.now, orjson.dumps(rows).decode()]
        )
    works: dict[UUID, list[str]] = {}
    for each in given:
        works.setdefault(each.fulfilment.order_id, []).append(str(each.fulfilment.pk))
    events = []
    for made, row in zip(kept, rows, strict=True):
        payload = {"decision": row["id"], "trigger": context.trigger, "placed": row["placed"], "parked": row["parked"]}
        if made.assignments:
            events.append(
                NewEvent(
                    ORDER_ROUTED,
                    SUBJECT,
                    made.order_id,
                    {**payload, "fulfilments": works[made.order_id]},
                    context.actor,
                )
            )
        if made.parked:
            reasons = sorted({units.reason.value for units in made.parked})
            events.append(
                NewEvent(ORDER_PARKED, SUBJECT, made.order_id, {**payload, "reasons": reasons}, context.actor)
            )
    record_many(events)


def _row(made: Plan, context: Context) -> dict[str, Any]:
    decision = made.decision
    rounds = context.earlier.get(made.order_id, ())
    return {
        "id": new_id(),
        "order_id": made.order_id,
        "duration_ms": round(context.milliseconds, 3),
        "placed": sum(each.quantity for each in made.assignments),
        "parked": sum(units.quantity for units in made.parked),
        "document": orjson.Fragment((replace(decision, rounds=rounds) if rounds else decision).to_record()),
    }
