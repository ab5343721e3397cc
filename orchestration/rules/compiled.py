"""A rule made ready for a batch: its filters and criteria bound to a network, with what can be worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from inventory.geo.distance import Point
from orchestration.enums import COLLECTED_ON_SITE, CriterionKind, FilterKind, Method
from orchestration.rules.filters import STATIC_FILTERS, Check, Scene, effective_filters, wants_whole
from orchestration.rules.network import Network, cost_units
from orchestration.types import Criterion, NarrowView, OrderView, Rule

Shape = tuple[Method, UUID | None, NarrowView | None]


@dataclass(frozen=True, slots=True)
class Static:
    """The locations in scope, the filters that do not depend on an order's lines or place, and who passes them."""

    scope: Sequence[int]
    columns: tuple[list[Check] | None, ...]
    passing: tuple[int, ...]


class CompiledRule:
    """One rule over one network."""

    def __init__(self, rule: Rule, position: int, network: Network) -> None:
        self.rule = rule
        self.position = position
        self.network = network
        self.filters = effective_filters(rule, narrow=bool(network.snapshot.views))
        self.whole = wants_whole(rule)
        kinds = {item.kind for item in self.filters}
        self.checks_capacity = FilterKind.CAPACITY in kinds
        self.checks_refusals = FilterKind.NOT_REFUSED in kinds
        self.max_minutes = self._limit(FilterKind.STOCK_AGE, "max_minutes")
        self.min_confidence = self._limit(FilterKind.CONFIDENCE, "at_least")
        self.ranks_confidence = any(item.by is CriterionKind.CONFIDENCE for item in rule.ranking)
        self.max_km = self._limit(FilterKind.MAX_DISTANCE, "km")
        self.criteria = tuple((criterion.by, _tolerance(criterion)) for criterion in rule.ranking)
        limit = rule.split.max_extra_cost
        self.max_extra_cost = None if limit is None else cost_units(limit)
        self.fewest_first = all(item.by is not CriterionKind.FEWEST_PARCELS for item in rule.ranking[1:])
        self._static: dict[Shape, Static] = {}
        self._near: dict[tuple[Shape, Point | None], tuple[int, ...]] = {}
        self._stale: dict[UUID, frozenset[int]] = {}
        self._doubtful: dict[UUID, frozenset[int]] = {}

    def static(self, order: OrderView) -> Static:
        """Return what is the same for every order that is received in this way."""
        shape = self._shape(order)
        found = self._static.get(shape)
        if found is None:
            found = self._static[shape] = self._work_out(order)
        return found

    def candidates(
        self, order: OrderView, destination: Point | None, distances: Mapping[int, float]
    ) -> tuple[int, ...]:
        """Return the locations that pass the static filters and the distance."""
        passing = self.static(order).passing
        if self.max_km is None:
            return passing
        place = self._shape(order), destination
        near = self._near.get(place)
        if near is None:
            near = tuple(index for index in passing if distances[index] <= self.max_km)
            self._near[place] = near
        return near

    def stale(self, sku_id: UUID) -> frozenset[int]:
        """Return the locations whose figure for a SKU is older than the rule allows."""
        if self.max_minutes is None:
            return frozenset()
        found = self._stale.get(sku_id)
        if found is None:
            limit = self.max_minutes * 60
            found = frozenset(
                index for index, age in enumerate(self.network.ages(sku_id)) if age is None or age > limit
            )
            self._stale[sku_id] = found
        return found

    def doubtful(self, sku_id: UUID) -> frozenset[int]:
        """Return the locations whose stock of a SKU is less certain than the rule wants."""
        if self.min_confidence is None:
            return frozenset()
        found = self._doubtful.get(sku_id)
        if found is None:
            certainty = enumerate(self.network.certainty(sku_id))
            found = frozenset(index for index, percent in certainty if percent < self.min_confidence)
            self._doubtful[sku_id] = found
        return found

    def _limit(self, kind: FilterKind, name: str) -> float | None:
        values = [item.params[name] for item in self.filters if item.kind is kind]
        return float(str(values[0])) if values else None

    def _shape(self, order: OrderView) -> Shape:
        collect = None if order.method is Method.DELIVERY else order.collect_location_id
        return order.method, collect, self.network.view(order)

    def _scope(self, order: OrderView) -> Sequence[int]:
        if order.method not in COLLECTED_ON_SITE:
            return range(len(self.network.locations))
        collect = self.network.find(order.collect_location_id)
        return () if collect is None else (collect,)

    def _work_out(self, order: OrderView) -> Static:
        network = self.network
        scope = self._scope(order)
        scene = Scene(
            order=order,
            collect=network.collect_location(order),
            now=network.now,
            locations=[network.locations[index] for index in scope],
            opens_at=[network.opens[index] for index in scope],
            view=network.view(order),
        )
        columns = tuple(
            STATIC_FILTERS[item.kind](item.params, scene) if item.kind in STATIC_FILTERS else None
            for item in self.filters
        )
        known = [column for column in columns if column is not None]
        passing = tuple(
            index
            for index, checks in zip(scope, zip(*known, strict=True), strict=True)
            if all(check.passed for check in checks)
        )
        return Static(scope, columns, passing)


def _tolerance(criterion: Criterion) -> float:
    if criterion.by is CriterionKind.PARCEL_COST:
        return cost_units(criterion.tolerance)
    return float(criterion.tolerance)
