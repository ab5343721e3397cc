from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import Role
from oms.tenancy.errors import OmsError
from oms.tenancy.queries import tenant_by_slug
from oms.tenancy.services import add_member, create_person
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Give a person a role in a tenant. The password is read from BATON_PASSWORD; without it, use the reset link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="slug of the tenant")
        parser.add_argument("email")
        parser.add_argument("role", choices=list(Role.values))
        parser.add_argument("--name", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
            tenant = tenant_by_slug(options["tenant"])
            user = create_person(
                email=options["email"], name=options["name"], password=os.environ.get("BATON_PASSWORD")
            )
            with tenant_scope(tenant.pk):
                add_member(user=user, role=options["role"], actor=SYSTEM)
        except OmsError as refusal:
            raise CommandError(refusal.message) from refusal
        except ValidationError as fault:
            raise CommandError("; ".join(fault.messages)) from fault
        self.stdout.write(f"{user.email} is {options['role']} of {tenant.slug}.")
