from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction

from oms.events.registry import subscribers_of
from oms.events.types import NewEvent
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id
from oms.tenancy.services.audit import request_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

# Positions are taken in the order of the subjects' ids, so that two batches cannot wait for each other.
_TAKE_POSITIONS = """
INSERT INTO events_streamposition AS p (id, tenant_id, subject_type, subject_id, last)
SELECT a.id, %(tenant)s, a.subject_type, a.subject_id, a.count
FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(subjects)s::uuid[], %(counts)s::int[]) AS a(id, subject_type, subject_id, count)
ORDER BY a.subject_type, a.subject_id
ON CONFLICT (tenant_id, subject_type, subject_id) DO UPDATE SET last = p.last + EXCLUDED.last
RETURNING subject_type, subject_id, last
"""
_INSERT_EVENTS = """
INSERT INTO events_event (id, tenant_id, kind, subject_type, subject_id, sequence, payload, actor, request_id, transaction, recorded_at)
SELECT a.id, %(tenant)s, a.kind, a.subject_type, a.subject_id, a.sequence, a.payload::jsonb, a.actor::jsonb, %(request)s,
       pg_current_xact_id()::text::bigint, clock_timestamp()
FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(types)s::text[], %(subjects)s::uuid[], %(sequences)s::int[], %(payloads)s::text[],
            %(actors)s::text[]) AS a(id, kind, subject_type, subject_id, sequence, payload, actor)
"""
_INSERT_DELIVERIES = """
INSERT INTO events_delivery (id, tenant_id, event_id, subscriber, attempts, due_at, error, created_at)
SELECT a.id, %(tenant)s, a.event_id, a.subscriber, 0, now(), '', clock_timestamp()
FROM unnest(%(ids)s::uuid[], %(events)s::uuid[], %(subscribers)s::text[]) AS a(id, event_id, subscriber)
"""
CHANNEL = "baton_outbox"


def record(
    kind: str, subject_type: str, subject_id: UUID, payload: dict[str, Any] | None = None, actor: Actor = SYSTEM
) -> None:
    """Record one event; see `record_many`."""
    record_many([NewEvent(kind, subject_type, subject_id, payload or {}, actor)])


@transaction.atomic(savepoint=False)
def record_many(events: Sequence[NewEvent]) -> None:
    """Write the events and what each subscriber is owed, in the caller's transaction, numbered per subject.

    Holds each subject's position row until commit: call it last. Raises ValueError for an undeclared kind.
    """
    if not events:
        return
    tenant_id = current_tenant_id()
    sequences = _take_positions(tenant_id, events)
    ids = [new_id() for _event in events]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_EVENTS,
            {
                "tenant": tenant_id,
                "request": request_id(),
                "ids": ids,
                "kinds": [event.kind for event in events],
                "types": [event.subject_type for event in events],
                "subjects": [event.subject_id for event in events],
                "sequences": sequences,
                "payloads": [_json(event.payload) for event in events],
                "actors": [_json(event.actor.to_json()) for event in events],
            },
        )
    _owe(
        tenant_id,
        [
            (event_id, each.name)
            for event_id, event in zip(ids, events, strict=True)
            for each in subscribers_of(event.kind)
        ],
    )


def _take_positions(tenant_id: UUID, events: Sequence[NewEvent]) -> list[int]:
    counts = Counter((event.subject_type, event.subject_id) for event in events)
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_POSITIONS,
            {
                "tenant": tenant_id,
                "ids": [new_id() for _subject in counts],
                "types": [subject_type for subject_type, _id in counts],
                "subjects": [subject_id for _type, subject_id in counts],
                "counts": list(counts.values()),
            },
        )
        last = {(row[0], row[1]): row[2] for row in cursor.fetchall()}
    following = {subject: last[subject] - count for subject, count in counts.items()}
    sequences = []
    for event in events:
        following[event.subject_type, event.subject_id] += 1
        sequences.append(following[event.subject_type, event.subject_id])
    return sequences


def _owe(tenant_id: UUID, owed: list[tuple[UUID, str]]) -> None:
    if not owed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_DELIVERIES,
            {
                "tenant": tenant_id,
                "ids": [new_id() for _owed in owed],
                "events": [event_id for event_id, _name in owed],
                "subscribers": [name for _id, name in owed],
            },
        )
        cursor.execute(f"NOTIFY {CHANNEL}")


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
