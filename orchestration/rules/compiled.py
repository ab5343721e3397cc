"""A rule made ready for a batch: its filters and criteria bound to a network, with what can be worked out once."""

from collections.abc import Sequence
from uuid import UUID

from orchestration.enums import COLLECTED_ON_SITE, CriterionKind, FilterKind, Method
from orchestration.geo.distance import Point
from orchestration.rules.filters import LOCATION_CHECKS, STATIC, Check, Look, effective_filters, source_age, wants_whole
from orchestration.rules.network import Network, cost_units
from orchestration.types import Criterion, OrderView, Rule

Shape = tuple[Method, UUID | None]
StaticChecks = dict[int, tuple[Check | None, ...]]


class CompiledRule:
    """One rule over one network."""

    def __init__(self, rule: Rule, position: int, network: Network) -> None:
        self.rule = rule
        self.position = position
        self.network = network
        self.filters = effective_filters(rule)
        self.whole = wants_whole(rule)
        kinds = {item.kind for item in self.filters}
        self.checks_capacity = FilterKind.CAPACITY in kinds
        self.checks_refusals = FilterKind.NOT_REFUSED in kinds
        self.max_minutes = self._limit(FilterKind.STOCK_AGE, "max_minutes")
        self.max_km = self._limit(FilterKind.MAX_DISTANCE, "km")
        self.criteria = tuple((criterion.by, _tolerance(criterion)) for criterion in rule.ranking)
        limit = rule.split.max_extra_cost
        self.max_extra_cost = None if limit is None else cost_units(limit)
        self.fewest_first = all(item.by is not CriterionKind.FEWEST_PARCELS for item in rule.ranking[1:])
        self._static_checks = [
            (LOCATION_CHECKS[item.kind] if item.kind in STATIC else None, item.params) for item in self.filters
        ]
        self._static: dict[Shape, StaticChecks] = {}
        self._passing: dict[Shape, tuple[int, ...]] = {}
        self._near: dict[tuple[Shape, Point | None], tuple[int, ...]] = {}
        self._stale: dict[UUID, frozenset[int]] = {}

    def static_checks(self, order: OrderView) -> StaticChecks:
        """Return, for each location in scope, the results that do not depend on the order's lines or place."""
        shape = _shape(order)
        found = self._static.get(shape)
        if found is None:
            look = Look(order, self.network.collect_location(order), self.network.now)
            found = {index: self._check_static(look, index) for index in self._scope(order)}
            self._static[shape] = found
            self._passing[shape] = tuple(
                index for index, checks in found.items() if all(check is None or check.passed for check in checks)
            )
        return found

    def candidates(self, order: OrderView, destination: Point | None, distances: Sequence[float]) -> tuple[int, ...]:
        """Return the locations that pass the static filters and the distance."""
        shape = _shape(order)
        if shape not in self._passing:
            self.static_checks(order)
        passing = self._passing[shape]
        if self.max_km is None:
            return passing
        near = self._near.get((shape, destination))
        if near is None:
            near = tuple(index for index in passing if distances[index] <= self.max_km)
            self._near[shape, destination] = near
        return near

    def stale(self, sku_id: UUID) -> frozenset[int]:
        """Return the locations whose figure for a SKU is older than the rule allows."""
        if self.max_minutes is None:
            return frozenset()
        found = self._stale.get(sku_id)
        if found is None:
            ages = [source_age(cell, self.network.now) for cell in self.network.cells(sku_id)]
            limit = self.max_minutes * 60
            found = frozenset(index for index, age in enumerate(ages) if age is None or age > limit)
            self._stale[sku_id] = found
        return found

    def _limit(self, kind: FilterKind, name: str) -> float | None:
        values = [item.params[name] for item in self.filters if item.kind is kind]
        return float(str(values[0])) if values else None

    def _scope(self, order: OrderView) -> Sequence[int]:
        if order.method not in COLLECTED_ON_SITE:
            return range(len(self.network.locations))
        collect = self.network.position.get(order.collect_location_id) if order.collect_location_id else None
        return () if collect is None else (collect,)

    def _check_static(self, look: Look, index: int) -> tuple[Check | None, ...]:
        look.location = self.network.locations[index]
        look.opens_at = self.network.opens[index]
        return tuple([None if check is None else check(params, look) for check, params in self._static_checks])


def _tolerance(criterion: Criterion) -> float:
    if criterion.by is CriterionKind.PARCEL_COST:
        return cost_units(criterion.tolerance)
    return float(criterion.tolerance)


def _shape(order: OrderView) -> Shape:
    return order.method, None if order.method is Method.DELIVERY else order.collect_location_id
