"""Periodic work of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from inventory.services import expire_reservations
from oms.events.jobs import periodic
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from uuid import UUID

_EXPIRED = "SELECT DISTINCT tenant_id, '' FROM inventory_reservation WHERE state = 'SOFT' AND expires_at <= now()"


@periodic(name="inventory.expire_reservations", every=2, due=_EXPIRED)
def expire(tenant_id: UUID, _argument: str) -> None:
    """Baskets that ran out give their units back."""
    with tenant_scope(tenant_id):
        expire_reservations(now=timezone.now())
