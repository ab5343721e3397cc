from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import Role
from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import permissions_of
from oms.tenancy.queries import tenant_by_slug
from oms.tenancy.services import create_api_key
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Create an API key; it is printed once and cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="slug of the tenant")
        parser.add_argument("name", help="what the key is for, e.g. 'ERP'")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            metavar="SCOPE",
            help="may be repeated; default: all of an integrator",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        scopes = options["scopes"] or sorted(permissions_of(Role.INTEGRATOR))
        try:
            tenant = tenant_by_slug(options["tenant"])
            with tenant_scope(tenant.pk):
                _key, secret = create_api_key(name=options["name"], scopes=scopes, actor=SYSTEM)
        except OmsError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(secret)
