"""Units that no location can serve wait for what is to come, where their channel sells that or the rules backorder them."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from inventory.enums import SupplyKind
from inventory.queries import availability, get_view
from inventory.services import promise_supply
from inventory.types import SupplyAsk
from oms.orders.queries import views_of
from orchestration.enums import AfterAction, ParkReason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.models import StockView
    from orchestration.types import OrderView, Plan, Unplaced

# Nothing but stock is lacking; for other reasons, what is to come helps only where the channel has not enough at once.
LACKING = frozenset({ParkReason.NO_STOCK, ParkReason.NOT_IN_VIEW, ParkReason.STOCK_UNKNOWN, ParkReason.STOCK_TOO_OLD})


def wait_for_supply(
    plans: Sequence[Plan],
    views: Sequence[OrderView],
    *,
    now: datetime,
    holder_ids: Collection[UUID] = (),
    kept: Mapping[UUID, int] | None = None,
) -> dict[UUID, int]:
    """Promise units to come to what the plans leave without a location, the most urgent order first; units by group.

    `kept` units of a group have arrived for it already. `holder_ids` are groups that may have waited before: they wait for
    nothing else afterwards.
    """
    orders = {view.id: view for view in views}
    unplaced = [(orders[made.order_id], units) for made in plans for units in made.parked]
    asks = _asks(unplaced, kept or {}) if unplaced else []
    if not asks and not holder_ids:
        return {}
    return promise_supply(asks=asks, holder_ids=holder_ids, now=now)


def _asks(unplaced: Sequence[tuple[OrderView, Unplaced]], kept: Mapping[UUID, int]) -> list[SupplyAsk]:
    sold_by = views_of({order.id for order, _units in unplaced})
    everywhere = get_view()
    asks = []
    for order, units in sorted(unplaced, key=lambda each: (-each[0].priority, each[0].received_at, each[0].id)):
        view = sold_by[order.id] or everywhere
        wanted = units.quantity - kept.get(units.unit_group_id, 0)
        if wanted <= 0 or not (view.supply or units.action is AfterAction.BACKORDER):
            continue
        if units.reason not in LACKING and _is_there(view, units):
            continue
        ask = SupplyAsk(
            units.unit_group_id,
            units.sku_id,
            wanted,
            _counting(view),
            order.received_at,
            f"order:{order.id}",
        )
        asks.append(ask)
    return asks


def _counting(view: StockView) -> StockView:
    """The view with what it sells of the units to come; one that sells none backorders on all that its locations get."""
    if view.supply:
        return view
    every = copy(view)
    every.supply, every.horizon = list(SupplyKind.values), None
    return every


def _is_there(view: StockView, units: Unplaced) -> bool:
    """Whether it is something else that is lacking."""
    (found,) = availability(view=view, sku_ids=[units.sku_id])
    return (found.at_once or 0) >= units.quantity
