"""Every lock of the room that is not inside a writing statement. Order: references, reservations, then levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from inventory.enums import OPEN_STATES, ReservationState
from inventory.models import Reservation
from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID

# The order of every statement that writes levels.
_LEVELS = """
SELECT l.id FROM unnest(%s::uuid[], %s::uuid[]) AS place(sku_id, location_id)
JOIN inventory_stocklevel l ON l.tenant_id = %s AND l.sku_id = place.sku_id AND l.location_id = place.location_id AND l.pool = ''
ORDER BY l.sku_id, l.location_id, l.pool
FOR NO KEY UPDATE OF l
"""


def lock_open_reservations(holder_ids: Iterable[UUID]) -> list[Reservation]:
    """The open reservations of these holders, locked in key order."""
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).filter(
        holder_id__in=list(holder_ids), state__in=OPEN_STATES
    )
    return list(rows.order_by("pk"))


def lock_reservations_of(reference: str) -> list[Reservation]:
    """The open reservations made under a reference, locked in key order."""
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).filter(
        reference=reference, state__in=OPEN_STATES
    )
    return list(rows.order_by("pk"))


def lock_references(references: Iterable[str]) -> None:
    """Let nobody else reserve under these references until the transaction ends; there may be no row yet to lock.

    Locked in one order, so that two calls cannot wait for each other.
    """
    tenant_id = current_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 1)) FROM unnest(%s::text[]) AS name",
            [sorted({f"{tenant_id} {reference}" for reference in references})],
        )


def lock_places(places: Collection[tuple[UUID, UUID]]) -> None:
    """Lock the common stock of these (SKU, location) pairs."""
    skus, locations = [sku for sku, _location in places], [location for _sku, location in places]
    with connection.cursor() as cursor:
        cursor.execute(_LEVELS, [skus, locations, current_tenant_id()])


def lock_expired(*, now: datetime, limit: int) -> list[Reservation]:
    """Baskets that ran out and nobody else is handling."""
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(
        state=ReservationState.SOFT, expires_at__lte=now
    )
    return list(rows.order_by("pk")[:limit])
