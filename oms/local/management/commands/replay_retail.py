from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from channels.models import Connection
from channels.services import poll
from channels.simulators.app import Options, build
from channels.simulators.server import Running
from oms.local.home import Home
from oms.local.replay.invoices import Invoice, batches, read_invoices
from oms.local.replay.play import Player, Progress, ReplayStuck
from oms.local.replay.report import report
from oms.local.replay.world import build_world, drawn_postcodes, take_over
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import Tenant

if TYPE_CHECKING:
    from uuid import UUID

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
        shop = build(Options(kind="woocommerce", seed=options["seed"]))
        with Running(shop) as running, httpx.Client(base_url=running.url, timeout=120) as client:
            products = [{"sku": code, "name": name, "price": 10, "stock": 0} for code, name in sorted(names.items())]
            client.post("/_sim/catalogue", json={"products": products}).raise_for_status()
            tenant_id, connection = self._world(invoices, names, running.url, options)
            self._play(invoices, tenant_id, connection, client, options)

    def _play(
        self,
        invoices: list[Invoice],
        tenant_id: UUID,
        connection: Connection,
        shop: httpx.Client,
        options: dict[str, Any],
    ) -> None:
        file = Home.from_environment().path / f"replay-{options['tenant']}.json"
        progress = Progress.read(file)
        progress.runs, progress.batch = progress.runs + 1, progress.batch or options["batch"]
        progress.save(file)
        homes = drawn_postcodes(HOMES, options["seed"])
        player = Player(tenant_id, connection, shop, homes, options["seed"], progress)
        player.restock_shop(invoices[: progress.position])
        poll(tenant_id=tenant_id, connection_id=connection.pk, now=timezone.now())
        began, first = time.monotonic(), progress.position
        for position, part in batches(invoices, progress.batch, progress.position):
            try:
                player.play(part)
            except ReplayStuck as stuck:
                raise CommandError(str(stuck)) from stuck
            progress.position = position
            progress.save(file)
            self._bar(position, len(invoices), (position - first) / (time.monotonic() - began))
        for line in report(tenant_id, options["file"], invoices, progress):
            self.stdout.write(line)
            if line.endswith(" violations") and line != "0 violations":
                raise CommandError(line)

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
        needs: Counter[str] = Counter()
        for invoice in invoices:
            for sale in invoice.sales:
                needs[sale.code] += sale.quantity
        return build_world(options["tenant"], names, needs, url, options["seed"])

    def _bar(self, position: int, total: int, rate: float) -> None:
        filled = 40 * position // max(total, 1)
        left = (total - position) / rate if rate else 0
        bar = "█" * filled + "·" * (40 - filled)
        text = f"{bar} {position:>6,}/{total:,}  {rate:6.1f} invoices/s  {left / 60:5.1f} min left"
        self.stdout.write(text, ending="\r" if self.stdout.isatty() and position < total else "\n")
