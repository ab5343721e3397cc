from __future__ import annotations

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"
    label = "channels"

    def ready(self) -> None:
        """Show on a SKU's page what each channel was told of it."""
        from channels.web.panels import register  # noqa: PLC0415 -- app ready

        register()
