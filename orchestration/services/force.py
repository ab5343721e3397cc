from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import ReservationState
from inventory.queries import get_location
from inventory.services import give_up_supply, lock_levels, release, reserve
from inventory.types import Ask
from oms.events.services import record
from oms.fulfilment.services import create_fulfilments, withdraw
from oms.fulfilment.types import Work
from oms.orders.enums import UnitState
from oms.orders.errors import NotEnoughUnits
from oms.orders.queries import unit_groups
from oms.orders.services import lock_for_work, move_units
from oms.orders.types import UnitMove
from orchestration.errors import LocationCannotServe
from orchestration.events import ORDER_FORCED, SUBJECT
from orchestration.services.exclude import exclude
from orchestration.services.route import ROUTABLE, route_orders

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oms.orders.models import Order, UnitGroup
    from oms.tenancy.types import Actor
    from orchestration.types import Plan

MOVABLE = (*ROUTABLE, UnitState.ASSIGNED)


@transaction.atomic
def force_location(*, order_id: UUID, location_id: UUID, reason: str, now: datetime, actor: Actor) -> None:
    """Give all units that nobody has picked to the location a person chose, against the rules if need be.

    Raises LocationCannotServe when it has not the stock, NotEnoughUnits when no unit can be moved, NotFound.
    """
    place = get_location(location_id)
    order, groups = _take_back(order_id, now)
    holders = [group.pk for group in groups]
    give_up_supply(holder_ids=holders, now=now)
    lock_levels(places=[(group.sku_id, place.pk) for group in groups], holder_ids=holders)
    release(holder_ids=holders, now=now, state=ReservationState.RELOCATED)
    units = tuple((group.pk, group.quantity) for group in groups)
    (given,) = create_fulfilments(works=[Work(order_id, order.method, place.pk, units)], now=now, actor=actor)
    payload = {"location": str(place.pk), "reason": reason, "fulfilment": str(given.fulfilment.pk)}
    record(ORDER_FORCED, SUBJECT, order_id, payload, actor)
    asks = [Ask(each.group_id, each.sku_id, place.pk, each.quantity, 1, f"order:{order_id}") for each in given.units]
    if any(grant.reservation_id is None for grant in reserve(asks=asks, state=ReservationState.FIRM, actor=actor)):
        raise LocationCannotServe(
            _("%(location)s does not have the stock for this order.") % {"location": place.name}, location=place.code
        )


@transaction.atomic
def reroute(*, order_id: UUID, reason: str, now: datetime, actor: Actor) -> list[Plan]:
    """Take the units that nobody has picked back from their locations and route them again, elsewhere.

    Raises NotEnoughUnits when no unit can be moved.
    """
    before = {
        (group.location_id, group.sku_id) for group in unit_groups([order_id]) if group.state == UnitState.ASSIGNED
    }
    _take_back(order_id, now)
    for location_id in sorted({place for place, _sku in before if place}):
        skus = {sku for place, sku in before if place == location_id}
        exclude(order_id=order_id, location_id=location_id, sku_ids=skus, reason=reason, now=now)
    return route_orders(order_ids=[order_id], now=now, trigger="reroute", states=ROUTABLE, actor=actor)


def _take_back(order_id: UUID, now: datetime) -> tuple[Order, list[UnitGroup]]:
    locked = lock_for_work(order_ids=[order_id])
    groups = [group for group in unit_groups([order_id]) if group.state in MOVABLE]
    if not groups:
        raise NotEnoughUnits(_("Every unit of this order is on hold, picked or gone already."))
    assigned = [group for group in groups if group.state == UnitState.ASSIGNED]
    move_units(order_ids=[order_id], moves=[UnitMove(group.pk, UnitState.PENDING) for group in assigned], now=now)
    withdraw(order_ids=[order_id], now=now)
    return locked[0], groups
