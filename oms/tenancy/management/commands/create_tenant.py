from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from oms.tenancy.errors import OmsError
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Create a tenant (a merchant)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="short name used on the command line, e.g. keravel")
        parser.add_argument("name", help="the merchant's name, e.g. 'Maison Keravel'")
        parser.add_argument("--country", default="FR")
        parser.add_argument("--currency", default="EUR")
        parser.add_argument("--time-zone", default="Europe/Paris")
        parser.add_argument("--language", default="fr", choices=["fr", "en"])
        parser.add_argument("--mfa-required", action="store_true", help="no page without a second factor")

    def handle(self, *_args: Any, **options: Any) -> None:
        wanted = ("slug", "name", "country", "currency", "time_zone", "language", "mfa_required")
        try:
            tenant = create_tenant(actor=SYSTEM, **{name: options[name] for name in wanted})
        except OmsError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"Tenant {tenant.slug} created.")
