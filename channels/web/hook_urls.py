from __future__ import annotations

from django.urls import path

from channels.web import hooks

app_name = "hooks"
urlpatterns = [path("<uuid:tenant_id>/<uuid:connection_id>/<str:token>", hooks.receive, name="receive")]
