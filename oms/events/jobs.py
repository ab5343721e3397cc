"""Periodic work. Time belongs to PostgreSQL: a job asks the database what is due and is safe to run twice.

`due` is asked on the `platform` connection and names (tenant, argument) pairs; the scheduler hands each to Celery.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    Run = Callable[[UUID, str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """`due` is SQL that selects (tenant_id, argument); `run` receives both, outside any scope."""

    name: str
    every: float
    due: str
    run: Run
    queue: str


_jobs: dict[str, Job] = {}
EVERY_TENANT = "SELECT id, '' FROM tenancy_tenant WHERE active"


def periodic(*, name: str, every: float, due: str = EVERY_TENANT, queue: str = "default") -> Callable[[Run], Run]:
    """Register the decorated function to run for what is due, looked for every so many seconds.

    Raises ValueError for a second use of the name.
    """

    def register(run: Run) -> Run:
        if name in _jobs:
            raise ValueError(f"There are two jobs called {name}")
        _jobs[name] = Job(name, every, due, run, queue)
        return run

    return register


def job(name: str) -> Job:
    """The job of that name. Raises KeyError."""
    return _jobs[name]


def jobs() -> list[Job]:
    """Every job, by name."""
    return [_jobs[name] for name in sorted(_jobs)]


def due_now(each: Job) -> list[tuple[UUID, str]]:
    """What the job should be run for now, across tenants."""
    with connections["platform"].cursor() as cursor:
        cursor.execute(each.due)
        return [(row[0], str(row[1])) for row in cursor.fetchall()]
