"""Live routing: snapshot, plan, then write everything with the reservation last."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING

from django.db import transaction

from inventory.services import lock_levels
from oms.orders.enums import UnitState
from oms.orders.services import lock_for_work
from oms.tenancy.types import SYSTEM, Actor
from orchestration.queries.rulesets import live_ruleset
from orchestration.queries.snapshot import new_order_views, order_views, take_snapshot, with_confidence
from orchestration.rules.engine import plan
from orchestration.services.rounds import kept_rounds, with_own_reservations, without
from orchestration.services.write import ACCEPTED, Context, Short, write_plans

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import Ask
    from orchestration.types import OrderView, Plan, Snapshot

ROUNDS = 3
ROUTABLE = (UnitState.PENDING, UnitState.PARKED, UnitState.BACKORDERED)


@transaction.atomic
def route_orders(
    *,
    order_ids: Collection[UUID],
    now: datetime,
    trigger: str,
    states: Collection[str] = (UnitState.PENDING,),
    actor: Actor = SYSTEM,
) -> list[Plan]:
    """Give the waiting units of these orders to locations by the live rules, and store why.

    Plans on an unlocked snapshot and reserves last, in one statement; what was taken meanwhile is planned again without
    it, the third time on locked stock; each round is kept in the decision. Units without a location follow the rule's
    after-action. Orders without waiting units are left alone: running it again changes nothing.
    """
    lock_for_work(order_ids=order_ids)
    views = order_views(order_ids, states=states, now=now)
    if not views:
        return []
    context = Context(now=now, trigger=trigger, actor=actor)
    snapshot, context.holders = with_own_reservations(take_snapshot(views, now=now), views)
    return _route(views, snapshot, context)


@transaction.atomic(savepoint=False)
def route_accepted(*, order_ids: Collection[UUID], now: datetime, beside: Sequence[Ask]) -> None:
    """Route orders that this very transaction has accepted: nobody else knows them, and nothing is reserved for them.

    `beside` is stock for held units, reserved with the rest.
    """
    views = new_order_views(order_ids)
    context = Context(now=now, trigger=ACCEPTED, beside=beside)
    _route(views, take_snapshot(views, now=now), context)


def _route(views: list[OrderView], snapshot: Snapshot, context: Context) -> list[Plan]:
    context.version_id, ruleset = live_ruleset()
    snapshot = with_confidence(snapshot, views, ruleset)
    for number in count(1):
        if number == ROUNDS:
            snapshot = replace(_locked(snapshot, views, context), confidence=snapshot.confidence)
        began = perf_counter()
        plans = plan(views, snapshot, ruleset)
        context.milliseconds = (perf_counter() - began) * 1000 / len(views)
        try:
            with transaction.atomic():
                write_plans(plans, views, context)
        except Short as short:
            # Each round goes without a place that the one before relied on, so there is a last one.
            snapshot = without(snapshot, short.missing)
            context.earlier |= kept_rounds(plans, short.missing, context.earlier)
        else:
            break
    return plans


def _locked(before: Snapshot, views: Sequence[OrderView], context: Context) -> Snapshot:
    """The same stock, locked and read again: nobody is faster any more."""
    places = {place for place, cell in before.stock.items() if cell.available > 0}
    places |= {(sku_id, location_id) for (sku_id, location_id, _pool), units in before.fenced.items() if units > 0}
    lock_levels(places=places, holder_ids=context.holders)
    fresh = take_snapshot(views, now=context.now)
    mine = {place: cell for place, cell in fresh.stock.items() if place in places}
    fenced = {fence: units for fence, units in fresh.fenced.items() if fence[:2] in places}
    return with_own_reservations(replace(fresh, stock=mine, fenced=fenced), views)[0]
