from __future__ import annotations

from typing import Any

from django.urls import path

from inventory.api.viewsets import (
    AvailabilityViewSet,
    LevelViewSet,
    LocationViewSet,
    MovementViewSet,
    PoolViewSet,
    ReservationViewSet,
    SkuViewSet,
    StockViewViewSet,
)

LISTED: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns = [
    path("skus", SkuViewSet.as_view(LISTED)),
    path("skus/<str:pk>", SkuViewSet.as_view(ONE)),
    path("locations", LocationViewSet.as_view(LISTED)),
    path("locations/<str:pk>", LocationViewSet.as_view(ONE)),
    path("stock/levels", LevelViewSet.as_view({"get": "list", "put": "replace"})),
    path("stock/movements", MovementViewSet.as_view(LISTED)),
    path("stock/pools", PoolViewSet.as_view({"put": "replace"})),
    path("stock/views", StockViewViewSet.as_view(LISTED)),
    path("stock/views/<str:pk>", StockViewViewSet.as_view({"get": "retrieve", "put": "update"})),
    path("availability", AvailabilityViewSet.as_view({"get": "retrieve"})),
    path("reservations", ReservationViewSet.as_view({"post": "create"})),
    path("reservations/<path:pk>", ReservationViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
]
