"""The stock file: a million rows of which one in a hundred changes, a thousand rows, and the same changes in a small catalogue."""

from __future__ import annotations

import resource
import tempfile
import time
from typing import IO, TYPE_CHECKING

from django.db import connection, connections
from django.utils import timezone

from bench.figure import Figure
from inventory.models import ImportRun, StockLevel
from inventory.services.imports import receive_file, work_on
from inventory.services.imports.receive import ImportRequest
from oms.celery import spare_the_collector
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

LOCATIONS = 10
MOST_KEPT_MIB = 150


def stock_file() -> list[Figure]:
    """Each figure on fresh tenants; the engine called as the worker does."""
    # As in a worker.
    spare_the_collector()
    small, large = tenant_with_stock(1_000), tenant_with_stock(100_000)
    file = _file(_rows(100_000, changed=100))
    kept, began = _kept(), time.perf_counter()
    run = _import(large, file, mode="FULL")
    full, grown = time.perf_counter() - began, _kept() - kept
    _expect(run, rows=1_000_000, changed=10_000)
    deltas = {}
    for name, tenant, skus in (("small", small, 1_000), ("large", large, 100_000)):
        deltas[name] = min(_delta(tenant, skus, turn) for turn in range(3))
    ratio = deltas["large"] / deltas["small"]
    return [
        Figure("stock file, 1,000,000 rows, 1 % changed", f"{full:,.1f} s", "60 s", "15 s", full <= 60),
        Figure(
            "  memory the worker grew by", f"{grown:,.0f} MiB", f"{MOST_KEPT_MIB} MiB", "64 MiB", grown <= MOST_KEPT_MIB
        ),
        Figure("stock file, delta of 1,000 rows", f"{deltas['large']:,.2f} s", "1 s", "0.3 s", deltas["large"] <= 1),
        Figure("  same changes, 10 k against 1 M levels", f"{ratio:,.2f}", "1.5", "1", ratio <= 1.5),
    ]


def _delta(tenant: UUID, skus: int, turn: int) -> float:
    step = skus // 1_000
    rows = [f"SKU-{number * step:07d};LOC-0;{2_000 + turn}\n" for number in range(1_000)]
    file = _file(iter(["sku;location;on_hand\n", *rows]))
    began = time.perf_counter()
    run = _import(tenant, file, mode="DELTA")
    passed = time.perf_counter() - began
    _expect(run, rows=1_000, changed=1_000)
    return passed


def _rows(skus: int, *, changed: int) -> Iterator[str]:
    """Every SKU at every location; one row in `changed` says another quantity than there is."""
    yield "sku;location;on_hand\n"
    for number in range(skus):
        for place in range(LOCATIONS):
            quantity = 7 if (number * LOCATIONS + place) % changed else 8
            yield f"SKU-{number:07d};LOC-{place};{quantity}\n"


def _file(rows: Iterator[str]) -> IO[bytes]:
    """On disk: the memory of the file itself is not the engine's."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- gone with its last reader
    file.writelines(row.encode() for row in rows)
    return file


def _import(tenant: UUID, content: IO[bytes], *, mode: str) -> ImportRun:
    with content, tenant_scope(tenant):
        run, _new = receive_file(
            content=content, name="levels.csv", wanted=ImportRequest(mode=mode), now=timezone.now()
        )
    while not work_on(tenant_id=tenant, run_id=run.pk):
        pass
    with tenant_scope(tenant):
        return ImportRun.objects.get(pk=run.pk)


def _expect(run: ImportRun, *, rows: int, changed: int) -> None:
    if (run.state, run.rows, run.changed, run.rejected) != ("DONE", rows, changed, 0):
        raise AssertionError(
            f"{run.state} {run.failure_detail}: {run.rows} rows, {run.changed} changed, {run.rejected} rejected"
        )


def _kept() -> float:
    """The most memory the process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tenant_with_stock(skus: int) -> UUID:
    """A tenant whose SKUs lie, seven of each, at every location; made in the database, since a million calls are not the point."""
    slug = f"bench-{timezone.now():%H%M%S}-{skus}"
    tenant = create_tenant(slug=slug, name="Bench", actor=SYSTEM)
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for statement in _WORLD:
            cursor.execute(statement, {"tenant": tenant.pk, "skus": skus, "locations": LOCATIONS})
        if StockLevel.objects.count() != skus * LOCATIONS:
            raise AssertionError("The bench's stock is not there.")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    return tenant.pk


_WORLD = (
    """INSERT INTO inventory_sku (id, tenant_id, code, name, product, barcodes, category, brand, attributes, weight_g, active, created_at, updated_at)
       SELECT gen_random_uuid(), %(tenant)s, 'SKU-' || lpad((n - 1)::text, 7, '0'), 'Bench', '', '{}', '', '', '{}', 0, true, now(), now()
       FROM generate_series(1, %(skus)s) n""",
    """INSERT INTO inventory_location (id, tenant_id, code, name, kind, legal_entity_id, address, postcode, city, country, time_zone, opening,
                                       closures, groups, ships, collects, takes_returns, active, priority, minutes_to_accept,
                                       minutes_to_prepare, parcel_cost, created_at)
       SELECT gen_random_uuid(), %(tenant)s, 'LOC-' || (n - 1), 'Bench', 'STORE', e.id, '', '', '', 'FR', 'Europe/Paris', '{}', '[]', '{}',
              true, false, false, true, 0, 60, 120, 0, now()
       FROM generate_series(1, %(locations)s) n, (SELECT id FROM tenancy_legalentity WHERE tenant_id = %(tenant)s LIMIT 1) e""",
    """INSERT INTO inventory_stocklevel (id, tenant_id, sku_id, location_id, pool, on_hand, reserved, buffer, quarantined, damaged, in_transit,
                                         known, version)
       SELECT gen_random_uuid(), %(tenant)s, s.id, p.id, '', 7, 0, 0, 0, 0, 0, true, 1
       FROM inventory_sku s, inventory_location p WHERE s.tenant_id = %(tenant)s AND p.tenant_id = %(tenant)s""",
    """INSERT INTO inventory_stockmovement (id, tenant_id, level_id, version, bucket, quantity, balance, reason, cause_type, cause_id, key,
                                            note, actor, occurred_at, recorded_at)
       SELECT gen_random_uuid(), %(tenant)s, l.id, 1, 'ON_HAND', 7, 7, 'OPENING', '', '', '', '', '{}', now(), now()
       FROM inventory_stocklevel l WHERE l.tenant_id = %(tenant)s""",
)
