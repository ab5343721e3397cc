from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date

from inventory.services import prove_pruning, prune_movements
from oms.tenancy.enums import ActorKind
from oms.tenancy.errors import OmsError
from oms.tenancy.queries import tenant_by_slug
from oms.tenancy.types import Actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from django.core.management.base import CommandParser

OPERATOR = Actor(ActorKind.SYSTEM, label="manage.py prune_movements")
SECONDS = 10


class Command(BaseCommand):
    help = (
        "Remove a tenant's old movements from the stock ledger. The balances at the end of the last month before the day stay; "
        "every level is proved against them first. Without --execute nothing is changed. A run that was stopped is simply started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="slug of the tenant")
        parser.add_argument("--before", required=True, type=_day, metavar="YYYY-MM-DD", help="keep this day and later")
        parser.add_argument("--execute", action="store_true", help="remove them; they cannot be had back")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            tenant = tenant_by_slug(options["tenant"])
            found = prove_pruning(
                tenant_id=tenant.pk, before=options["before"], now=timezone.now(), told=self._progress("proved")
            )
            self.stdout.write(
                f"Up to {found.floor:%Y-%m-%d}, 00:00 UTC: {found.levels:,} levels proved, {found.movements:,} movements to remove, "
                f"{found.keys:,} keys to keep."
            )
            if not options["execute"]:
                self.stdout.write("Nothing was changed: --execute removes them for good.")
                return
            gone = prune_movements(tenant_id=tenant.pk, pruning=found, actor=OPERATOR, told=self._progress("done"))
        except OmsError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{gone:,} movements removed. The past is known from {found.floor:%Y-%m-%d} on.")

    def _progress(self, what: str) -> Callable[[int, int], None]:
        last = time.monotonic()

        def told(levels: int, movements: int) -> None:
            nonlocal last
            if time.monotonic() - last > SECONDS:
                last = time.monotonic()
                self.stdout.write(f"  {levels:,} levels {what}, {movements:,} movements ...")

        return told


def _day(text: str) -> date:
    day = parse_date(text)
    if day is None:
        raise ValueError(text)
    return day
