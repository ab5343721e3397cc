"""Great-circle distances."""

from dataclasses import dataclass
from math import asin, cos, dist, radians, sin

EARTH_RADIUS_KM = 6371.0088

UnitVector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on Earth, in WGS 84 degrees."""

    latitude: float
    longitude: float


def unit_vector(point: Point) -> UnitVector:
    """Return the point on the unit sphere; prepared once, it makes each distance one subtraction."""
    latitude, longitude = radians(point.latitude), radians(point.longitude)
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)


def vector_distance_km(one: UnitVector, other: UnitVector) -> float:
    """Return the great-circle distance between two unit vectors, from the length of their chord."""
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, dist(one, other) / 2))


def distance_km(one: Point, other: Point) -> float:
    """Return the great-circle (haversine) distance between two points."""
    return vector_distance_km(unit_vector(one), unit_vector(other))
