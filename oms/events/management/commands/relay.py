from __future__ import annotations

import signal
from typing import Any

from django.core.management.base import BaseCommand

from oms.events import relay


class Command(BaseCommand):
    help = "Hand recorded events to the workers until stopped. Run one or more; they share the work."

    def handle(self, *_args: Any, **_options: Any) -> None:
        stop: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: stop.append(received))
        self.stdout.write("Relay is running.")
        relay.run(lambda: bool(stop))
