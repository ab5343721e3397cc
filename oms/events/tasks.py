"""Celery entry points."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from oms.events.jobs import job
from oms.events.services import deliver


@shared_task(name="events.deliver", acks_late=True)
def deliver_batch(*, tenant_id: str, subscriber: str, delivery_ids: list[str], **_newer: Any) -> int:
    """Hand a claimed batch to its subscriber. Safe to run twice."""
    return deliver(
        tenant_id=UUID(tenant_id),
        subscriber_name=subscriber,
        delivery_ids=[UUID(each) for each in delivery_ids],
        now=timezone.now(),
    )


@shared_task(name="events.run_job", acks_late=True)
def run_job(*, name: str, tenant_id: str, argument: str = "", **_newer: Any) -> None:
    """Run one periodic job for one tenant. Safe to run twice: the job asks the database what is due."""
    try:
        job(name).run(UUID(tenant_id), argument)
    finally:
        cache.delete(f"job:{name}:{tenant_id}:{argument}")
