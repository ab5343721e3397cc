"""The scheduler: looks for due work and hands it to Celery. Many may run; one leads at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog
from django.core.cache import cache
from django.db import connections

from oms.events.jobs import Job, due_now, jobs
from oms.events.tasks import run_job

if TYPE_CHECKING:
    from collections.abc import Callable

logger = structlog.get_logger(__name__)
LEADER_LOCK = 4_217_001
# A task that was handed out and not run yet is not handed out again meanwhile.
HANDED_OUT_SECONDS = 30


def run(stopped: Callable[[], bool], *, tick: float = 0.5) -> None:
    """Schedule until `stopped`; waits while another scheduler leads, and outlives database and broker restarts."""
    next_run = {each.name: 0.0 for each in jobs()}
    leads = False
    while not stopped():
        try:
            leads = leads or _lead()
            if leads:
                _tick(next_run)
        except Exception as error:  # noqa: BLE001 -- the scheduler must outlive whatever the database or broker does
            logger.warning("events.scheduler_interrupted", error=repr(error))
            connections["platform"].close()
            leads = False
        time.sleep(tick)


def _lead() -> bool:
    with connections["platform"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK])
        return bool(cursor.fetchone()[0])


def _tick(next_run: dict[str, float]) -> None:
    now = time.monotonic()
    for each in jobs():
        if now >= next_run[each.name]:
            next_run[each.name] = now + each.every
            _hand_out(each)


def _hand_out(each: Job) -> None:
    for tenant_id, argument in due_now(each):
        mark = f"job:{each.name}:{tenant_id}:{argument}"
        if cache.add(mark, 1, HANDED_OUT_SECONDS):
            run_job.apply_async(
                kwargs={"name": each.name, "tenant_id": str(tenant_id), "argument": argument},
                queue=each.queue,
                retry=False,
            )
