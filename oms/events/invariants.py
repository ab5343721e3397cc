"""What must always be true of a live database, asked in SQL. Each answer should be no row.

A check is registered by the room that sees everything it compares; `manage.py invariants` runs them all.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` selects one row per violation: tenant_id and a text that says what is wrong."""

    name: str
    promise: str
    sql: str


_invariants: dict[str, Invariant] = {}


def always(name: str, promise: str, sql: str) -> Invariant:
    """Register an invariant. Raises ValueError for a second use of the name."""
    if name in _invariants:
        raise ValueError(f"There are two invariants called {name}")
    _invariants[name] = Invariant(name, promise, sql)
    return _invariants[name]


def invariants() -> list[Invariant]:
    """Every invariant, by name."""
    return [_invariants[name] for name in sorted(_invariants)]


def violations(each: Invariant, *, limit: int = 20) -> tuple[int, list[tuple[str, str]]]:
    """How often an invariant is broken now, across tenants, and the first cases as (tenant id, what is wrong)."""
    with connections["platform"].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({each.sql}) broken")
        count = cursor.fetchone()[0]
        if not count:
            return 0, []
        cursor.execute(f"SELECT * FROM ({each.sql}) broken LIMIT %s", [limit])
        return count, [(str(row[0]), str(row[1])) for row in cursor.fetchall()]
