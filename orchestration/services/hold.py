from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from inventory.enums import ReservationState
from inventory.services import reserve
from inventory.types import Ask
from oms.orders.enums import UnitState
from oms.orders.services import note_missing_stock
from orchestration.queries.rulesets import live_ruleset
from orchestration.queries.snapshot import order_views, take_snapshot, with_confidence
from orchestration.rules.engine import plan
from orchestration.services.supply import wait_for_supply

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID


def tentative_asks(*, order_ids: Collection[UUID], now: datetime) -> list[Ask]:
    """Stock for held units at the location they would go to now, to be decided again at release.

    Units that would go nowhere stay held without stock, and say so; they wait for what is to come, if it may be sold.
    """
    views = order_views(order_ids, states=[UnitState.HELD], now=now)
    if not views:
        return []
    snapshot = take_snapshot(views, now=now)
    _version, ruleset = live_ruleset()
    plans = plan(views, with_confidence(snapshot, views, ruleset), ruleset)
    wait_for_supply(plans, views, now=now)
    note_missing_stock(group_ids={units.unit_group_id for made in plans for units in made.parked})
    pools = {view.id: view.pool for view in views}
    wanted = [(made.order_id, each) for made in plans for each in made.assignments]
    return [
        Ask(each.unit_group_id, each.sku_id, each.location_id, units, index, f"order:{order_id}", pool)
        for index, (order_id, each) in enumerate(wanted)
        for pool, units in ((pools[order_id], each.fenced), ("", each.quantity - each.fenced))
        if units
    ]


@transaction.atomic(savepoint=False)
def reserve_held(*, asks: Sequence[Ask]) -> None:
    """Keep stock for held units, as far as it is there; those that get none say so."""
    if not asks:
        return
    grants = reserve(asks=asks, state=ReservationState.HARD)
    note_missing_stock(group_ids={grant.ask.holder_id for grant in grants if grant.reservation_id is None})
