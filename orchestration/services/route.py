"""Live routing: snapshot, plan, then write everything with the reservation last."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from django.db import transaction

from oms.orders.enums import UnitState
from oms.orders.services import lock_for_work
from oms.tenancy.types import SYSTEM, Actor
from orchestration.queries.rulesets import live_ruleset
from orchestration.queries.snapshot import order_views, take_snapshot
from orchestration.rules.engine import plan
from orchestration.services.rounds import kept_rounds, with_own_reservations, without
from orchestration.services.write import Context, Short, write_plans

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

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
    it, at most three rounds, each kept in the decision. Units without a location follow the rule's after-action.
    Orders without waiting units are left alone: running it again changes nothing.
    """
    lock_for_work(order_ids=order_ids)
    views = order_views(order_ids, states=states, now=now)
    if not views:
        return []
    snapshot = take_snapshot(
        {line.sku_id for view in views for line in view.lines}, now=now, currency=views[0].currency
    )
    return _route(views, snapshot, Context(now=now, trigger=trigger, actor=actor))


def _route(views: list[OrderView], snapshot: Snapshot, context: Context) -> list[Plan]:
    context.version_id, ruleset = live_ruleset()
    snapshot, context.holders = with_own_reservations(snapshot, views)
    for _round in range(ROUNDS):
        began = perf_counter()
        plans = plan(views, snapshot, ruleset)
        context.milliseconds = (perf_counter() - began) * 1000 / len(views)
        try:
            with transaction.atomic():
                write_plans(plans, views, context)
        except Short as short:
            snapshot = without(snapshot, short.missing)
            context.earlier |= kept_rounds(plans, short.missing, context.earlier)
        else:
            return plans
    return _one_by_one(views, snapshot, context)


def _one_by_one(views: list[OrderView], snapshot: Snapshot, context: Context) -> list[Plan]:
    """Three rounds were not enough: a batch goes order by order, and a single order is left without stock."""
    if len(views) > 1:
        return [made for view in views for made in _route([view], snapshot, context.fresh())]
    _version, ruleset = live_ruleset()
    plans = plan(views, without(snapshot, None), ruleset)
    write_plans(plans, views, context)
    return plans
