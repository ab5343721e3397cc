from inventory.api.serializers.availability import (
    AvailabilityOut,
    ExplainedAvailabilityOut,
    ReservationIn,
    ReservationOut,
    ViewAvailabilityOut,
)
from inventory.api.serializers.catalogue import LocationChange, LocationIn, LocationOut, SkuChange, SkuIn, SkuOut
from inventory.api.serializers.stock import AppliedOut, LevelOut, LevelsIn, MovementOut, MovesIn, MovesOut

__all__ = [
    "AppliedOut",
    "AvailabilityOut",
    "ExplainedAvailabilityOut",
    "LevelOut",
    "LevelsIn",
    "LocationChange",
    "LocationIn",
    "LocationOut",
    "MovementOut",
    "MovesIn",
    "MovesOut",
    "ReservationIn",
    "ReservationOut",
    "SkuChange",
    "SkuIn",
    "SkuOut",
    "ViewAvailabilityOut",
]
