from __future__ import annotations

from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    name = "oms.fulfilment"
    label = "fulfilment"
