from django.apps import AppConfig


class OrchestrationConfig(AppConfig):
    name = "orchestration"
    label = "orchestration"

    def ready(self) -> None:
        """Offer orders to the palette."""
        from orchestration.web.palette import register  # noqa: PLC0415 -- app ready

        register()
