"""The Django app that carries the demo's commands."""

from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "oms.local"
    label = "local"
