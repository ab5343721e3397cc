"""What becomes of a reservation after it was made. Each verb is a no-op for holders that have none open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from inventory.enums import Bucket, MovementReason, ReservationState
from inventory.locks import lock_open_reservations, lock_places
from inventory.models import Reservation
from inventory.services.ledger import end_reservations
from oms.tenancy.context import current_tenant_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import Split

_REWRITE = """
UPDATE inventory_reservation r SET holder_id = a.holder_id, quantity = a.quantity
FROM unnest(%(ids)s::uuid[], %(holders)s::uuid[], %(quantities)s::int[]) AS a(id, holder_id, quantity)
WHERE r.tenant_id = %(tenant)s AND r.id = a.id
"""


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


@transaction.atomic(savepoint=False)
def lock_levels(*, places: Collection[tuple[UUID, UUID]], holder_ids: Iterable[UUID] = ()) -> None:
    """Lock what a transaction is about to change by more than one verb: these (SKU, location) pairs, and what the holders have.

    Each verb locks its levels in one order; two after another would not.
    """
    held = {(row.level.sku_id, row.level.location_id) for row in lock_open_reservations(holder_ids)}
    lock_places(held | set(places))


def end(
    *, rows: Sequence[Reservation], state: str, reason: str, now: datetime, actor: Actor, leave: bool = False
) -> int:
    """Close locked reservations and write what that does to their levels; with `leave` the units are gone."""
    buckets = [Bucket.RESERVED, Bucket.ON_HAND] if leave else [Bucket.RESERVED]
    ids = [row.pk for row in rows]
    end_reservations(ids=ids, state=state, reason=reason, buckets=buckets, now=now, actor=actor)
    return len(ids)


@transaction.atomic(savepoint=False)
def split_reservations(*, splits: Sequence[Split]) -> None:
    """Hand what holders have reserved beyond what they keep to other holders, where it is; no level moves.

    A split whose holder has no more than it keeps does nothing: units without stock go first.
    """
    held: dict[UUID, list[Reservation]] = {}
    for row in lock_open_reservations({each.holder_id for each in splits}) if splits else ():
        held.setdefault(row.holder_id, []).append(row)
    changed: dict[UUID, Reservation] = {}
    made: list[Reservation] = []
    for each in splits:
        rows = held.get(each.holder_id)
        if rows is not None:
            made += _hand_on(rows, each)
            changed |= {row.pk: row for row in rows}
            held[each.holder_id] = [row for row in rows if row.holder_id == each.holder_id]
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _REWRITE,
            {
                "tenant": current_tenant_id(),
                "ids": list(changed),
                "holders": [row.holder_id for row in changed.values()],
                "quantities": [row.quantity for row in changed.values()],
            },
        )
    Reservation.objects.bulk_create(made)


def _hand_on(rows: Sequence[Reservation], split: Split) -> list[Reservation]:
    """Whole rows change their holder; what is left over is taken off one more row and becomes a row of its own."""
    over = sum(row.quantity for row in rows) - split.keep
    for row in rows:
        if over <= 0:
            break
        if row.quantity <= over:
            row.holder_id = split.new_holder_id
            over -= row.quantity
        else:
            row.quantity -= over
            return [
                Reservation(
                    level_id=row.level_id,
                    holder_id=split.new_holder_id,
                    reference=row.reference,
                    quantity=over,
                    state=row.state,
                    expires_at=row.expires_at,
                    created_at=row.created_at,
                )
            ]
    return []
