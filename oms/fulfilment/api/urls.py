from __future__ import annotations

from django.urls import path

from oms.fulfilment.api.viewsets import STEPS, FulfilmentViewSet

urlpatterns = [
    path("fulfilments", FulfilmentViewSet.as_view({"get": "list"})),
    path("fulfilments/<str:pk>", FulfilmentViewSet.as_view({"get": "retrieve"})),
    *(path(f"fulfilments/<str:pk>/{step}", FulfilmentViewSet.as_view({"post": step})) for step in STEPS),
]
