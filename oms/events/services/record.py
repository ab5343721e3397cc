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

# Rows travel as one JSON document: arrays of JSON texts would have every quotation mark escaped twice on the way.
# Positions are taken in the order of the subjects' ids, so that two batches cannot wait for each other.
_TAKE_POSITIONS = """
INSERT INTO events_streamposition AS p (id, tenant_id, subject_type, subject_id, last)
SELECT a.id, %s, a.subject_type, a.subject_id, a.count
FROM jsonb_to_recordset(%s::jsonb) AS a(id uuid, subject_type text, subject_id uuid, count int)
ORDER BY a.subject_type, a.subject_id
ON CONFLICT (tenant_id, subject_type, subject_id) DO UPDATE SET last = p.last + EXCLUDED.last
RETURNING subject_type, subject_id, last
"""
_INSERT_EVENTS = """
INSERT INTO events_event (id, tenant_id, kind, subject_type, subject_id, sequence, payload, actor, request_id, transaction, recorded_at)
SELECT a.id, %s, a.kind, a.subject_type, a.subject_id, a.sequence, a.payload, a.actor, %s,
       pg_current_xact_id()::text::bigint, clock_timestamp()
FROM jsonb_to_recordset(%s::jsonb)
     AS a(id uuid, kind text, subject_type text, subject_id uuid, sequence int, payload jsonb, actor jsonb)
"""
_INSERT_DELIVERIES = """
INSERT INTO events_delivery (id, tenant_id, event_id, subscriber, attempts, due_at, error, created_at)
SELECT a.id, %s, a.event_id, a.subscriber, 0, now(), '', clock_timestamp()
FROM jsonb_to_recordset(%s::jsonb) AS a(id uuid, event_id uuid, subscriber text)
"""
CHANNEL = "baton_outbox"
# The same for one event alone, which is what most transactions record.
_RECORD_ONE = """
WITH position AS (
    INSERT INTO events_streamposition AS p (id, tenant_id, subject_type, subject_id, last)
    VALUES (%(position)s, %(tenant)s, %(subject_type)s, %(subject)s, 1)
    ON CONFLICT (tenant_id, subject_type, subject_id) DO UPDATE SET last = p.last + 1
    RETURNING last
), event AS (
    INSERT INTO events_event (id, tenant_id, kind, subject_type, subject_id, sequence, payload, actor, request_id, transaction, recorded_at)
    SELECT %(id)s, %(tenant)s, %(kind)s, %(subject_type)s, %(subject)s, position.last, %(payload)s::jsonb, %(actor)s::jsonb, %(request)s,
           pg_current_xact_id()::text::bigint, clock_timestamp()
    FROM position
), owed AS (
    INSERT INTO events_delivery (id, tenant_id, event_id, subscriber, attempts, due_at, error, created_at)
    SELECT a.id, %(tenant)s, %(id)s, a.subscriber, 0, now(), '', clock_timestamp()
    FROM unnest(%(owed)s::uuid[], %(subscribers)s::text[]) AS a(id, subscriber)
)
SELECT pg_notify(%(channel)s, '') WHERE cardinality(%(owed)s::uuid[]) > 0
"""
_WAKE = f"NOTIFY {CHANNEL}"


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
    if len(events) == 1:
        _record_one(events[0])
        return
    tenant_id = current_tenant_id()
    sequences = _take_positions(tenant_id, events)
    rows = [
        {
            "id": new_id(),
            "kind": event.kind,
            "subject_type": event.subject_type,
            "subject_id": event.subject_id,
            "sequence": sequence,
            "payload": event.payload,
            "actor": event.actor.to_json(),
        }
        for event, sequence in zip(events, sequences, strict=True)
    ]
    owed = [
        {"id": new_id(), "event_id": row["id"], "subscriber": each.name}
        for row, event in zip(rows, events, strict=True)
        for each in subscribers_of(event.kind)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_EVENTS, [tenant_id, request_id(), _json(rows)])
        if owed:
            cursor.execute(_INSERT_DELIVERIES, [tenant_id, _json(owed)])
            cursor.execute(_WAKE)


def _record_one(event: NewEvent) -> None:
    subscribers = [each.name for each in subscribers_of(event.kind)]
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD_ONE,
            {
                "tenant": current_tenant_id(),
                "position": new_id(),
                "id": new_id(),
                "kind": event.kind,
                "subject_type": event.subject_type,
                "subject": event.subject_id,
                "payload": _json(event.payload),
                "actor": _json(event.actor.to_json()),
                "request": request_id(),
                "channel": CHANNEL,
                "owed": [new_id() for _subscriber in subscribers],
                "subscribers": subscribers,
            },
        )


def _take_positions(tenant_id: UUID, events: Sequence[NewEvent]) -> list[int]:
    counts = Counter((event.subject_type, event.subject_id) for event in events)
    rows = [
        {"id": new_id(), "subject_type": subject_type, "subject_id": subject_id, "count": count}
        for (subject_type, subject_id), count in counts.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_POSITIONS, [tenant_id, _json(rows)])
        last = {(row[0], row[1]): row[2] for row in cursor.fetchall()}
    following = {subject: last[subject] - count for subject, count in counts.items()}
    sequences = []
    for event in events:
        following[event.subject_type, event.subject_id] += 1
        sequences.append(following[event.subject_type, event.subject_id])
    return sequences


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
