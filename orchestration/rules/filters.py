"""Hard filters: what each one looks at, what it saw, and whether the location passes.

Location filters judge a location; line filters judge one SKU at a location. A line filter passes when it leaves the
location something to serve: every line when the whole order is wanted, any line otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import ge
from typing import NamedTuple, cast
from uuid import UUID

from orchestration.enums import COLLECTED_ON_SITE, FilterKind, Method, StockScope
from orchestration.types import (
    Exclusion,
    Filter,
    Json,
    LocationView,
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


@dataclass(slots=True)
class Look:
    """Everything that filters may see of one candidate.

    The line facts follow the order's asks; `needed` is the least quantity of each that is of use.
    """

    order: OrderView
    collect: LocationView | None
    now: datetime
    location: LocationView = field(init=False)
    opens_at: datetime | None = None
    distance_km: float | None = None
    capacity_used: int = 0
    exclusion: Exclusion | None = None
    sku_ids: tuple[UUID, ...] = ()
    needed: tuple[int, ...] = ()
    available: tuple[int, ...] = ()
    cells: tuple[StockCell | None, ...] = ()


class LineCheck(NamedTuple):
    """The result of a line filter on each ask, with what it saw."""

    passed: tuple[bool, ...]
    seen: Json


MANDATORY = (Filter(FilterKind.SERVICE), Filter(FilterKind.ACTIVE))
STOCK_PARTIAL = Filter(FilterKind.STOCK, {"scope": StockScope.PARTIAL})

# These depend on the location and on how the order is received only, so they are worked out once per batch.
STATIC = frozenset(
    {
        FilterKind.SERVICE,
        FilterKind.ACTIVE,
        FilterKind.OPENING,
        FilterKind.GROUP,
        FilterKind.LEGAL_ENTITY,
        FilterKind.COUNTRY,
    },
)


def effective_filters(rule: Rule) -> tuple[Filter, ...]:
    """Return the rule's filters, with the ones that no rule can do without in front when it does not list them."""
    listed = {item.kind for item in rule.filters}
    missing = tuple(item for item in (*MANDATORY, STOCK_PARTIAL) if item.kind not in listed)
    return (*missing, *rule.filters)


def wants_whole(rule: Rule) -> bool:
    """Say whether only a location that serves everything alone is of use to this rule."""
    if rule.split.max_parcels == 1 and not rule.split.place_part:
        return True
    return any(item.kind is FilterKind.STOCK and item.params.get("scope") == StockScope.WHOLE for item in rule.filters)


def is_barred(exclusion: Exclusion, now: datetime) -> bool:
    return exclusion.until is None or exclusion.until > now


def stock_seen(available: int, cell: StockCell | None) -> int | None:
    """Return the stock as it was, None when its source could not be trusted."""
    return None if cell is not None and not cell.known else available


def source_age(cell: StockCell | None, now: datetime) -> int | None:
    """Return the age of a stock figure in seconds, None when nobody said when it was true."""
    if cell is None or cell.as_of is None:
        return None
    return max(0, int((now - cell.as_of).total_seconds()))


def _check_service(_params: Params, look: Look) -> Check:
    need = _service_needed(look)
    if need == "collect_point":
        return Check(passed=False, seen=need)
    return Check(look.location.collects if need == "collects" else look.location.ships, need)


def _service_needed(look: Look) -> str:
    method = look.order.method
    if method in COLLECTED_ON_SITE:
        return "collects"
    if method is not Method.SHIP_TO_STORE:
        return "ships"
    if look.collect is None or not look.collect.collects:
        return "collect_point"
    return "collects" if look.location.id == look.collect.id else "ships"


def _check_active(_params: Params, look: Look) -> Check:
    return Check(look.location.active, look.location.active)


def _check_opening(params: Params, look: Look) -> Check:
    opens = look.opens_at
    if opens is None:
        return Check(passed=False, seen=None)
    if opens == look.now:
        return Check(passed=True, seen="now")
    within = timedelta(hours=cast("int", params["within_hours"]))
    return Check(opens - look.now <= within, opens.isoformat())


def _check_capacity(_params: Params, look: Look) -> Check:
    capacity = look.location.daily_capacity
    return Check(capacity is None or look.capacity_used < capacity, [look.capacity_used, capacity])


def _check_distance(params: Params, look: Look) -> Check:
    km = look.distance_km
    if km is None:
        return Check(passed=False, seen=None)
    return Check(km <= float(cast("int", params["km"])), round(km, 1))


def _check_group(params: Params, look: Look) -> Check:
    seen = sorted(look.location.groups)
    return Check(not look.location.groups.isdisjoint(cast("tuple[str, ...]", params["any_of"])), list(seen))


def _check_legal_entity(params: Params, look: Look) -> Check:
    entity = look.location.legal_entity
    return Check(entity in cast("tuple[str, ...]", params["any_of"]), entity)


def _check_country(params: Params, look: Look) -> Check:
    country = look.location.country.upper()
    return Check(country in cast("tuple[str, ...]", params["any_of"]), country)


def _check_stock(_params: Params, look: Look) -> LineCheck:
    passed = tuple(map(ge, look.available, look.needed))
    return LineCheck(passed, [*map(stock_seen, look.available, look.cells)])


def _check_stock_age(params: Params, look: Look) -> LineCheck:
    limit = cast("int", params["max_minutes"]) * 60
    ages = [source_age(cell, look.now) for cell in look.cells]
    return LineCheck(tuple(age is not None and age <= limit for age in ages), [*ages])


def _check_refusal(_params: Params, look: Look) -> LineCheck:
    exclusion = look.exclusion
    if exclusion is None:
        return LineCheck((True,) * len(look.sku_ids), None)
    barred = is_barred(exclusion, look.now)
    skus = exclusion.sku_ids
    passed = tuple(not barred or (skus is not None and sku_id not in skus) for sku_id in look.sku_ids)
    return LineCheck(passed, _seen_exclusion(exclusion))


def _seen_exclusion(exclusion: Exclusion) -> dict[str, Json]:
    skus = exclusion.sku_ids
    return {
        "reason": exclusion.reason,
        "since": None if exclusion.since is None else exclusion.since.isoformat(),
        "until": None if exclusion.until is None else exclusion.until.isoformat(),
        "skus": None if skus is None else [*sorted(str(sku_id) for sku_id in skus)],
    }


LOCATION_CHECKS: Mapping[FilterKind, Callable[[Params, Look], Check]] = {
    FilterKind.SERVICE: _check_service,
    FilterKind.ACTIVE: _check_active,
    FilterKind.OPENING: _check_opening,
    FilterKind.CAPACITY: _check_capacity,
    FilterKind.MAX_DISTANCE: _check_distance,
    FilterKind.GROUP: _check_group,
    FilterKind.LEGAL_ENTITY: _check_legal_entity,
    FilterKind.COUNTRY: _check_country,
}

LINE_CHECKS: Mapping[FilterKind, Callable[[Params, Look], LineCheck]] = {
    FilterKind.STOCK: _check_stock,
    FilterKind.STOCK_AGE: _check_stock_age,
    FilterKind.NOT_REFUSED: _check_refusal,
}
