"""Celery entry points."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

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
