"""The one way into a tenant's data."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connections, transaction
from django_scopes import get_scope, scope

from oms.tenancy.errors import NoTenant, OtherTenantOpen

if TYPE_CHECKING:
    from collections.abc import Iterator


def open_tenant() -> UUID | None:
    """The tenant whose scope is open, or None."""
    found = get_scope().get("tenant")
    return found if isinstance(found, UUID) else None


def current_tenant_id() -> UUID:
    """The tenant whose scope is open. Raises NoTenant."""
    found = open_tenant()
    if found is None:
        raise NoTenant("No tenant scope is open; enter tenant_scope(tenant_id) first.")
    return found


@contextmanager
def tenant_scope(tenant_id: UUID, *, using: str = "default") -> Iterator[None]:
    """Open the ORM scope, a transaction and the database's own tenant setting, together.

    Entering the scope that is already open is a savepoint. Raises OtherTenantOpen when another tenant's is.
    """
    before = open_tenant()
    if before is not None and before != tenant_id:
        raise OtherTenantOpen("A scope of another tenant is open.")
    connection = connections[using]
    with scope(tenant=tenant_id), transaction.atomic(using=using):
        if before is None:
            _set_tenant(using, str(tenant_id))
        yield
        # Inside an outer transaction (tests), the setting would outlive this scope.
        if before is None and not connection.needs_rollback and len(connection.savepoint_ids) > 0:
            _set_tenant(using, "")


def _set_tenant(using: str, value: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [value])
