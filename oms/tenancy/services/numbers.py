from __future__ import annotations

from django.db import connections

from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id

# Whoever uses the number commits after this, and the log is written in order: waiting for the disk here would add nothing.
_TAKE = """
WITH unhurried AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO tenancy_numbersequence (id, tenant_id, kind, year, last)
SELECT %s::uuid, %s::uuid, %s, %s::int, %s::int FROM unhurried
ON CONFLICT (tenant_id, kind, year) DO UPDATE SET last = tenancy_numbersequence.last + EXCLUDED.last RETURNING last
"""


def next_numbers(*, kind: str, year: int, count: int) -> list[str]:
    """Take `count` numbers that people will read, e.g. CMD-2026-000123; a gap appears when the caller's transaction fails.

    Taken on a connection of its own: inside the caller's transaction the sequence's row would stay locked until its
    commit, and a tenant could accept only one order at a time.
    """
    with connections["platform"].cursor() as cursor:
        cursor.execute(_TAKE, [new_id(), current_tenant_id(), kind, year, count])
        last = cursor.fetchone()[0]
    return [f"{kind}-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]
