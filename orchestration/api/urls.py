from __future__ import annotations

from django.urls import path

from orchestration.api.viewsets import PlacedOrderViewSet

urlpatterns = [
    path("orders", PlacedOrderViewSet.as_view({"get": "list", "post": "create"})),
    path("orders/bulk", PlacedOrderViewSet.as_view({"post": "bulk"})),
    path("orders/<str:pk>", PlacedOrderViewSet.as_view({"get": "retrieve"})),
    path("orders/<str:pk>/timeline", PlacedOrderViewSet.as_view({"get": "timeline"})),
    path("orders/<str:pk>/decisions", PlacedOrderViewSet.as_view({"get": "decisions"})),
    path("orders/<str:pk>/cancel", PlacedOrderViewSet.as_view({"post": "cancel"})),
    path("orders/<str:pk>/hold", PlacedOrderViewSet.as_view({"post": "hold"})),
    path("orders/<str:pk>/release", PlacedOrderViewSet.as_view({"post": "release"})),
]
