from inventory.api.viewsets.availability import AvailabilityViewSet, ReservationViewSet
from inventory.api.viewsets.catalogue import LocationViewSet, SkuViewSet
from inventory.api.viewsets.stock import LevelViewSet, MovementViewSet, PoolViewSet
from inventory.api.viewsets.views import StockViewViewSet

__all__ = [
    "AvailabilityViewSet",
    "LevelViewSet",
    "LocationViewSet",
    "MovementViewSet",
    "PoolViewSet",
    "ReservationViewSet",
    "SkuViewSet",
    "StockViewViewSet",
]
