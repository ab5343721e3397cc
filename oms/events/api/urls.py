from __future__ import annotations

from django.urls import path

from oms.events.api.monitor import InvariantViewSet
from oms.events.api.viewsets import EventViewSet

urlpatterns = [
    path("events", EventViewSet.as_view({"get": "list"})),
    path("invariants", InvariantViewSet.as_view({"get": "retrieve"})),
]
