"""Units that were promised before they came: reserved as they arrive, or given back to routing when they do not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction

from inventory.enums import MovementReason, ReservationState, SupplyKind, SupplyState
from inventory.events import SUPPLY_SETTLED
from inventory.locks import lock_open_reservations, lock_supply_reservations
from inventory.models import PurchaseOrderLine, StockLevel, SupplyReservation, TransferLine
from inventory.rules.inbound import fill
from inventory.services.reserve import reserve
from inventory.services.settle import end
from inventory.types import Arrived, Ask
from oms.events.services import record
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.models import Reservation


@transaction.atomic(savepoint=False)
def settle_supply(
    *,
    kind: SupplyKind,
    coming: Mapping[UUID, int],
    now: datetime,
    arrived: Mapping[UUID, int] | None = None,
) -> list[Arrived]:
    """Under the document's lock: so many units of each line arrive, so many are still to come afterwards.

    Who came first is served first; who gets nothing any more is told to routing, the last first. Return who is served, for
    `reserve_arrived` once the units are on hand.
    """
    bought = kind == SupplyKind.PURCHASE
    rows = lock_supply_reservations(**{"purchase_line__in" if bought else "transfer_line__in": list(coming)})
    lines = PurchaseOrderLine.objects.all() if bought else TransferLine.objects.all()
    served: list[Arrived] = []
    for line_id in dict.fromkeys(row.line_id for row in rows):
        mine = sorted((row for row in rows if row.line_id == line_id), key=lambda row: (row.rank_at, row.pk))
        got = fill((arrived or {}).get(line_id, 0), [row.quantity for row in mine])
        kept = fill(coming[line_id], [row.quantity - units for row, units in zip(mine, got, strict=True)])
        for row, units, rest in zip(mine, got, kept, strict=True):
            _settle(row, units, rest, now)
            if units:
                served.append(Arrived(row.holder_id, row.sku_id, units, row.reference))
        lines.filter(pk=line_id).update(promised=sum(kept))
    lost = {row.holder_id for row in rows if row.state == SupplyState.LOST} - {each.holder_id for each in served}
    _tell(lost)
    return served


def _settle(row: SupplyReservation, units: int, rest: int, now: datetime) -> None:
    if rest == row.quantity:
        return
    if units + rest < row.quantity:
        row.state = SupplyState.LOST
    changes: dict[str, object] = {"quantity": rest}
    if not rest:
        state = SupplyState.ARRIVED if units else SupplyState.LOST
        changes = {"state": state, "closed_at": now}
    SupplyReservation.objects.filter(pk=row.pk).update(**changes)


def lock_arrived(*, arrived: Sequence[Arrived], location_id: UUID) -> list[Reservation]:
    """What those who are served have reserved at the location already, locked; before any level is."""
    rows = lock_open_reservations({each.holder_id for each in arrived}) if arrived else []
    return [row for row in rows if row.level.location_id == location_id and not row.level.pool]


@transaction.atomic(savepoint=False)
def reserve_arrived(
    *,
    arrived: Sequence[Arrived],
    earlier: Sequence[Reservation],
    location_id: UUID,
    now: datetime,
    actor: Actor = SYSTEM,
) -> None:
    """Reserve what came for those who waited, before anybody else can have it, and tell routing.

    Called in the transaction that put the units on hand, whose locks it relies on. Where the location lacks units for its other
    reservations or its buffer, those who came last are left to routing.
    """
    if not arrived:
        return
    wanted: Counter[tuple[UUID, UUID, str]] = Counter()
    for each in arrived:
        wanted[each.holder_id, each.sku_id, each.reference] += each.quantity
    for row in earlier:
        wanted[row.holder_id, row.level.sku_id, row.reference] += row.quantity
    end(rows=earlier, state=ReservationState.RELOCATED, reason=MovementReason.RELEASE, now=now, actor=actor)
    levels = StockLevel.objects.filter(
        location_id=location_id, sku_id__in={sku for _holder, sku, _ref in wanted}, pool=""
    )
    free = {level.sku_id: level.on_hand - level.reserved - level.buffer for level in levels if level.known}
    asks = []
    for group, ((holder_id, sku_id, reference), units) in enumerate(wanted.items()):
        part = max(min(units, free.get(sku_id, 0)), 0)
        if part:
            free[sku_id] -= part
            asks.append(Ask(holder_id, sku_id, location_id, part, group, reference))
    reserve(asks=asks, state=ReservationState.HARD, actor=actor)
    _tell({each.holder_id for each in arrived})


def _tell(holder_ids: set[UUID]) -> None:
    if holder_ids:
        record(SUPPLY_SETTLED, "stock", new_id(), {"holders": sorted(str(each) for each in holder_ids)})
