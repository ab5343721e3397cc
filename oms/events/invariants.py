"""What must always be true of a live database, asked in SQL. Each answer should be no row.

A check is registered by the room that sees everything it compares. `manage.py invariants` asks them of every row at once;
`oms.events.services.monitor` asks them all the time, of a few rows of one table after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections, transaction

if TYPE_CHECKING:
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

ROWS = "{rows}"
_EVERY_ROW = "true"
_SOME_ROWS = "{row}.tenant_id = %(tenant)s AND {row}.id > %(after)s AND {row}.id <= %(upto)s"


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` selects one row per violation: tenant_id and a text that says what is wrong.

    It speaks of the rows of one table, `over`, under the name `row`; `{rows}` in it is the condition that chooses them.
    """

    name: str
    promise: StrOrPromise
    over: str
    row: str
    sql: str

    def of_every_row(self) -> str:
        """The question about every row of every tenant."""
        return self.sql.replace(ROWS, _EVERY_ROW)

    def of_some_rows(self) -> str:
        """The same about a tenant's rows between two ids: `%(tenant)s`, `%(after)s`, `%(upto)s`."""
        return self.sql.replace("%", "%%").replace(ROWS, _SOME_ROWS.format(row=self.row))


_invariants: dict[str, Invariant] = {}


def always(name: str, promise: StrOrPromise, *, over: str, row: str, sql: str) -> Invariant:
    """Register an invariant. Raises ValueError for a second use of the name, or when its rows cannot be chosen."""
    if name in _invariants:
        raise ValueError(f"There are two invariants called {name}")
    if ROWS not in sql:
        raise ValueError(f"{name} does not say where its rows are chosen")
    _invariants[name] = Invariant(name, promise, over, row, sql)
    return _invariants[name]


def invariants() -> list[Invariant]:
    """Every invariant, by name."""
    return [_invariants[name] for name in sorted(_invariants)]


def violations(each: Invariant, *, limit: int = 20) -> tuple[int, list[tuple[str, str]]]:
    """How often an invariant is broken now, across tenants, and the first cases as (tenant id, what is wrong)."""
    with transaction.atomic(using="platform"), connections["platform"].cursor() as cursor:
        # Every row of every tenant, asked by an operator who waits.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(f"SELECT count(*) FROM ({each.of_every_row()}) broken")
        count = cursor.fetchone()[0]
        if not count:
            return 0, []
        cursor.execute(f"SELECT * FROM ({each.of_every_row()}) broken LIMIT %s", [limit])
        return count, [(str(row[0]), str(row[1])) for row in cursor.fetchall()]


def violations_within(
    each: Invariant, *, tenant_id: UUID, after: UUID, upto: UUID, using: str = "default"
) -> tuple[int, str]:
    """How often an invariant is broken among a tenant's rows with an id after one and up to another, and the first case."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), min(what) FROM ({each.of_some_rows()}) AS broken(tenant_id, what)",
            {"tenant": tenant_id, "after": after, "upto": upto},
        )
        count, case = cursor.fetchone()
        return count, case or ""
