"""The monitor's page, among the settings."""

from __future__ import annotations

from django.urls import path

from oms.events.web import monitor

urlpatterns = [path("", monitor.monitor, name="invariants")]
