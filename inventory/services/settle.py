"""What becomes of a reservation after it was made. Each verb is a no-op for holders that have none open."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import connection, transaction

from inventory.enums import Bucket, MovementReason, ReservationState
from inventory.errors import StockWouldBeNegative
from inventory.locks import lock_open_reservations, lock_places
from inventory.models import Reservation, StockLevel
from inventory.queries.supply import supply_reservations
from inventory.services.ledger import apply_deltas, end_reservations
from inventory.services.promise import give_up_supply, lock_supply, split_supply
from inventory.types import Delta
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
    """Give the holders' units back, and what they wait for unless they are RELOCATED. Return how many reservations ended."""
    holders = list(holder_ids)
    if state != ReservationState.RELOCATED:
        give_up_supply(holder_ids=holders, now=now)
    return end(rows=lock_open_reservations(holders), state=state, reason=MovementReason.RELEASE, now=now, actor=actor)


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
        seen=True,
    )


@transaction.atomic(savepoint=False)
def lock_levels(*, places: Collection[tuple[UUID, UUID]], holder_ids: Iterable[UUID] = ()) -> None:
    """Lock what a transaction is about to change by more than one verb: these (SKU, location) pairs, and what the holders have.

    Each verb locks its levels in one order; two after another would not.
    """
    held = {(row.level.sku_id, row.level.location_id) for row in lock_open_reservations(holder_ids)}
    lock_places(held | set(places))


def end(
    *,
    rows: Sequence[Reservation],
    state: str,
    reason: str,
    now: datetime,
    actor: Actor,
    leave: bool = False,
    seen: bool = False,
) -> int:
    """Close locked reservations and write what that does to their levels; with `leave` the units are gone.

    Units that were `seen` to leave were there: where the books have fewer, because of a count or a refusal, the others are
    found first. Raises StockWouldBeNegative for others.
    """
    buckets = [Bucket.RESERVED, Bucket.ON_HAND] if leave else [Bucket.RESERVED]
    ids = [row.pk for row in rows]
    try:
        with transaction.atomic(savepoint=seen):
            end_reservations(ids=ids, state=state, reason=reason, buckets=buckets, now=now, actor=actor)
    except StockWouldBeNegative:
        if not seen:
            raise
        _find(rows, actor)
        end_reservations(ids=ids, state=state, reason=reason, buckets=buckets, now=now, actor=actor)
    return len(ids)


def _find(rows: Sequence[Reservation], actor: Actor) -> None:
    """Put on hand what leaves and the books do not have."""
    lock_places({(row.level.sku_id, row.level.location_id) for row in rows})
    leaving: Counter[UUID] = Counter()
    for row in rows:
        leaving[row.level_id] += row.quantity
    levels = StockLevel.objects.filter(pk__in=list(leaving))
    missing = {level.pk: leaving[level.pk] - level.on_hand for level in levels}
    deltas = [
        Delta(level_id, Bucket.ON_HAND, units, MovementReason.FOUND, "dispatch")
        for level_id, units in missing.items()
        if units > 0
    ]
    apply_deltas(deltas=deltas, actor=actor, tell_short=False)


@transaction.atomic(savepoint=False)
def split_reservations(*, splits: Sequence[Split], now: datetime) -> None:
    """Hand what holders have reserved beyond what they keep to other holders, where it is, and what they wait for; no level moves.

    A split whose holder has no more than it keeps does nothing: units without stock go first, then those that wait for some.
    """
    if not splits:
        return
    holders = {each.holder_id for each in splits}
    waiting = set(supply_reservations().filter(holder_id__in=holders).order_by().values_list("holder_id", flat=True))
    lock_supply(sku_ids=(), holder_ids=waiting)
    held: dict[UUID, list[Reservation]] = {}
    reserved: list[tuple[Split, int]] = []
    for row in lock_open_reservations(holders):
        held.setdefault(row.holder_id, []).append(row)
    changed: dict[UUID, Reservation] = {}
    made: list[Reservation] = []
    for each in splits:
        rows = held.get(each.holder_id)
        reserved.append((each, sum(row.quantity for row in rows or ())))
        if rows is not None:
            made += _hand_on(rows, each)
            changed |= {row.pk: row for row in rows}
            held[each.holder_id] = [row for row in rows if row.holder_id == each.holder_id]
    split_supply([(split, units) for split, units in reserved if split.holder_id in waiting], now=now)
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
                    kit_id=row.kit_id,
                    per_kit=row.per_kit,
                    quantity=over,
                    state=row.state,
                    expires_at=row.expires_at,
                    created_at=row.created_at,
                )
            ]
    return []
