"""Periodic work of the room."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from channels.services import poll, prune, publish, send_commands
from oms.events.jobs import periodic
from oms.tenancy.context import tenant_scope

_ANSWERS = "c.state = 'ACTIVE' AND (c.retry_at IS NULL OR c.retry_at <= now())"
_TO_POLL = f"""
SELECT c.tenant_id, c.id FROM channels_connection c
WHERE {_ANSWERS} AND c.next_poll_at <= now() AND (c.poll_leased_until IS NULL OR c.poll_leased_until < now())
"""
_TO_PUBLISH = f"""
SELECT c.tenant_id, c.id FROM channels_connection c
WHERE {_ANSWERS} AND (c.publish_leased_until IS NULL OR c.publish_leased_until < now())
  AND EXISTS (SELECT 1 FROM channels_listing l WHERE l.tenant_id = c.tenant_id AND l.connection_id = c.id
              AND l.dirty_since IS NOT NULL AND l.sku_id IS NOT NULL)
"""
_TO_TELL = f"""
SELECT DISTINCT c.tenant_id, c.id FROM channels_connection c
JOIN channels_channelcommand m ON m.tenant_id = c.tenant_id AND m.connection_id = c.id
WHERE {_ANSWERS} AND m.state IN ('NEW', 'SENT') AND m.due_at <= now()
"""


@periodic(name="channels.poll", every=1, due=_TO_POLL, queue="connectors")
def poll_due(tenant_id: UUID, connection_id: str) -> None:
    """Read the channels whose time has come."""
    poll(tenant_id=tenant_id, connection_id=UUID(connection_id), now=timezone.now())


@periodic(name="channels.publish", every=0.5, due=_TO_PUBLISH, queue="connectors")
def publish_due(tenant_id: UUID, connection_id: str) -> None:
    """Tell the channels what they are owed."""
    publish(tenant_id=tenant_id, connection_id=UUID(connection_id), now=timezone.now())


@periodic(name="channels.send_commands", every=1, due=_TO_TELL, queue="connectors")
def tell_due(tenant_id: UUID, connection_id: str) -> None:
    """Report shipments, collections and cancellations."""
    send_commands(tenant_id=tenant_id, connection_id=UUID(connection_id), now=timezone.now())


@periodic(name="channels.prune", every=3600, queue="bulk")
def prune_old(tenant_id: UUID, _argument: str) -> None:
    """Forget what is old."""
    with tenant_scope(tenant_id):
        prune(now=timezone.now())
