"""What becomes of orders that are accepted: events, work at the locations, reports to the shop, publication."""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils import timezone

from channels.models import ChannelCommand, Listing
from channels.services import publish, send_commands
from oms.events.models import Delivery
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.queries import fulfilments, lines_of
from oms.fulfilment.services import pack_wave, pick_wave, ship_wave
from oms.fulfilment.types import Tracking
from oms.local.replay.progress import EVENTS, OWED, PREPARED, TOLD, ReplayStuck
from oms.local.retailer.history import drain
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from channels.models import Connection
    from oms.local.replay.progress import Progress

WAVE = 50
TRIES = 30


class Crew:
    """Does what is to be done, in this process. Killed at any moment, another one goes on."""

    def __init__(self, tenant_id: UUID, connection: Connection, progress: Progress) -> None:
        self._tenant_id = tenant_id
        self._connection = connection
        self._progress = progress

    def work(self) -> None:
        """From the events of new orders to what the shop knows in the end."""
        spend = self._progress.spend
        spend(EVENTS, drain)
        spend(TOLD, self._publish)
        spend(PREPARED, self._prepare)
        spend(EVENTS, drain)
        spend(TOLD, self._report)
        spend(TOLD, self._publish)

    def finish(self) -> None:
        """Work until nothing is left, and wait for what the shop is slow to confirm. Raises ReplayStuck."""
        for attempt in range(TRIES):
            if not self.is_needed():
                return
            time.sleep(attempt / 2)
            self.work()
        raise ReplayStuck("There is no end: work, reports, quantities or events are still owed.")

    def is_needed(self) -> bool:
        """Whether anything is left, for us or for whoever has a lease on it."""
        with tenant_scope(self._tenant_id):
            return (
                self.backlog() > 0
                or ChannelCommand.objects.filter(state__in=OWED).exists()
                or Listing.objects.filter(dirty_since__isnull=False, sku__isnull=False).exists()
                or Delivery.objects.filter(dead_at=None).exists()
            )

    def backlog(self) -> int:
        """How much work waits at the locations."""
        with tenant_scope(self._tenant_id):
            return fulfilments().filter(state=FulfilmentState.TO_ACCEPT).count()

    def _prepare(self) -> None:
        while True:
            with tenant_scope(self._tenant_id):
                waiting = fulfilments().filter(state=FulfilmentState.TO_ACCEPT).order_by("created_at", "pk")
                placed = dict(waiting.values_list("pk", "order__placed_at")[:WAVE])
                if not placed:
                    return
                wave = list(placed)
                picked: dict[UUID, dict[UUID, int]] = {work_id: {} for work_id in wave}
                for work_id, line_id, quantity in lines_of(wave).values_list("fulfilment_id", "pk", "quantity"):
                    picked[work_id][line_id] = quantity
            wave.sort(key=placed.__getitem__)
            # A day is a transaction: stock that leaves twice in one is locked in two orders.
            for _day, same_day in groupby(wave, key=lambda each: placed[each].date()):
                works = list(same_day)
                with tenant_scope(self._tenant_id):
                    _ship({each: picked[each] for each in works}, now=placed[works[-1]])

    def _report(self) -> None:
        while send_commands(tenant_id=self._tenant_id, connection_id=self._connection.pk, now=timezone.now()):
            drain()

    def _publish(self) -> None:
        while True:
            done = publish(tenant_id=self._tenant_id, connection_id=self._connection.pk, now=timezone.now())
            if not done.acknowledged + done.unchanged:
                return


def _ship(picked: dict[UUID, dict[UUID, int]], *, now: datetime) -> None:
    """Everything leaves on the day on which the file sold it, so that the ledger knows when it happened."""
    works = list(picked)
    pick_wave(picked=picked, now=now)
    pack_wave(fulfilment_ids=works, now=now)
    ship_wave(parcels={each: [Tracking("Colissimo", f"RP{each.hex[-12:].upper()}")] for each in works}, now=now)
