from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from oms.events import scheduler


class Command(BaseCommand):
    help = "Hand periodic work to the workers until stopped. Run one or more; one leads, the others wait."

    def handle(self, *_args: Any, **_options: Any) -> None:
        stop: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: stop.append(received))
        self.stdout.write("Scheduler is running.")
        scheduler.run(lambda: bool(stop))
