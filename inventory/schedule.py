"""Periodic work of the room."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from inventory.services import expire_reservations
from inventory.services.imports import work_on
from oms.events.jobs import periodic
from oms.tenancy.context import tenant_scope

_EXPIRED = "SELECT DISTINCT tenant_id, '' FROM inventory_reservation WHERE state = 'SOFT' AND expires_at <= now()"


@periodic(name="inventory.expire_reservations", every=2, due=_EXPIRED)
def expire(tenant_id: UUID, _argument: str) -> None:
    """Baskets that ran out give their units back."""
    with tenant_scope(tenant_id):
        expire_reservations(now=timezone.now())


_AT_WORK = """
SELECT tenant_id, id::text FROM inventory_importrun
WHERE state IN ('QUEUED', 'READING', 'APPLYING') AND (leased_until IS NULL OR leased_until < now())
"""


@periodic(name="inventory.run_imports", every=1, due=_AT_WORK, queue="bulk")
def run_imports(tenant_id: UUID, run_id: str) -> None:
    """Files that were sent are read and applied, each for half a minute at a time."""
    work_on(tenant_id=tenant_id, run_id=UUID(run_id))
