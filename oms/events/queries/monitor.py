from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from oms.events.invariants import invariants
from oms.events.models import InvariantCheck

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NEVER = datetime.min.replace(tzinfo=UTC)


class Watched(NamedTuple):
    """One invariant and what the monitor knows of it for the open tenant; `rows` is what its last whole round saw."""

    name: str
    promise: StrOrPromise
    checked_at: datetime | None
    completed_at: datetime | None
    rows: int
    rows_this_round: int
    broken_at: datetime | None
    first_case: str
    last_broken_at: datetime | None
    last_case: str


def watched() -> list[Watched]:
    """Every invariant, by name."""
    found = {row.name: row for row in InvariantCheck.objects.all()}
    return [_watched(each.name, each.promise, found.get(each.name)) for each in invariants()]


def _watched(name: str, promise: StrOrPromise, row: InvariantCheck | None) -> Watched:
    if row is None:
        return Watched(name, promise, None, None, 0, 0, None, "", None, "")
    return Watched(
        name,
        promise,
        row.checked_at,
        row.completed_at,
        row.rows,
        row.round_rows,
        row.broken_at,
        row.first_case,
        row.last_broken_at,
        row.last_case,
    )


def checks_to_make() -> list[str]:
    """The names of all invariants; those that were never checked first, then those checked longest ago."""
    checked = dict(InvariantCheck.objects.values_list("name", "checked_at"))
    return sorted((each.name for each in invariants()), key=lambda name: (checked.get(name) or NEVER, name))


def broken_count() -> int:
    """How many invariants are broken for the open tenant."""
    return InvariantCheck.objects.filter(broken_at__isnull=False).count()
