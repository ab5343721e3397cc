from inventory.api.serializers.availability import (
    AvailabilityOut,
    ExplainedAvailabilityOut,
    ReservationIn,
    ReservationOut,
    ViewAvailabilityOut,
)
from inventory.api.serializers.catalogue import LocationChange, LocationIn, LocationOut, SkuChange, SkuIn, SkuOut
from inventory.api.serializers.imports import ImportIn, ImportOut, ImportRejectOut
from inventory.api.serializers.stock import (
    AppliedOut,
    AssemblyIn,
    AssemblyOut,
    FencesIn,
    FencesOut,
    LevelOut,
    LevelsIn,
    Making,
    MovementOut,
    MovesIn,
    MovesOut,
)
from inventory.api.serializers.views import ViewBody, ViewIn, ViewOut

__all__ = [
    "AppliedOut",
    "AssemblyIn",
    "AssemblyOut",
    "AvailabilityOut",
    "ExplainedAvailabilityOut",
    "FencesIn",
    "FencesOut",
    "ImportIn",
    "ImportOut",
    "ImportRejectOut",
    "LevelOut",
    "LevelsIn",
    "LocationChange",
    "LocationIn",
    "LocationOut",
    "Making",
    "MovementOut",
    "MovesIn",
    "MovesOut",
    "ReservationIn",
    "ReservationOut",
    "SkuChange",
    "SkuIn",
    "SkuOut",
    "ViewAvailabilityOut",
    "ViewBody",
    "ViewIn",
    "ViewOut",
]
