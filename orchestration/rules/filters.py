"""Hard filters: what each one looks at, what it saw, and whether the location passes.

Location filters judge a location; line filters judge one SKU at a location. A line filter passes when it leaves the
location something to serve: every line when the whole order is wanted, any line otherwise. All work on a column of
locations at a time: every order has its decision explained, so explaining must be cheap.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

from orchestration.enums import COLLECTED_ON_SITE, FilterKind, Method, StockScope
from orchestration.types import (
    Exclusion,
    Filter,
    Json,
    LocationView,
    NarrowView,
    OrderView,
    ParamValue,
    Rule,
    StockCell,
)

Params = Mapping[str, ParamValue]


class Check(NamedTuple):
    """The result of one filter on one location, with the value it saw."""

    passed: bool
    seen: Json


class LineColumn(NamedTuple):
    """The results of a line filter: `passed` by ask, then by location; what it saw, by location."""

    passed: Sequence[Sequence[bool]]
    seen: Sequence[Json]


@dataclass(slots=True)
class Scene:
    """Everything that filters may see: one order, and facts that follow the locations in its scope.

    The line facts come by ask, then by location; `needed` is the least quantity of each ask that is of use.
    """

    order: OrderView
    collect: LocationView | None
    now: datetime
    locations: Sequence[LocationView]
    opens_at: Sequence[datetime | None]
    view: NarrowView | None = None
    distances: Sequence[float | None] = ()
    used: Sequence[int] = ()
    sku_ids: Sequence[UUID] = ()
    needed: Sequence[int] = ()
    stock: Sequence[Sequence[int]] = ()
    shown: Sequence[Sequence[int | None]] = ()
    ages: Sequence[Sequence[int | None]] = field(default=())
    certainty: Sequence[Sequence[float]] = ()


# Most locations pass these: one object says so for all of them.
_SHIPS = {passed: Check(passed, "ships") for passed in (False, True)}
_COLLECTS = {passed: Check(passed, "collects") for passed in (False, True)}
_ACTIVE = {passed: Check(passed, passed) for passed in (False, True)}
_OPEN = Check(passed=True, seen="now")

IN_VIEW = Filter(FilterKind.STOCK_VIEW)
MANDATORY = (Filter(FilterKind.SERVICE), Filter(FilterKind.ACTIVE))
STOCK_PARTIAL = Filter(FilterKind.STOCK, {"scope": StockScope.PARTIAL})


def effective_filters(rule: Rule, *, narrow: bool) -> tuple[Filter, ...]:
    """Return the rule's filters, with the ones that no rule can do without in front when it does not list them.

    Stock views are looked at when one of the batch's is `narrow`: it does not have every location.
    """
    listed = {item.kind for item in rule.filters}
    needed = (IN_VIEW, *MANDATORY, STOCK_PARTIAL) if narrow else (*MANDATORY, STOCK_PARTIAL)
    missing = tuple(item for item in needed if item.kind not in listed)
    return (*missing, *rule.filters)


def wants_whole(rule: Rule) -> bool:
    """Say whether only a location that serves everything alone is of use to this rule."""
    if rule.split.max_parcels == 1 and not rule.split.place_part:
        return True
    return any(item.kind is FilterKind.STOCK and item.params.get("scope") == StockScope.WHOLE for item in rule.filters)


def is_barred(exclusion: Exclusion, now: datetime) -> bool:
    return exclusion.until is None or exclusion.until > now


def bars_sku(exclusion: Exclusion, sku_id: UUID, now: datetime) -> bool:
    return is_barred(exclusion, now) and (exclusion.sku_ids is None or sku_id in exclusion.sku_ids)


def source_age(cell: StockCell | None, now: datetime) -> int | None:
    """Return the age of a stock figure in seconds, None when nobody said when it was true."""
    if cell is None or cell.as_of is None:
        return None
    return max(0, int((now - cell.as_of).total_seconds()))


def _check_service(_params: Params, scene: Scene) -> list[Check]:
    method = scene.order.method
    if method in COLLECTED_ON_SITE:
        return [_COLLECTS[location.collects] for location in scene.locations]
    if method is not Method.SHIP_TO_STORE:
        return [_SHIPS[location.ships] for location in scene.locations]
    collect = scene.collect
    if collect is None or not collect.collects:
        return [Check(passed=False, seen="collect_point")] * len(scene.locations)
    return [_COLLECTS[True] if location.id == collect.id else _SHIPS[location.ships] for location in scene.locations]


def _check_active(_params: Params, scene: Scene) -> list[Check]:
    return [_ACTIVE[location.active] for location in scene.locations]


def _check_stock_view(_params: Params, scene: Scene) -> list[Check]:
    view = scene.view
    if view is None:
        return [Check(passed=True, seen=None)] * len(scene.locations)
    checks = {passed: Check(passed, view.name) for passed in (False, True)}
    return [checks[location.id in view.location_ids] for location in scene.locations]


def _check_opening(params: Params, scene: Scene) -> list[Check]:
    limit = scene.now + timedelta(hours=cast("int", params["within_hours"]))
    return [_OPEN if opens is scene.now else _check_next_opening(opens, limit) for opens in scene.opens_at]


def _check_next_opening(opens: datetime | None, limit: datetime) -> Check:
    return Check(passed=False, seen=None) if opens is None else Check(opens <= limit, opens.isoformat())


def _check_capacity(_params: Params, scene: Scene) -> list[Check]:
    return [
        Check(location.daily_capacity is None or used < location.daily_capacity, [used, location.daily_capacity])
        for location, used in zip(scene.locations, scene.used, strict=True)
    ]


def _check_distance(params: Params, scene: Scene) -> list[Check]:
    limit = float(cast("int", params["km"]))
    return [Check(km is not None and km <= limit, None if km is None else round(km, 1)) for km in scene.distances]


def _check_group(params: Params, scene: Scene) -> list[Check]:
    wanted = cast("tuple[str, ...]", params["any_of"])
    return [Check(not place.groups.isdisjoint(wanted), [*sorted(place.groups)]) for place in scene.locations]


def _check_legal_entity(params: Params, scene: Scene) -> list[Check]:
    wanted = cast("tuple[str, ...]", params["any_of"])
    return [Check(place.legal_entity in wanted, place.legal_entity) for place in scene.locations]


def _check_country(params: Params, scene: Scene) -> list[Check]:
    wanted = cast("tuple[str, ...]", params["any_of"])
    return [Check(place.country.upper() in wanted, place.country.upper()) for place in scene.locations]


def _check_stock(_params: Params, scene: Scene) -> LineColumn:
    passed = [[held >= need for held in column] for column, need in zip(scene.stock, scene.needed, strict=True)]
    return LineColumn(passed, [[*seen] for seen in zip(*scene.shown, strict=True)])


def _check_stock_age(params: Params, scene: Scene) -> LineColumn:
    limit = cast("int", params["max_minutes"]) * 60
    passed = [[age is not None and age <= limit for age in column] for column in scene.ages]
    return LineColumn(passed, [[*seen] for seen in zip(*scene.ages, strict=True)])


def _check_confidence(params: Params, scene: Scene) -> LineColumn:
    limit = cast("int", params["at_least"])
    passed = [[percent >= limit for percent in column] for column in scene.certainty]
    return LineColumn(passed, [[*seen] for seen in zip(*scene.certainty, strict=True)])


def _check_refusal(_params: Params, scene: Scene) -> LineColumn:
    size = len(scene.locations)
    if not scene.order.excluded:
        return LineColumn([[True] * size for _ in scene.sku_ids], [None] * size)
    found = [scene.order.excluded.get(location.id) for location in scene.locations]
    passed = [
        [exclusion is None or not bars_sku(exclusion, sku_id, scene.now) for exclusion in found]
        for sku_id in scene.sku_ids
    ]
    return LineColumn(passed, [None if exclusion is None else _seen_exclusion(exclusion) for exclusion in found])


def _seen_exclusion(exclusion: Exclusion) -> dict[str, Json]:
    skus = exclusion.sku_ids
    return {
        "reason": exclusion.reason,
        "since": None if exclusion.since is None else exclusion.since.isoformat(),
        "until": None if exclusion.until is None else exclusion.until.isoformat(),
        "skus": None if skus is None else [*sorted(str(sku_id) for sku_id in skus)],
    }


# These depend on the location and on how the order is received only, so they are worked out once per batch.
STATIC_FILTERS: Mapping[FilterKind, Callable[[Params, Scene], list[Check]]] = {
    FilterKind.SERVICE: _check_service,
    FilterKind.ACTIVE: _check_active,
    FilterKind.STOCK_VIEW: _check_stock_view,
    FilterKind.OPENING: _check_opening,
    FilterKind.GROUP: _check_group,
    FilterKind.LEGAL_ENTITY: _check_legal_entity,
    FilterKind.COUNTRY: _check_country,
}

MOVING_FILTERS: Mapping[FilterKind, Callable[[Params, Scene], list[Check]]] = {
    FilterKind.CAPACITY: _check_capacity,
    FilterKind.MAX_DISTANCE: _check_distance,
}

LINE_FILTERS: Mapping[FilterKind, Callable[[Params, Scene], LineColumn]] = {
    FilterKind.STOCK: _check_stock,
    FilterKind.STOCK_AGE: _check_stock_age,
    FilterKind.CONFIDENCE: _check_confidence,
    FilterKind.NOT_REFUSED: _check_refusal,
}
