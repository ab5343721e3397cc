"""What becomes of a reservation after it was made. Each verb is a no-op for holders that have none open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import Bucket, MovementReason, ReservationState
from inventory.errors import ReservationConflict
from inventory.locks import lock_open_reservations
from inventory.models import Reservation
from inventory.services.ledger import apply_deltas
from inventory.types import Delta
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID


@transaction.atomic(savepoint=False)
def confirm(*, holder_ids: Iterable[UUID]) -> int:
    """Make the holders' reservations FIRM: the work was given to their location. Return how many changed."""
    rows = [row.pk for row in lock_open_reservations(holder_ids) if row.state != ReservationState.FIRM]
    return Reservation.objects.filter(pk__in=rows).update(state=ReservationState.FIRM, expires_at=None)


@transaction.atomic(savepoint=False)
def release(
    *, holder_ids: Iterable[UUID], now: datetime, actor: Actor = SYSTEM, state: str = ReservationState.RELEASED
) -> int:
    """Give the holders' units back. Return how many reservations ended."""
    return end(
        rows=lock_open_reservations(holder_ids), state=state, reason=MovementReason.RELEASE, now=now, actor=actor
    )


@transaction.atomic(savepoint=False)
def consume(*, holder_ids: Iterable[UUID], now: datetime, actor: Actor = SYSTEM) -> int:
    """The holders' units left the location: they are neither reserved nor on hand any more."""
    return end(
        rows=lock_open_reservations(holder_ids),
        state=ReservationState.CONSUMED,
        reason=MovementReason.DISPATCH,
        now=now,
        actor=actor,
        leave=True,
    )


def end(
    *, rows: Sequence[Reservation], state: str, reason: str, now: datetime, actor: Actor, leave: bool = False
) -> int:
    """Close locked reservations and write what that does to their levels."""
    if not rows:
        return 0
    Reservation.objects.filter(pk__in=[row.pk for row in rows]).update(state=state, closed_at=now)
    deltas = []
    for row in rows:
        deltas.append(Delta(row.level_id, Bucket.RESERVED, -row.quantity, reason, "reservation", str(row.pk)))
        if leave:
            deltas.append(Delta(row.level_id, Bucket.ON_HAND, -row.quantity, reason, "reservation", str(row.pk)))
    apply_deltas(deltas=deltas, actor=actor)
    return len(rows)


@transaction.atomic(savepoint=False)
def split_reservation(*, holder_id: UUID, quantity: int, new_holder_id: UUID) -> None:
    """Hand `quantity` units of what a holder has reserved to another holder, where they are; no level moves.

    Does nothing when the holder has none open. Raises ReservationConflict when it holds fewer.
    """
    rows = lock_open_reservations([holder_id])
    left = quantity
    for row in rows:
        part = min(left, row.quantity)
        if part:
            _hand_on(row, part, new_holder_id)
        left -= part
    if rows and left:
        raise ReservationConflict(_("The reservation holds %(quantity)s units.") % {"quantity": quantity - left})


def _hand_on(row: Reservation, quantity: int, holder_id: UUID) -> None:
    if quantity == row.quantity:
        Reservation.objects.filter(pk=row.pk).update(holder_id=holder_id)
        return
    Reservation.objects.filter(pk=row.pk).update(quantity=row.quantity - quantity)
    Reservation.objects.create(
        level_id=row.level_id,
        holder_id=holder_id,
        reference=row.reference,
        quantity=quantity,
        state=row.state,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )
