"""What a stock view counts of the units that are to come, and who waits for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db.models import Q

from inventory.enums import SupplyState
from inventory.models import SupplyReservation
from inventory.queries.inbound import inbound_supply
from inventory.queries.members import members_of
from inventory.rules.inbound import fill
from inventory.types import Coming
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from inventory.models import StockView
    from inventory.types import Supply

# What a place has too little for its reservations and its buffer is filled before anything can be sold there.
_LACKING = """
SELECT l.sku_id, l.location_id, l.reserved + l.buffer - l.on_hand FROM inventory_stocklevel l
WHERE l.tenant_id = %(tenant)s AND l.pool = '' AND l.on_hand < l.reserved + l.buffer
  AND l.sku_id = ANY(%(skus)s::uuid[]) AND l.location_id = ANY(%(places)s::uuid[])
"""


def coming_to(
    view: StockView, sku_ids: Collection[UUID], *, without: Mapping[UUID, int] = MappingProxyType({})
) -> dict[UUID, list[Coming]]:
    """What the view counts of the units to come, by SKU, the earliest first; a day that nobody knows is within no horizon.

    `without` leaves so many promises of a line out.
    """
    members = {member.id: member for member in members_of(view)}
    if not members:
        return {}
    today = next(iter(members.values())).today
    until = None if view.horizon is None else today + timedelta(days=view.horizon)
    return _coming(inbound_supply(sku_ids=sku_ids, location_ids=members, without=without), view.supply, until, members)


def _coming(
    supply: Sequence[Supply],
    kinds: Collection[str],
    until: date | None,
    members: Mapping[UUID, tuple[UUID, str, str, date]],
) -> dict[UUID, list[Coming]]:
    by_place: defaultdict[tuple[UUID, UUID], list[Supply]] = defaultdict(list)
    for each in supply:
        by_place[each.sku_id, each.location_id].append(each)
    lacking = _lacking(by_place)
    found: defaultdict[UUID, list[Coming]] = defaultdict(list)
    for place, deliveries in by_place.items():
        # Whatever comes first fills what is lacking, be it counted by the view or not.
        filled = fill(lacking.get(place, 0), [each.free for each in deliveries])
        _id, code, name, _today = members[place[1]]
        for each, units in zip(deliveries, filled, strict=True):
            if each.kind in kinds and (until is None or (each.day is not None and each.day <= until)):
                found[place[0]].append(Coming(code, name, each, units))
    return {sku_id: sorted(coming, key=lambda each: supply.index(each.supply)) for sku_id, coming in found.items()}


def _lacking(places: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    if not places:
        return {}
    skus, locations = [sku for sku, _location in places], [location for _sku, location in places]
    found = select(_LACKING, {"skus": skus, "places": locations})
    return {(sku, location): units for sku, location, units in found}


def supply_reservations() -> QuerySet[SupplyReservation]:
    """Units to come that are kept for those who wait, with their documents, who came first first."""
    rows = SupplyReservation.objects.filter(state=SupplyState.WAITING)
    return rows.select_related("purchase_line__order", "transfer_line__transfer").order_by("rank_at", "pk")


def awaited_supply(holder_ids: Collection[UUID]) -> dict[UUID, list[Supply]]:
    """The deliveries that units to come are kept of, by holder, the earliest first, each with the units it brings them.

    Who came first is served by what comes first.
    """
    asked = set(holder_ids)
    lines = {row.line_id for row in supply_reservations().filter(holder_id__in=asked)}
    if not lines:
        return {}
    rows = list(supply_reservations().filter(Q(purchase_line_id__in=lines) | Q(transfer_line_id__in=lines)))
    parts: defaultdict[UUID, list[Supply]] = defaultdict(list)
    for each in inbound_supply(sku_ids={row.sku_id for row in rows}, location_ids={row.location_id for row in rows}):
        parts[each.line_id].append(each)
    room = {line: [each.quantity for each in parts[line]] for line in lines}
    found: defaultdict[UUID, list[Supply]] = defaultdict(list)
    for row in rows:
        taken = fill(row.quantity, room[row.line_id])
        room[row.line_id] = [left - units for left, units in zip(room[row.line_id], taken, strict=True)]
        if row.holder_id in asked:
            brought = zip(parts[row.line_id], taken, strict=True)
            found[row.holder_id] += [replace(each, quantity=units, promised=units) for each, units in brought if units]
    return {holder: sorted(each, key=lambda supply: supply.day or date.max) for holder, each in found.items()}


def skus_to_come(sku_ids: Collection[UUID]) -> set[UUID]:
    """Those of the SKUs of which some units are to come."""
    return {each.sku_id for each in inbound_supply(sku_ids=sku_ids)} if sku_ids else set()
