from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from oms.local.retailer.load import default_answer, load

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Load the demonstration merchants: stock, people, API keys, ninety days of orders. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", type=Path, help="where to write how to get in")
        parser.add_argument("--orders-per-day", type=int, default=2)

    def handle(self, *_args: Any, **options: Any) -> None:
        load(options["json"] or default_answer(), self.stdout.write, orders_per_day=options["orders_per_day"])
