from __future__ import annotations

from django.db import connection

from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id


def next_numbers(*, kind: str, year: int, count: int) -> list[str]:
    """Take `count` numbers that people will read, e.g. CMD-2026-000123; gaps appear when the transaction fails.

    Holds the sequence's row until commit: call it late.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_numbersequence (id, tenant_id, kind, year, last) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (tenant_id, kind, year) DO UPDATE SET last = tenancy_numbersequence.last + EXCLUDED.last RETURNING last",
            [new_id(), current_tenant_id(), kind, year, count],
        )
        last = cursor.fetchone()[0]
    return [f"{kind}-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]
