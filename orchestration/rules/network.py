"""A snapshot indexed for planning. Its stock and capacity go down as the orders of a batch are placed."""

from datetime import datetime
from decimal import Decimal
from functools import cached_property
from math import inf, isfinite
from uuid import UUID

from orchestration.enums import Method
from orchestration.geo.distance import Point, UnitVector, unit_vector, vector_distance_km
from orchestration.geo.postcodes import locate
from orchestration.rules.opening import opens_at_local, zone_of
from orchestration.types import LocationView, OrderView, Snapshot, StockCell

# Costs are compared as whole ten-thousandths of the currency: exact, and faster than decimals.
COST_UNIT = 10_000


def cost_units(amount: Decimal) -> int:
    return round(amount * COST_UNIT)


class Network:
    """Locations by position, in the order of their codes: that order breaks every tie."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.now = snapshot.now
        self.locations = tuple(sorted(snapshot.locations, key=lambda location: (location.code, location.id.int)))
        self.position = {location.id: index for index, location in enumerate(self.locations)}
        self.used = [location.capacity_used for location in self.locations]
        self.capacity = [location.daily_capacity for location in self.locations]
        self.full = {index for index in range(len(self.locations)) if self._is_full(index)}
        self.costs = [cost_units(location.parcel_cost) for location in self.locations]
        self.priorities = [location.priority for location in self.locations]
        self._rows: dict[UUID, list[int]] = {}
        self._cells: dict[UUID, list[StockCell | None]] = {}
        self._distances: dict[Point | None, list[float]] = {}

    @cached_property
    def opens(self) -> tuple[datetime | None, ...]:
        """When each location opens next; now when it is open."""
        zones = {location.opening.time_zone for location in self.locations}
        clocks = {zone: self.now.astimezone(zone_of(zone)) for zone in zones}
        return tuple(
            opens_at_local(location.opening, self.now, clocks[location.opening.time_zone])
            for location in self.locations
        )

    @cached_property
    def _vectors(self) -> tuple[UnitVector | None, ...]:
        points = (_location_point(location) for location in self.locations)
        return tuple(None if point is None else unit_vector(point) for point in points)

    def row(self, sku_id: UUID) -> list[int]:
        """Return what is still available of a SKU, by location; unknown stock counts as none."""
        row = self._rows.get(sku_id)
        if row is None:
            row = [max(0, cell.available) if cell and cell.known else 0 for cell in self.cells(sku_id)]
            self._rows[sku_id] = row
        return row

    def cells(self, sku_id: UUID) -> list[StockCell | None]:
        cells = self._cells.get(sku_id)
        if cells is None:
            stock = self.snapshot.stock
            cells = [stock.get((sku_id, location.id)) for location in self.locations]
            self._cells[sku_id] = cells
        return cells

    def distances(self, destination: Point | None) -> list[float]:
        """Return the distance of every location, infinite where one of the two ends is unknown."""
        found = self._distances.get(destination)
        if found is None:
            vector = None if destination is None else unit_vector(destination)
            found = [
                inf if vector is None or place is None else vector_distance_km(vector, place) for place in self._vectors
            ]
            self._distances[destination] = found
        return found

    def destination(self, order: OrderView) -> Point | None:
        """Return where the goods of an order go: the point of collection, else the address."""
        if order.method is not Method.DELIVERY:
            collect = self.collect_location(order)
            return None if collect is None else _location_point(collect)
        if order.latitude is not None and order.longitude is not None:
            return Point(order.latitude, order.longitude)
        return locate(order.country, order.postcode)

    def collect_location(self, order: OrderView) -> LocationView | None:
        if order.collect_location_id is None:
            return None
        index = self.position.get(order.collect_location_id)
        return None if index is None else self.locations[index]

    def take(self, index: int, sku_id: UUID, quantity: int) -> None:
        self.row(sku_id)[index] -= quantity

    def occupy(self, index: int) -> None:
        """Count one more order in a location's day."""
        self.used[index] += 1
        if self._is_full(index):
            self.full.add(index)

    def remaining_capacity(self, index: int) -> float:
        capacity = self.capacity[index]
        return inf if capacity is None else capacity - self.used[index]

    def _is_full(self, index: int) -> bool:
        capacity = self.capacity[index]
        return capacity is not None and self.used[index] >= capacity


def known_km(distance: float) -> float | None:
    return distance if isfinite(distance) else None


def _location_point(location: LocationView) -> Point | None:
    if location.latitude is not None and location.longitude is not None:
        return Point(location.latitude, location.longitude)
    return locate(location.country, location.postcode)
