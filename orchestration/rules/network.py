"""A snapshot indexed for planning. Its stock and capacity go down as the orders of a batch are placed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from math import inf, isfinite
from uuid import UUID

from inventory.geo.distance import Point, UnitVector, unit_vector, vector_distance_km
from inventory.geo.postcodes import locate
from orchestration.enums import Method
from orchestration.rules.filters import source_age
from orchestration.rules.opening import opens_at_local, zone_of
from orchestration.types import LocationView, NarrowView, OrderView, Snapshot, StockCell

# Costs are compared as whole ten-thousandths of the currency: exact, and faster than decimals.
COST_UNIT = 10_000
WALK_RATIO = 3


def cost_units(amount: Decimal) -> int:
    return round(amount * COST_UNIT)


class Distances(dict[int, float]):
    """The distance of each location to one destination, worked out when asked; infinite where an end is unknown."""

    def __init__(self, network: "Network", destination: Point | None) -> None:
        super().__init__()
        self._network = network
        self._vector = None if destination is None else unit_vector(destination)

    def __missing__(self, index: int) -> float:
        place = self._network.vector(index)
        distance = inf if self._vector is None or place is None else vector_distance_km(self._vector, place)
        self[index] = distance
        return distance


class Network:
    """Locations by position, in the order of their codes: that order breaks every tie."""

    def __init__(self, snapshot: Snapshot, skus: Iterable[UUID]) -> None:
        self.snapshot = snapshot
        self.now = snapshot.now
        self.locations = tuple(sorted(snapshot.locations, key=lambda location: (location.code, location.id.int)))
        self.used = [location.capacity_used for location in self.locations]
        self.capacity = [location.daily_capacity for location in self.locations]
        self.full = {index for index in range(len(self.locations)) if self._is_full(index)}
        # Keyed by the number inside the UUID: hashing the UUID itself costs ten times more.
        self._positions = {location.id.int: index for index, location in enumerate(self.locations)}
        self._stock = _stock_by_sku(snapshot, {sku_id.int: sku_id for sku_id in skus})
        self._rows: dict[int, list[int]] = {}
        self._fenced = _fenced_by_sku(snapshot, self._positions)
        self._pool = ""
        self._cells: dict[int, list[StockCell | None]] = {}
        self._ages: dict[int, list[int | None]] = {}
        self._certainty: dict[int, list[float]] = {}
        self._unknown: dict[int, frozenset[int]] = {}
        self._vectors: dict[int, UnitVector | None] = {}
        self._distances: dict[Point | None, Distances] = {}

    @cached_property
    def costs(self) -> list[int]:
        return [cost_units(location.parcel_cost) for location in self.locations]

    @cached_property
    def priorities(self) -> list[int]:
        return [location.priority for location in self.locations]

    @cached_property
    def opens(self) -> tuple[datetime | None, ...]:
        """When each location opens next; now when it is open."""
        zones = {location.opening.time_zone for location in self.locations}
        clocks = {zone: self.now.astimezone(zone_of(zone)) for zone in zones}
        return tuple(
            opens_at_local(location.opening, self.now, clocks[location.opening.time_zone])
            for location in self.locations
        )

    def find(self, location_id: UUID | None) -> int | None:
        """Return the position of a location, None when the snapshot does not have it."""
        return None if location_id is None else self._positions.get(location_id.int)

    def vector(self, index: int) -> UnitVector | None:
        if index not in self._vectors:
            point = _location_point(self.locations[index])
            self._vectors[index] = None if point is None else unit_vector(point)
        return self._vectors[index]

    def open_to(self, order: OrderView) -> None:
        """Show the stock that this order may have: the common stock and its channel's ring-fence."""
        self._pool = order.pool

    def row(self, sku_id: UUID) -> list[int]:
        """Return what is still available of a SKU to the order, by location; unknown stock counts as none."""
        row = self._common(sku_id)
        fence = self._fenced.get((sku_id.int, self._pool))
        if not fence:
            return row
        return [units + fence.get(index, 0) for index, units in enumerate(row)]

    def _common(self, sku_id: UUID) -> list[int]:
        row = self._rows.get(sku_id.int)
        if row is None:
            row = [max(0, cell.available) if cell and cell.known else 0 for cell in self.cells(sku_id)]
            self._rows[sku_id.int] = row
        return row

    def cells(self, sku_id: UUID) -> list[StockCell | None]:
        cells = self._cells.get(sku_id.int)
        if cells is None:
            held = self._stock.get(sku_id.int, {})
            cells = [held.get(location.id.int) for location in self.locations]
            self._cells[sku_id.int] = cells
        return cells

    def ages(self, sku_id: UUID) -> list[int | None]:
        """Return the age of each location's figure for a SKU, in seconds."""
        ages = self._ages.get(sku_id.int)
        if ages is None:
            ages = [source_age(cell, self.now) for cell in self.cells(sku_id)]
            self._ages[sku_id.int] = ages
        return ages

    def certainty(self, sku_id: UUID) -> list[float]:
        """Return how likely each location's stock of a SKU is right, in percent; 0 where nobody can say."""
        found = self._certainty.get(sku_id.int)
        if found is None:
            known = self.snapshot.confidence
            found = [known.get((sku_id, location.id), 0.0) for location in self.locations]
            self._certainty[sku_id.int] = found
        return found

    def unknown(self, sku_id: UUID) -> frozenset[int]:
        """Return the locations whose figure for a SKU cannot be trusted."""
        unknown = self._unknown.get(sku_id.int)
        if unknown is None:
            cells = enumerate(self.cells(sku_id))
            unknown = frozenset(index for index, cell in cells if cell is not None and not cell.known)
            self._unknown[sku_id.int] = unknown
        return unknown

    def distances(self, destination: Point | None) -> Distances:
        found = self._distances.get(destination)
        if found is None:
            found = self._distances[destination] = Distances(self, destination)
        return found

    def destination(self, order: OrderView) -> Point | None:
        """Return where the goods of an order go: the point of collection, else the address."""
        if order.method is not Method.DELIVERY:
            collect = self.collect_location(order)
            return None if collect is None else _location_point(collect)
        if order.latitude is not None and order.longitude is not None:
            return Point(order.latitude, order.longitude)
        return locate(order.country, order.postcode)

    def view(self, order: OrderView) -> NarrowView | None:
        """Return the stock view that an order is served from, None when that has every location."""
        return None if order.view_id is None else self.snapshot.views.get(order.view_id)

    def collect_location(self, order: OrderView) -> LocationView | None:
        index = self.find(order.collect_location_id)
        return None if index is None else self.locations[index]

    def take(self, index: int, sku_id: UUID, quantity: int) -> int:
        """Take units for the order, ring-fenced ones first; return how many those were."""
        fence = self._fenced.get((sku_id.int, self._pool))
        fenced = min(quantity, fence.get(index, 0)) if fence else 0
        if fence and fenced:
            fence[index] -= fenced
        self._common(sku_id)[index] -= quantity - fenced
        return fenced

    def occupy(self, index: int) -> None:
        """Count one more order in a location's day."""
        self.used[index] += 1
        if self._is_full(index):
            self.full.add(index)

    def _is_full(self, index: int) -> bool:
        capacity = self.capacity[index]
        return capacity is not None and self.used[index] >= capacity


def known_km(distance: float) -> float | None:
    return distance if isfinite(distance) else None


def _stock_by_sku(snapshot: Snapshot, skus: Mapping[int, UUID]) -> Mapping[int, dict[int, StockCell]]:
    """Index the stock of these SKUs: walk all of it, or look a few SKUs up when the snapshot holds many more."""
    stock: dict[int, dict[int, StockCell]] = {number: {} for number in skus}
    if len(snapshot.stock) > WALK_RATIO * len(skus) * len(snapshot.locations):
        for number, sku_id in skus.items():
            for location in snapshot.locations:
                cell = snapshot.stock.get((sku_id, location.id))
                if cell is not None:
                    stock[number][location.id.int] = cell
        return stock
    for (sku_id, location_id), cell in snapshot.stock.items():
        held = stock.get(sku_id.int)
        if held is not None:
            held[location_id.int] = cell
    return stock


def _fenced_by_sku(snapshot: Snapshot, positions: Mapping[int, int]) -> dict[tuple[int, str], dict[int, int]]:
    """Index what ring-fences hold: by SKU and pool, the units at each position."""
    fenced: dict[tuple[int, str], dict[int, int]] = {}
    for (sku_id, location_id, pool), units in snapshot.fenced.items():
        index = positions.get(location_id.int)
        if index is not None:
            fenced.setdefault((sku_id.int, pool), {})[index] = units
    return fenced


def _location_point(location: LocationView) -> Point | None:
    if location.latitude is not None and location.longitude is not None:
        return Point(location.latitude, location.longitude)
    return locate(location.country, location.postcode)
