"""The room's invariants."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.events.invariants import always

always(
    "events.gapless",
    _("A subject's events are numbered from one without a gap."),
    over="events_streamposition",
    row="p",
    sql="""
    SELECT p.tenant_id, p.subject_type || ' ' || p.subject_id || ': last ' || p.last || ', events ' || e.count
    FROM events_streamposition p
    CROSS JOIN LATERAL (SELECT count(*) AS count, max(sequence) AS last FROM events_event e
                        WHERE e.tenant_id = p.tenant_id AND e.subject_type = p.subject_type AND e.subject_id = p.subject_id) e
    WHERE {rows} AND (e.count <> p.last OR coalesce(e.last, 0) <> p.last)
    """,
)
always(
    "events.delivered",
    _("Nothing is owed to a subscriber for more than five minutes, unless it failed and waits or is a dead letter."),
    over="events_delivery",
    row="d",
    sql="""
    SELECT d.tenant_id, d.subscriber || ' owed since ' || d.created_at FROM events_delivery d
    WHERE {rows} AND d.dead_at IS NULL AND d.attempts = 0 AND d.created_at < now() - interval '5 minutes'
    """,
)
