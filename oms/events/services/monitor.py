"""The invariant monitor: asks what must always be true, all the time, of a few rows after the other. It never repairs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog
from django.db import transaction

from oms.database.rows import select
from oms.events import metrics
from oms.events.events import INVARIANT_BROKEN, INVARIANT_HOLDS
from oms.events.invariants import invariants, violations_within
from oms.events.locks import lock_check
from oms.events.models import InvariantCheck
from oms.events.models.check import FIRST
from oms.events.services.record import record
from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oms.events.invariants import Invariant

logger = structlog.get_logger(__name__)
# A question that takes longer is asked of fewer rows next time; a quick one of more.
LONG_SECONDS = 0.5
FEWEST, MOST = 10, 5000
LONGEST_CASE = 2000


@transaction.atomic
def check_next(*, name: str, now: datetime) -> int:
    """Ask one invariant of the open tenant's next rows and keep the answer; return of how many rows.

    The first difference is told as an event, logged and counted; the same one again is not. After a round without any the
    invariant holds again. Two at once do not ask the same.
    """
    each = next(found for found in invariants() if found.name == name)
    InvariantCheck.objects.get_or_create(name=name, defaults={"checked_at": now})
    row = lock_check(name)
    if row is None:
        return 0
    began = time.perf_counter()
    rows, upto = _next_rows(each, row)
    found, case = (
        violations_within(each, tenant_id=current_tenant_id(), after=row.position, upto=upto) if rows else (0, "")
    )
    long = time.perf_counter() - began > LONG_SECONDS
    metrics.CHECKED.labels(name).inc(rows)
    row.checked_at = now
    row.round_rows += rows
    row.round_found += found
    if found:
        _note(row, case[:LONGEST_CASE], now)
    if rows < row.at_once:
        _end_round(row, now)
    else:
        row.position = upto
    row.at_once = max(row.at_once // 2, FEWEST) if long else min(row.at_once * 2, MOST)
    row.save()
    return rows


def _next_rows(each: Invariant, row: InvariantCheck) -> tuple[int, UUID]:
    """How many rows come next, and the id of the last of them."""
    table = each.over
    ((count, upto),) = select(
        f"SELECT count(*), max(id::text)::uuid FROM (SELECT id FROM {table} WHERE tenant_id = %(tenant)s AND id > %(after)s ORDER BY id LIMIT %(limit)s) r",
        {"after": row.position, "limit": row.at_once},
    )
    return count, upto


def _note(row: InvariantCheck, case: str, now: datetime) -> None:
    row.last_broken_at, row.last_case = now, case
    if row.broken_at is not None:
        return
    row.broken_at, row.first_case = now, case
    metrics.VIOLATED.labels(row.name).inc()
    logger.error("events.invariant_broken", invariant=row.name, case=case)
    record(INVARIANT_BROKEN, "invariant", row.pk, {"invariant": row.name, "case": case})


def _end_round(row: InvariantCheck, now: datetime) -> None:
    if row.broken_at is not None and not row.round_found:
        row.broken_at = None
        record(INVARIANT_HOLDS, "invariant", row.pk, {"invariant": row.name})
    row.rows, row.completed_at = row.round_rows, now
    row.position, row.round_rows, row.round_found = FIRST, 0, 0
