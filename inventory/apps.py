from __future__ import annotations

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "inventory"
    label = "inventory"

    def ready(self) -> None:
        """Offer SKUs and locations to the palette."""
        from inventory.web.palette import register  # noqa: PLC0415 -- app ready

        register()
