from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from channels.models import Connection
from oms.celery import spare_the_collector
from oms.local.replay.crew import Crew
from oms.local.replay.progress import Progress
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import Tenant

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

PAUSE_SECONDS = 0.2


class Command(BaseCommand):
    help = "What replay_retail starts beside itself: events, preparation, reports and publication, until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="slug of the replay's tenant")

    def handle(self, *_args: Any, **options: Any) -> None:
        stop: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: stop.append(received))
        tenant = Tenant.objects.get(slug=options["tenant"])
        with tenant_scope(tenant.pk):
            connection = Connection.objects.get()
        progress = Progress.read(f"{tenant.slug}-crew")
        crew = Crew(tenant.pk, connection, progress)
        spare_the_collector()
        while not stop:
            if crew.is_needed():
                crew.work()
                progress.save()
            time.sleep(PAUSE_SECONDS)
