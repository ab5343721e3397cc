from __future__ import annotations

from django.urls import path

from channels.api.viewsets import ChannelTestViewSet, ChannelViewSet
from channels.api.webhooks import webhook

urlpatterns = [
    path("channels", ChannelViewSet.as_view({"get": "list", "post": "create"})),
    path("channels/<str:pk>", ChannelViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("channels/<str:pk>/test", ChannelTestViewSet.as_view({"post": "test"})),
    path("channels/<str:pk>/publications", ChannelViewSet.as_view({"get": "publications"})),
    path("webhooks/<uuid:tenant_id>/<uuid:connection_id>/<str:token>", webhook, name="channel-webhook"),
]
