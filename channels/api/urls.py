from __future__ import annotations

from django.urls import path

from channels.api.viewsets import ChannelTestViewSet, ChannelViewSet

urlpatterns = [
    path("channels", ChannelViewSet.as_view({"get": "list", "post": "create"})),
    path("channels/<str:pk>", ChannelViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("channels/<str:pk>/test", ChannelTestViewSet.as_view({"post": "test"})),
    path("channels/<str:pk>/publications", ChannelViewSet.as_view({"get": "publications"})),
]
