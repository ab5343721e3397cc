"""The relay: claims what is owed, for all tenants, and hands it to Celery.

A claim is a lease: when a worker or the broker loses the batch, the lease runs out and it is claimed again.
This module crosses tenants and therefore uses the `platform` connection.
"""

from __future__ import annotations

import select
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import close_old_connections, connections

from oms.events import metrics
from oms.events.registry import subscribers
from oms.events.services.record import CHANNEL
from oms.events.tasks import deliver_batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    Send = Callable[["Claim"], None]

logger = structlog.get_logger(__name__)

# How many batches of one tenant and subscriber may wait for a worker or be with one. Where workers fall behind, what is owed then gathers
# in the database, and the next batch is as large as it may be; the queue of the broker stays short, and is everybody's.
MOST_ON_THEIR_WAY = 4
# How long to wait before looking again for what is due and held back by that.
_SOON_SECONDS = 0.05

# One batch per tenant and subscriber and round: a tenant with a long queue cannot starve the others. The lease of a batch ends at one
# moment, which tells it from other batches.
_CLAIM = """
WITH owed AS (
    SELECT tenant_id, subscriber FROM events_delivery
    WHERE dead_at IS NULL AND due_at <= now()
    GROUP BY tenant_id, subscriber
    HAVING bool_or(leased_until IS NULL OR leased_until < now())
       AND count(DISTINCT leased_until) FILTER (WHERE leased_until >= now()) < %(most)s
), sizes AS (
    SELECT * FROM unnest(%(names)s::text[], %(batches)s::int[]) AS s(subscriber, batch)
), chosen AS (
    SELECT d.tenant_id, d.id FROM owed JOIN sizes USING (subscriber)
    CROSS JOIN LATERAL (
        SELECT tenant_id, id FROM events_delivery e
        WHERE e.tenant_id = owed.tenant_id AND e.subscriber = owed.subscriber AND dead_at IS NULL AND due_at <= now()
          AND (leased_until IS NULL OR leased_until < now())
        ORDER BY id LIMIT sizes.batch FOR UPDATE SKIP LOCKED
    ) d
)
UPDATE events_delivery e SET leased_until = now() + make_interval(secs => %(lease)s)
FROM chosen WHERE e.tenant_id = chosen.tenant_id AND e.id = chosen.id
RETURNING e.tenant_id, e.subscriber, e.id, e.created_at, now()
"""
_RELEASE = "UPDATE events_delivery SET leased_until = NULL WHERE tenant_id = %s AND id = ANY(%s)"
_MEASURE = """
SELECT coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE dead_at IS NULL AND due_at <= now())), 0),
       count(*) FILTER (WHERE dead_at IS NULL), count(*) FILTER (WHERE dead_at IS NOT NULL),
       count(*) FILTER (WHERE dead_at IS NULL AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())
                        AND subscriber = ANY(%s::text[])),
       (SELECT count(*) FROM events_invariantcheck WHERE broken_at IS NOT NULL) FROM events_delivery
"""


@dataclass(frozen=True, slots=True)
class Claim:
    tenant_id: UUID
    subscriber: str
    delivery_ids: tuple[UUID, ...]


def claim() -> list[Claim]:
    """Lease what is due: at most one batch for each tenant and subscriber that has fewer than `MOST_ON_THEIR_WAY`."""
    known = subscribers()
    grouped: dict[tuple[UUID, str], list[UUID]] = {}
    with connections["platform"].cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "names": [each.name for each in known],
                "batches": [each.batch for each in known],
                "lease": settings.OUTBOX_LEASE_SECONDS,
                "most": MOST_ON_THEIR_WAY,
            },
        )
        for tenant_id, name, delivery_id, created_at, now in cursor.fetchall():
            grouped.setdefault((tenant_id, name), []).append(delivery_id)
            metrics.QUEUE_AGE.observe(max((now - created_at).total_seconds(), 0))
    claims = [Claim(tenant_id, name, tuple(sorted(ids))) for (tenant_id, name), ids in grouped.items()]
    metrics.CLAIMED.inc(sum(len(each.delivery_ids) for each in claims))
    return claims


def release(claimed: Claim) -> None:
    """Give a lease back at once, when the broker could not take the batch."""
    with connections["platform"].cursor() as cursor:
        cursor.execute(_RELEASE, [claimed.tenant_id, list(claimed.delivery_ids)])


def send(claimed: Claim) -> None:
    """Hand a batch to Celery. Raises what the broker raises."""
    queue = next(each.queue for each in subscribers() if each.name == claimed.subscriber)
    deliver_batch.apply_async(
        kwargs={
            "tenant_id": str(claimed.tenant_id),
            "subscriber": claimed.subscriber,
            "delivery_ids": [str(each) for each in claimed.delivery_ids],
        },
        queue=queue,
        retry=False,
    )


def relay_once(send_batch: Send = send) -> int:
    """Claim and hand over what is due now; return how many deliveries. A broker that is down gets nothing and loses nothing."""
    handed = 0
    for claimed in claim():
        try:
            send_batch(claimed)
        except Exception as error:  # noqa: BLE001 -- any broker failure means the same: give the lease back
            logger.warning("events.broker_unreachable", error=repr(error))
            release(claimed)
            time.sleep(1)
        else:
            handed += len(claimed.delivery_ids)
    return handed


def measure() -> int:
    """Refresh the gauges that operators watch; return how many deliveries are due and not on their way."""
    with connections["platform"].cursor() as cursor:
        cursor.execute(_MEASURE, [[each.name for each in subscribers()]])
        lag, pending, dead, held_back, broken = cursor.fetchone()
    metrics.LAG.set(float(lag))
    metrics.PENDING.set(pending)
    metrics.DEAD.set(dead)
    metrics.BROKEN.set(broken)
    return int(held_back)


def run(stopped: Callable[[], bool], *, poll_seconds: float = 1.0) -> None:
    """Relay until `stopped`, woken by notifications and at least every `poll_seconds`; outlives a database restart."""
    listening = False
    while not stopped():
        try:
            if not listening:
                connections["platform"].ensure_connection()
                connections["platform"].cursor().execute(f"LISTEN {CHANNEL}")
                listening = True
            while relay_once() and not stopped():
                pass
            _wait(min(_SOON_SECONDS, poll_seconds) if measure() else poll_seconds)
        except Exception as error:  # noqa: BLE001 -- the relay must outlive whatever the database does
            logger.warning("events.relay_interrupted", error=repr(error))
            connections["platform"].close()
            listening = False
            time.sleep(poll_seconds)
        close_old_connections()


def _wait(seconds: float) -> None:
    raw = connections["platform"].connection
    if select.select([raw.fileno()], [], [], seconds)[0]:
        for _notification in raw.notifies(timeout=0):
            pass
