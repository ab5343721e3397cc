"""The criteria as numbers where lower is better, for one location and for a set of locations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf

from orchestration.enums import CriterionKind
from orchestration.rules.compiled import CompiledRule
from orchestration.rules.ranking import Key
from orchestration.rules.split import Quantities
from orchestration.rules.story import Allocation

# Over several parcels these add up; the other criteria are as bad as their worst parcel.
ADDITIVE = frozenset({CriterionKind.DISTANCE, CriterionKind.PARCEL_COST})
# These depend on what a location would serve; more is better.
OF_GIVEN = frozenset({CriterionKind.STOCK_DEPTH, CriterionKind.CONFIDENCE})


class Scorer:
    """The ranking of one rule over one demand, at the stock and capacity given."""

    __slots__ = ("_certainty", "_divides", "_rule", "distances", "quantities", "rows", "used")

    def __init__(
        self,
        rule: CompiledRule,
        distances: Mapping[int, float],
        rows: Sequence[Sequence[int]],
        quantities: Quantities,
        used: Sequence[int],
        certainty: Sequence[Sequence[float]] = (),
    ) -> None:
        self._rule = rule
        self._divides = rule.rule.split.divide_lines
        self.distances = distances
        self.rows = rows
        self.quantities = quantities
        self.used = used
        self._certainty = certainty

    def tabulated(self, locations: Iterable[int]) -> list[Key]:
        """Return one key per criterion over these locations, each value worked out once."""
        members = tuple(locations)
        gives = {index: self.gives(index) for index in members}
        asked = sum(self.quantities)
        tables = {
            CriterionKind.FEWEST_PARCELS: lambda index: asked - sum(gives[index]),
            CriterionKind.STOCK_DEPTH: lambda index: -self.depth(index, gives[index]),
            CriterionKind.CONFIDENCE: lambda index: -self.confidence(index, gives[index]),
        }
        columns = [(tables.get(kind) or self._by_location(kind), width) for kind, width in self._rule.criteria]
        return [Key({index: value(index) for index in members}.__getitem__, width) for value, width in columns]

    def keys_of_whole(self) -> list[Key]:
        """Return the keys between locations that each serve everything: they all need one parcel."""
        return [
            Key(self._of_whole(kind), tolerance)
            for kind, tolerance in self._rule.criteria
            if kind is not CriterionKind.FEWEST_PARCELS
        ]

    def keys_of_sets(self, solutions: Sequence[Allocation]) -> list[Key]:
        """Return the criteria as keys over positions in `solutions`; parcels count first unless ranked lower."""
        keys = [Key(self._by_set(kind, solutions), tolerance) for kind, tolerance in self._rule.criteria]
        parcels = Key(lambda position: len(solutions[position]), 0)
        return [parcels, *keys] if self._rule.fewest_first else keys

    def gives(self, index: int) -> Quantities:
        """Return how much of each line a location could serve."""
        return tuple(
            min(row[index], quantity) if self._divides or row[index] >= quantity else 0
            for row, quantity in zip(self.rows, self.quantities, strict=True)
        )

    def missing(self, index: int) -> int:
        return sum(self.quantities) - sum(self.gives(index))

    def depth(self, index: int, given: Quantities) -> int:
        """Return what stays of the line that this would empty most."""
        left = [row[index] - quantity for row, quantity in zip(self.rows, given, strict=True) if quantity]
        return min(left, default=0)

    def confidence(self, index: int, given: Quantities) -> float:
        """Return how sure the line is, in percent, that is least sure of those this would serve."""
        found = [column[index] for column, quantity in zip(self._certainty, given, strict=True) if quantity]
        return min(found, default=0.0)

    def _of_given(self, kind: CriterionKind) -> Callable[[int, Quantities], float]:
        return self.depth if kind is CriterionKind.STOCK_DEPTH else self.confidence

    def _of_whole(self, kind: CriterionKind) -> Callable[[int], float]:
        if kind is CriterionKind.STOCK_DEPTH:
            return self._whole_depth
        if kind is CriterionKind.CONFIDENCE:
            return lambda index: -min(column[index] for column in self._certainty)
        return self._by_location(kind)

    def _whole_depth(self, index: int) -> float:
        return -min([row[index] - quantity for row, quantity in zip(self.rows, self.quantities, strict=True)])

    def remaining_capacity(self, index: int) -> float:
        capacity = self._rule.network.capacity[index]
        return inf if capacity is None else capacity - self.used[index]

    def _by_location(self, kind: CriterionKind) -> Callable[[int], float]:
        match kind:
            case CriterionKind.DISTANCE:
                return self.distances.__getitem__
            case CriterionKind.PRIORITY:
                return self._rule.network.priorities.__getitem__
            case CriterionKind.PARCEL_COST:
                return self._rule.network.costs.__getitem__
            case CriterionKind.FEWEST_PARCELS:
                return self.missing
            case CriterionKind.STOCK_DEPTH | CriterionKind.CONFIDENCE:
                value = self._of_given(kind)
                return lambda index: -value(index, self.gives(index))
            case CriterionKind.REMAINING_CAPACITY:
                return lambda index: -self.remaining_capacity(index)

    def _by_set(self, kind: CriterionKind, solutions: Sequence[Allocation]) -> Callable[[int], float]:
        if kind is CriterionKind.FEWEST_PARCELS:
            return lambda position: len(solutions[position])
        if kind in OF_GIVEN:
            value_of = self._of_given(kind)
            return lambda position: max(-value_of(index, given) for index, given in solutions[position].items())
        combine = sum if kind in ADDITIVE else max
        value = self._by_location(kind)
        return lambda position: combine(value(index) for index in solutions[position])
