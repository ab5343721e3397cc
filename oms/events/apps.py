from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class EventsConfig(AppConfig):
    name = "oms.events"
    label = "events"

    def ready(self) -> None:
        """Every room's kinds, subscribers and jobs are known before the first event is recorded."""
        for config in apps.get_app_configs():
            for module in ("events", "subscribers", "schedule"):
                name = f"{config.name}.{module}"
                if config.name != self.name and find_spec(name) is not None:
                    import_module(name)
