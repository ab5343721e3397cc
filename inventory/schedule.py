"""Periodic work of the room."""

from __future__ import annotations

import time
from uuid import UUID

from django.utils import timezone

from inventory.services import (
    expire_reservations,
    keep_balances,
    open_costs,
    reckon_horizons,
    sweep_buffers,
    thin_balances,
)
from inventory.services.imports import collect_files, tidy_imports, work_on
from oms.events.jobs import periodic
from oms.tenancy.context import tenant_scope

_EXPIRED = "SELECT DISTINCT tenant_id, '' FROM inventory_reservation WHERE state = 'SOFT' AND expires_at <= now()"


@periodic(name="inventory.expire_reservations", every=2, due=_EXPIRED)
def expire(tenant_id: UUID, _argument: str) -> None:
    """Baskets that ran out give their units back."""
    with tenant_scope(tenant_id):
        expire_reservations(now=timezone.now())


# A day comes nearer at midnight, without any event.
_UNRECKONED = """
SELECT DISTINCT tenant_id, '' FROM inventory_stockview
WHERE supply <> '{}' AND horizon IS NOT NULL AND (reckoned_on IS NULL OR reckoned_on < current_date)
"""


@periodic(name="inventory.reckon_horizons", every=60, due=_UNRECKONED)
def reckon(tenant_id: UUID, _argument: str) -> None:
    """What has come within a view's horizon since yesterday is told to its channels."""
    with tenant_scope(tenant_id):
        reckon_horizons(today=timezone.now().date())


_AT_WORK = """
SELECT tenant_id, id::text FROM inventory_importrun
WHERE state IN ('QUEUED', 'READING', 'APPLYING') AND (leased_until IS NULL OR leased_until < now())
"""


@periodic(name="inventory.run_imports", every=1, due=_AT_WORK, queue="bulk")
def run_imports(tenant_id: UUID, run_id: str) -> None:
    """Files that were sent are read and applied, each for half a minute at a time."""
    work_on(tenant_id=tenant_id, run_id=UUID(run_id))


_UNSWEPT = "SELECT tenant_id, '' FROM inventory_buffersweep WHERE is_open OR next_at <= now()"
SECONDS_OF_SWEEPING = 20.0


@periodic(name="inventory.sweep_buffers", every=2, due=_UNSWEPT)
def sweep(tenant_id: UUID, _argument: str) -> None:
    """Levels follow the buffer rules, some SKUs in each transaction."""
    until = time.monotonic() + SECONDS_OF_SWEEPING
    more = True
    while more and time.monotonic() < until:
        with tenant_scope(tenant_id):
            more = sweep_buffers(now=timezone.now())


# Those whose last day is not kept yet.
_UNKEPT = """
SELECT t.id, '' FROM tenancy_tenant t WHERE t.active AND NOT EXISTS (
    SELECT 1 FROM inventory_stockperiod p
    WHERE p.tenant_id = t.id AND p.built_at IS NOT NULL AND p.at >= date_trunc('day', now(), 'UTC'))
"""
SECONDS_OF_KEEPING = 20.0


@periodic(name="inventory.keep_balances", every=60, due=_UNKEPT, queue="bulk")
def keep(tenant_id: UUID, _argument: str) -> None:
    """The balances of each day that is over are kept, and the opening costs of what has stock."""
    until = time.monotonic() + SECONDS_OF_KEEPING
    more = True
    while more and time.monotonic() < until:
        with tenant_scope(tenant_id):
            more = keep_balances(now=timezone.now())
    with tenant_scope(tenant_id):
        open_costs()
        thin_balances()


@periodic(
    name="inventory.collect_files", every=10, due="SELECT id, slug FROM tenancy_tenant WHERE active", queue="bulk"
)
def collect(tenant_id: UUID, folder: str) -> None:
    """Files that were dropped into the tenant's folder are taken in."""
    collect_files(tenant_id=tenant_id, folder=folder, now=timezone.now())


@periodic(name="inventory.tidy_imports", every=3600, queue="bulk")
def tidy(tenant_id: UUID, _argument: str) -> None:
    """Files that nobody went on with are given up."""
    with tenant_scope(tenant_id):
        tidy_imports(now=timezone.now())
