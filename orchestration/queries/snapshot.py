"""From rows to what the engine sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson
from django.db.models import Count

from inventory.geo.postcodes import locate
from inventory.queries import PlaceRow, active_places, confidences, fenced_units, narrow_views, stock_cells
from oms.fulfilment.queries import fulfilments
from oms.orders.enums import UnitState
from oms.orders.queries import units_to_route
from orchestration.enums import CustomerKind, LocationKind, Method
from orchestration.models import Exclusion
from orchestration.rules.opening import DAYS, always_open, opening_hours
from orchestration.rules.rulesets import weighs_confidence
from orchestration.types import Exclusion as ExclusionView
from orchestration.types import LineView, LocationView, NarrowView, OrderView, Snapshot, StockCell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from oms.orders.queries import UnitsToRoute
    from orchestration.types import OpeningHours, Ruleset


def order_views(order_ids: Iterable[UUID], *, states: Collection[str], now: datetime) -> list[OrderView]:
    """The units of these orders that are in one of the states, as the engine sees them; orders without any are left out."""
    by_order = _units_by_order(order_ids, states)
    excluded = _exclusions(by_order, now)
    return [_order_view(units, excluded.get(order_id, {})) for order_id, units in by_order.items()]


def new_order_views(order_ids: Iterable[UUID]) -> list[OrderView]:
    """Orders that nobody has routed yet: no location can have refused them."""
    return [_order_view(units, {}) for units in _units_by_order(order_ids, [UnitState.PENDING]).values()]


def _units_by_order(order_ids: Iterable[UUID], states: Collection[str]) -> dict[UUID, list[UnitsToRoute]]:
    by_order: dict[UUID, list[UnitsToRoute]] = {}
    for units in units_to_route(order_ids, states):
        by_order.setdefault(units.order_id, []).append(units)
    return by_order


def _exclusions(order_ids: Collection[UUID], now: datetime) -> dict[UUID, dict[UUID, ExclusionView]]:
    found: dict[UUID, dict[UUID, ExclusionView]] = {}
    for row in Exclusion.objects.filter(order_id__in=list(order_ids), until__gt=now).order_by("since", "pk"):
        mine = found.setdefault(row.order_id, {})
        before = mine.get(row.location_id)
        skus = frozenset(row.sku_ids) | (before.sku_ids or frozenset() if before else frozenset())
        mine[row.location_id] = ExclusionView(row.reason, row.until, skus, row.since)
    return found


def _order_view(units: list[UnitsToRoute], excluded: Mapping[UUID, ExclusionView]) -> OrderView:
    order = units[0]
    point = locate(order.country or "FR", order.postcode) if order.postcode else None
    return OrderView(
        id=order.order_id,
        number=order.number,
        received_at=order.received_at,
        priority=order.priority,
        channel=order.channel,
        channel_family=order.channel_family,
        customer_kind=CustomerKind(order.kind),
        method=Method(order.method),
        country=order.country,
        postcode=order.postcode,
        latitude=point.latitude if point else None,
        longitude=point.longitude if point else None,
        collect_location_id=order.collect_location_id,
        amount=order.total,
        currency=order.currency,
        tags=frozenset(order.tags),
        lines=tuple(
            LineView(
                each.group_id,
                each.line_id,
                each.sku_id,
                each.sku,
                each.quantity,
                each.category,
                each.brand,
                each.weight_g,
            )
            for each in units
        ),
        promised_at=order.promised_at,
        excluded=excluded,
        view_id=order.view_id,
        pool=order.pool,
    )


def take_snapshot(views: Sequence[OrderView], *, now: datetime) -> Snapshot:
    """What one or more orders may be served from: the network and its stock of their SKUs, read without a lock."""
    sku_ids = {line.sku_id for view in views for line in view.lines}
    places = active_places()
    used = _capacity_used(places, now)
    stock = {row[:2]: StockCell._make(row[2:]) for row in stock_cells(sku_ids)}
    seen = [(_location_view(place), used.get(place.id, 0)) for place in places]
    return Snapshot(
        tuple(replace(view, capacity_used=count) if count else view for view, count in seen),
        stock,
        now,
        views[0].currency,
        fenced_units(sku_ids, {view.pool for view in views if view.pool}),
        views={
            view_id: NarrowView._make(found)
            for view_id, found in narrow_views({view.view_id for view in views if view.view_id}).items()
        },
    )


def with_confidence(snapshot: Snapshot, views: Iterable[OrderView], *rulesets: Ruleset) -> Snapshot:
    """The snapshot with how sure the stock of these orders is, where a ruleset looks at it."""
    if not any(map(weighs_confidence, rulesets)):
        return snapshot
    found = confidences({line.sku_id for view in views for line in view.lines}, now=snapshot.now)
    return replace(snapshot, confidence={place: round(100 * share, 1) for place, share in found.items()})


def _capacity_used(places: list[PlaceRow], now: datetime) -> dict[UUID, int]:
    limited = [place.id for place in places if place.daily_capacity is not None]
    if not limited:
        return {}
    midnight = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
    rows = (
        fulfilments(limited)
        .filter(created_at__gte=midnight)
        .order_by()
        .values("location_id")
        .annotate(count=Count("pk"))
    )
    return {row["location_id"]: row["count"] for row in rows}


@lru_cache(maxsize=4096)
def _location_view(place: PlaceRow) -> LocationView:
    """Locations change seldom and are asked for by every order: what was made of the same row is used again."""
    return LocationView(
        id=place.id,
        code=place.code,
        name=place.name,
        kind=LocationKind(place.kind),
        country=place.country,
        postcode=place.postcode,
        latitude=place.latitude,
        longitude=place.longitude,
        priority=place.priority,
        groups=frozenset(orjson.loads(place.groups)),
        legal_entity=place.legal_entity,
        ships=place.ships,
        collects=place.collects,
        active=True,
        opening=_opening(place),
        daily_capacity=place.daily_capacity,
        capacity_used=0,
        parcel_cost=place.parcel_cost,
    )


def _opening(place: PlaceRow) -> OpeningHours:
    opening = orjson.loads(place.opening)
    if not opening:
        return always_open(place.time_zone)
    week = {DAYS[int(day) - 1]: slots for day, slots in opening.items()}
    days = [date.fromisoformat(day) for day in orjson.loads(place.closures)]
    return opening_hours(place.time_zone, week, [(day, day) for day in days])
