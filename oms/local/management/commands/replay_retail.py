from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from channels.models import Connection
from channels.services import poll
from oms.celery import spare_the_collector
from oms.local.errors import LocalError
from oms.local.replay.beside import crew_beside, shop_beside, shop_within
from oms.local.replay.crew import Crew
from oms.local.replay.invoices import Invoice, batches, read_invoices
from oms.local.replay.play import Player
from oms.local.replay.progress import Progress, ReplayStuck, alone
from oms.local.replay.report import report
from oms.local.replay.world import build_world, drawn_postcodes, take_over
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import Tenant

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import httpx
    from django.core.management.base import CommandParser

HOMES = 500


class Command(BaseCommand):
    help = (
        "Play a retailer's invoices (Online Retail II's columns, .parquet or .csv) through a simulated shop: catalogue, orders, "
        "routing, preparation, shipment, publication. Goes on where it was interrupted; ends with a report and every invariant."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", default="online-retail", help="slug of the tenant to create or to go on with")
        parser.add_argument("--batch", type=int, default=50, help="invoices at a time; the first run decides")
        parser.add_argument("--limit", type=int, default=0, help="stop after so many invoices; 0 plays all")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument(
            "--together",
            action="store_true",
            help="all in this process, in turn: slower, the same to the unit each time",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["file"].exists():
            raise CommandError(f"There is no file {options['file']}.")
        self.stdout.write("Reading the invoices…")
        try:
            invoices, names = read_invoices(options["file"])
        except ValueError as fault:
            raise CommandError(str(fault)) from fault
        if options["limit"]:
            invoices = invoices[: options["limit"]]
        spare_the_collector()
        open_shop = shop_within if options["together"] else shop_beside
        try:
            with alone(options["tenant"]), open_shop(seed=options["seed"]) as shop:
                self._play(invoices, names, shop, options)
        except (ReplayStuck, LocalError) as stuck:
            raise CommandError(str(stuck)) from stuck

    def _play(
        self,
        invoices: list[Invoice],
        names: dict[str, str],
        shop: httpx.Client,
        options: dict[str, Any],
    ) -> None:
        products = [{"sku": code, "name": name, "price": 10, "stock": 0} for code, name in sorted(names.items())]
        shop.post("/_sim/catalogue", json={"products": products}).raise_for_status()
        tenant_id, connection = self._world(invoices, names, str(shop.base_url), options)
        progress = Progress.read(options["tenant"])
        progress.runs, progress.batch = progress.runs + 1, progress.batch or options["batch"]
        progress.save()
        homes = drawn_postcodes(HOMES, options["seed"])
        player = Player(tenant_id, connection, shop, homes, options["seed"], progress)
        crew = Crew(tenant_id, connection, progress)
        player.restock_shop(invoices[: progress.position])
        poll(tenant_id=tenant_id, connection_id=connection.pk, now=timezone.now())
        beside = nullcontext(crew.work) if options["together"] else crew_beside(crew, tenant=options["tenant"])
        try:
            with beside as keep_up:
                self._sell(invoices, player, keep_up, progress)
            with progress.running():
                crew.finish()
        except KeyboardInterrupt:
            done = f"{progress.position:,} of {len(invoices):,} invoices are done"
            raise CommandError(f"Interrupted; {done}. The same command goes on.", returncode=130) from None
        finally:
            progress.save()
        for line in report(tenant_id, options["file"], invoices, progress):
            self.stdout.write(line)
            if line.endswith(" violations") and line != "0 violations":
                raise CommandError(line)

    def _sell(self, invoices: list[Invoice], player: Player, keep_up: Callable[[], None], progress: Progress) -> None:
        began, first = time.monotonic(), progress.position
        for position, part in batches(invoices, progress.batch, first):
            with progress.running():
                player.play(part)
                keep_up()
            progress.position = position
            progress.save()
            self._bar(position, len(invoices), (position - first) / (time.monotonic() - began))

    def _world(
        self, invoices: list[Invoice], names: dict[str, str], url: str, options: dict[str, Any]
    ) -> tuple[UUID, Connection]:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is not None:
            with tenant_scope(tenant.pk):
                row = Connection.objects.first()
                if row is not None:
                    take_over(row, url)
                    return tenant.pk, row
        self.stdout.write(f"Creating {len(names):,} SKUs, 22 locations and their opening stock…")
        return build_world(options["tenant"], names, invoices, url, options["seed"])

    def _bar(self, position: int, total: int, rate: float) -> None:
        filled = 40 * position // max(total, 1)
        left = (total - position) / rate if rate else 0
        bar = "█" * filled + "·" * (40 - filled)
        text = f"{bar} {position:>6,}/{total:,}  {rate:6.1f} invoices/s  {left / 60:5.1f} min left"
        self.stdout.write(text, ending="\r" if self.stdout.isatty() and position < total else "\n")
