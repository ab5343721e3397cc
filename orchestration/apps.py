from django.apps import AppConfig


class OrchestrationConfig(AppConfig):
    name = "orchestration"
    label = "orchestration"

    def ready(self) -> None:
        """Offer orders to the palette, and show on a SKU's page for whom its units are kept."""
        from orchestration.web import palette, reserved  # noqa: PLC0415 -- app ready

        palette.register()
        reserved.register()
