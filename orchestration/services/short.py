"""Levels that fell under what is reserved of them: who keeps the units, and who is served from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from inventory.enums import OPEN_STATES
from inventory.queries import BASKET_PREFIX, requested_lines, reservations, stock_levels
from inventory.services import lock_levels, lock_transfers, lose_baskets, release, shorten_transfers, stock_short
from oms.fulfilment.enums import RefusalReason
from oms.fulfilment.queries import lines_of
from oms.fulfilment.services import refuse
from oms.orders.enums import UnitState
from oms.orders.queries import groups_by_id
from oms.orders.services import lock_for_work, note_missing_stock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from inventory.models import Reservation, StockLevel
    from oms.orders.models import UnitGroup

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Victims:
    """Who gives units up: so many of a transfer's line, baskets, held units, and so many of an order line's work."""

    transfers: set[UUID] = field(default_factory=set)
    leaving: dict[UUID, int] = field(default_factory=dict)
    baskets: set[str] = field(default_factory=set)
    held: set[UUID] = field(default_factory=set)
    work: dict[UUID, dict[UUID, int]] = field(default_factory=dict)
    groups: dict[UUID, UnitGroup] = field(default_factory=dict)


@transaction.atomic
def serve_short(*, level_ids: Collection[UUID], now: datetime) -> int:
    """Free what levels have promised and no longer have; return how many units orders gave up.

    Transfers that have not left go first, then baskets, the newest of each first; then orders, the latest promise first and of
    equal ones the latest order, as far as their units are not picked. Held units say that no stock is kept for them; the others
    go back to routing at once. Units that are picked stay where they are, and so does the deficit.
    """
    seen = _victims(_short(level_ids))
    orders = {group.order_id for group in seen.groups.values()}
    lock_for_work(order_ids=orders)
    lock_transfers(transfer_ids=seen.transfers)
    levels = _short(level_ids)
    places = {(level.sku_id, level.location_id) for level in levels}
    lock_levels(places=places, holder_ids=_holders(levels))
    chosen = _victims(_short(level_ids))
    if {group.order_id for group in chosen.groups.values()} - orders or chosen.transfers - seen.transfers:
        # Somebody was faster with what was seen: those who are to give units up now are not locked.
        stock_short(level_ids)
        return 0
    shorten_transfers(units=chosen.leaving, now=now)
    lose_baskets(references=chosen.baskets, now=now)
    release(holder_ids=chosen.held, now=now)
    note_missing_stock(group_ids=chosen.held)
    return sum(chosen.groups[each].quantity for each in chosen.held) + _give_up(chosen, now)


def _short(level_ids: Collection[UUID]) -> list[StockLevel]:
    return [level for level in stock_levels().filter(pk__in=list(level_ids)) if level.reserved > level.on_hand]


def _holders(levels: Iterable[StockLevel]) -> set[UUID]:
    rows = reservations().filter(level__in=[level.pk for level in levels], state__in=OPEN_STATES)
    return set(rows.order_by().values_list("holder_id", flat=True))


def _victims(levels: Iterable[StockLevel]) -> _Victims:
    victims = _Victims()
    for level in levels:
        rows = list(reservations().filter(level=level.pk, state__in=OPEN_STATES))
        missing = level.reserved - level.on_hand
        missing -= _take_from_transfers(victims, rows, missing)
        for row in rows:
            if missing > 0 and row.reference.startswith(BASKET_PREFIX):
                victims.baskets.add(row.reference.removeprefix(BASKET_PREFIX))
                missing -= row.quantity
        _take_from_orders(victims, rows, missing)
    return victims


def _take_from_transfers(victims: _Victims, rows: Iterable[Reservation], missing: int) -> int:
    promised = {row.holder_id: row.quantity for row in rows}
    taken = 0
    for line in requested_lines(promised):
        units = min(missing - taken, promised[line.pk])
        if units:
            victims.leaving[line.pk] = units
            victims.transfers.add(line.transfer_id)
            taken += units
    return taken


def _take_from_orders(victims: _Victims, rows: Iterable[Reservation], missing: int) -> None:
    promised = {row.holder_id: row.quantity for row in rows if not row.reference.startswith(BASKET_PREFIX)}
    groups = groups_by_id(promised) if missing > 0 else []
    for group in sorted(groups, key=_urgency, reverse=True):
        if missing <= 0:
            break
        if group.state == UnitState.HELD:
            victims.held.add(group.pk)
            victims.groups[group.pk] = group
            missing -= promised[group.pk]
        elif group.state == UnitState.ASSIGNED and group.work_id:
            units = min(missing, promised[group.pk])
            lines = victims.work.setdefault(group.work_id, {})
            lines[group.line_id] = lines.get(group.line_id, 0) + units
            victims.groups[group.pk] = group
            missing -= units


def _urgency(group: UnitGroup) -> tuple[datetime, datetime, UUID]:
    """The promise that is kept longest sorts first; without a promise, the order that came first."""
    return group.order.promised_at or NEVER, group.order.received_at, group.pk


def _give_up(victims: _Victims, now: datetime) -> int:
    count = 0
    for work_id in sorted(victims.work):
        lines = victims.work[work_id]
        quantities = {
            line.pk: min(lines[line.line_id], line.quantity - line.picked)
            for line in lines_of([work_id])
            if line.line_id in lines and line.quantity > line.picked
        }
        if quantities:
            refuse(fulfilment_id=work_id, reason=RefusalReason.SHORT, quantities=quantities, now=now)
            count += sum(quantities.values())
    return count
