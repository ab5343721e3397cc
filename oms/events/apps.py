from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class EventsConfig(AppConfig):
    name = "oms.events"
    label = "events"

    def ready(self) -> None:
        """Every room's kinds, subscribers, jobs and invariants are known before the first event is recorded."""
        import_module("oms.celery")  # so that tasks belong to our application, whoever sends them
        for config in apps.get_app_configs():
            for module in ("events", "subscribers", "schedule", "guards"):
                name = f"{config.name}.{module}"
                if find_spec(name) is not None:
                    import_module(name)
