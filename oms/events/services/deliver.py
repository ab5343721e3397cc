from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from oms.events import metrics
from oms.events.locks import lock_deliveries
from oms.events.models import Delivery
from oms.events.registry import subscriber
from oms.events.types import DeliveredEvent
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

logger = structlog.get_logger(__name__)
LONGEST_PAUSE = timedelta(hours=6)


def deliver(*, tenant_id: UUID, subscriber_name: str, delivery_ids: Sequence[UUID], now: datetime) -> int:
    """Hand a batch to its subscriber and forget it, in one transaction; return how many were handed over.

    Safe to run twice: what another worker has done or is doing is left alone. A batch that fails is tried again one by
    one, so that a single bad event does not stop the others; what fails alone waits, and dies after the last attempt.
    """
    try:
        return _hand_over(tenant_id, subscriber_name, delivery_ids)
    except Exception as error:  # noqa: BLE001 -- whatever the subscriber raises must be kept with the delivery
        if len(delivery_ids) == 1:
            _keep_failure(tenant_id, delivery_ids[0], error, now)
            return 0
    done = 0
    for delivery_id in delivery_ids:
        done += deliver(tenant_id=tenant_id, subscriber_name=subscriber_name, delivery_ids=[delivery_id], now=now)
    return done


def _hand_over(tenant_id: UUID, name: str, delivery_ids: Sequence[UUID]) -> int:
    with tenant_scope(tenant_id):
        rows = lock_deliveries(delivery_ids)
        if rows:
            subscriber(name).handler([_as_event(row) for row in rows])
            Delivery.objects.filter(pk__in=[row.pk for row in rows]).delete()
            metrics.DELIVERED.labels(name).inc(len(rows))
        return len(rows)


def _as_event(row: Delivery) -> DeliveredEvent:
    event = row.event
    return DeliveredEvent(
        event.pk, event.kind, event.subject_type, event.subject_id, event.sequence, event.payload, event.recorded_at
    )


def _keep_failure(tenant_id: UUID, delivery_id: UUID, error: Exception, now: datetime) -> None:
    logger.warning("events.delivery_failed", delivery=str(delivery_id), error=repr(error))
    with tenant_scope(tenant_id), transaction.atomic():
        row = Delivery.objects.filter(pk=delivery_id).first()
        if row is None:
            return
        attempts = row.attempts + 1
        dead = attempts >= settings.OUTBOX_MAX_ATTEMPTS
        Delivery.objects.filter(pk=delivery_id).update(
            attempts=F("attempts") + 1,
            due_at=now + min(timedelta(seconds=2**attempts), LONGEST_PAUSE),
            leased_until=None,
            dead_at=now if dead else None,
            error=f"{type(error).__name__}: {error}"[:2000],
        )
        metrics.FAILED.labels(row.subscriber).inc()
