from __future__ import annotations

from typing import TYPE_CHECKING

from oms.orders.enums import UnitState
from orchestration.queries.snapshot import order_views, take_snapshot, with_confidence
from orchestration.rules.engine import plan
from orchestration.services.rounds import with_own_reservations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from orchestration.rules.decisions import Decision
    from orchestration.types import Ruleset

EVERY_STATE = tuple(state for state in UnitState if state != UnitState.CANCELLED)


def try_order(*, order_id: UUID, rulesets: Sequence[Ruleset], now: datetime) -> list[Decision]:
    """What each of the rulesets would decide for an order at this moment, whatever became of it; nothing is written.

    The same engine as live routing, on the stock of now, in which the order's own reservations count as free.
    An order whose units are all cancelled has no decision.
    """
    views = order_views([order_id], states=EVERY_STATE, now=now)
    if not views:
        return []
    seen, _holders = with_own_reservations(take_snapshot(views, now=now), views)
    seen = with_confidence(seen, views, *rulesets)
    return [plan(views, seen, ruleset)[0].decision for ruleset in rulesets]
