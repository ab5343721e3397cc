"""Periodic work of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from oms.events.jobs import periodic
from oms.fulfilment.services import expire_unanswered

if TYPE_CHECKING:
    from uuid import UUID

_UNANSWERED = (
    "SELECT DISTINCT tenant_id, '' FROM fulfilment_fulfilmentorder WHERE state = 'TO_ACCEPT' AND accept_by <= now()"
)


@periodic(name="fulfilment.expire_unanswered", every=5, due=_UNANSWERED, queue="critical")
def expire(tenant_id: UUID, _argument: str) -> None:
    """Work that nobody answered in time goes back to routing."""
    expire_unanswered(tenant_id=tenant_id, now=timezone.now())
