"""Periodic work of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from oms.events.jobs import periodic
from oms.tenancy.context import tenant_scope
from orchestration.services import route_waiting

if TYPE_CHECKING:
    from uuid import UUID

# Events route within moments; this is the net under them.
_FORGOTTEN = "SELECT DISTINCT tenant_id, '' FROM orders_unitgroup WHERE state = 'PENDING' AND changed_at < now() - interval '30 seconds'"


@periodic(name="orchestration.route_waiting", every=10, due=_FORGOTTEN, queue="critical")
def route(tenant_id: UUID, _argument: str) -> None:
    """Route what no event has routed."""
    with tenant_scope(tenant_id):
        route_waiting(now=timezone.now())
