"""The room's invariants."""

from __future__ import annotations

from oms.events.invariants import always

always(
    "events.gapless",
    "A subject's events are numbered from one without a gap.",
    """
    SELECT p.tenant_id, p.subject_type || ' ' || p.subject_id || ': last ' || p.last || ', events ' || count(e.id)
    FROM events_streamposition p
    LEFT JOIN events_event e ON e.tenant_id = p.tenant_id AND e.subject_type = p.subject_type AND e.subject_id = p.subject_id
    GROUP BY p.tenant_id, p.subject_type, p.subject_id, p.last
    HAVING count(e.id) <> p.last OR coalesce(max(e.sequence), 0) <> p.last
    """,
)
always(
    "events.delivered",
    "Nothing is owed to a subscriber for more than five minutes, unless it failed and waits or is a dead letter.",
    """
    SELECT tenant_id, subscriber || ' owed since ' || created_at FROM events_delivery
    WHERE dead_at IS NULL AND attempts = 0 AND created_at < now() - interval '5 minutes'
    """,
)
