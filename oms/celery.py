"""The Celery application. Tasks are found in each room's `tasks` module."""

from __future__ import annotations

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

app = Celery("baton")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def spare_the_collector(**_signal: Any) -> None:
    """What was loaded at start lives for ever: the collector need not look at it again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
