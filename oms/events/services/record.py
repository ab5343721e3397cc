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

CHANNEL = "baton_outbox"
# One statement whatever the number of events: most transactions record several times, and each way to the database costs.
# Rows travel as JSON documents: arrays of JSON texts would have every quotation mark escaped twice on the way.
# Positions are taken in the order of the subjects' ids, so that two batches cannot wait for each other.
_RECORD = """
WITH position AS (
    INSERT INTO events_streamposition AS p (id, tenant_id, subject_type, subject_id, last)
    SELECT a.id, %(tenant)s, a.subject_type, a.subject_id, a.count
    FROM jsonb_to_recordset(%(positions)s::jsonb) AS a(id uuid, subject_type text, subject_id uuid, count int)
    ORDER BY a.subject_type, a.subject_id
    ON CONFLICT (tenant_id, subject_type, subject_id) DO UPDATE SET last = p.last + EXCLUDED.last
    RETURNING subject_type, subject_id, last
), event AS (
    INSERT INTO events_event (id, tenant_id, kind, subject_type, subject_id, sequence, payload, actor, request_id, transaction, recorded_at)
    SELECT a.id, %(tenant)s, a.kind, a.subject_type, a.subject_id, position.last - a.later, a.payload, a.actor, %(request)s,
           pg_current_xact_id()::text::bigint, clock_timestamp()
    FROM jsonb_to_recordset(%(events)s::jsonb)
         AS a(id uuid, kind text, subject_type text, subject_id uuid, later int, payload jsonb, actor jsonb)
    JOIN position USING (subject_type, subject_id)
    ORDER BY a.id
), owed AS (
    INSERT INTO events_delivery (id, tenant_id, event_id, subscriber, attempts, due_at, error, created_at)
    SELECT a.id, %(tenant)s, a.event_id, a.subscriber, 0, now(), '', clock_timestamp()
    FROM jsonb_to_recordset(%(owed)s::jsonb) AS a(id uuid, event_id uuid, subscriber text)
)
SELECT pg_notify(%(channel)s, '') WHERE %(wake)s
"""


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
    counts = Counter(_subject(event) for event in events)
    positions = [
        {"id": new_id(), "subject_type": subject_type, "subject_id": subject_id, "count": count}
        for (subject_type, subject_id), count in counts.items()
    ]
    rows, owed = [], []
    for event in events:
        counts[_subject(event)] -= 1
        row = {
            "id": new_id(),
            "kind": event.kind,
            "subject_type": event.subject_type,
            "subject_id": event.subject_id,
            "later": counts[_subject(event)],
            "payload": event.payload,
            "actor": event.actor.to_json(),
        }
        rows.append(row)
        owed += [
            {"id": new_id(), "event_id": row["id"], "subscriber": each.name} for each in subscribers_of(event.kind)
        ]
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "tenant": current_tenant_id(),
                "positions": _json(positions),
                "events": _json(rows),
                "owed": _json(owed),
                "request": request_id(),
                "channel": CHANNEL,
                "wake": bool(owed),
            },
        )


def _subject(event: NewEvent) -> tuple[str, UUID]:
    return event.subject_type, event.subject_id


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
