"""Transfers: requested, dispatched, received, their differences decided. The states are in `inventory.rules.documents`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import DECISIONS, Bucket, MovementReason, ReservationState, SupplyKind, TransferFate, TransferState
from inventory.errors import InvalidLine, MoreThanThere, NotEnoughStock, WrongDocumentState
from inventory.events import TRANSFER_CHANGED
from inventory.locks import lock_documents, lock_open_reservations, lock_transfer
from inventory.models import StockLevel, Transfer, TransferEntry, TransferLine
from inventory.queries.stock import stock_cells
from inventory.queries.transfers import requested_lines
from inventory.rules.documents import TRANSFER, may_become
from inventory.services.arrivals import lock_arrived, reserve_arrived, settle_supply
from inventory.services.changed import stock_changed
from inventory.services.ledger import apply_deltas
from inventory.services.levels import LARGEST, ensure_levels, refuse_virtual
from inventory.services.reserve import reserve
from inventory.services.settle import end, lock_levels, release, split_reservations
from inventory.types import Arrival, Ask, Delta, Fate, Shortage, Split, TransferUnits
from oms.events.services import record
from oms.tenancy.models import new_id
from oms.tenancy.services.numbers import next_numbers
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from inventory.types import Grant, ProposedMove

    Lines = Mapping[UUID, TransferLine]

NUMBER = "TRF"
CAUSE = "transfer_line"
COUNTERS = ("received", "damaged", "lost", "returned", "extra", "settled")
SENT = (TransferState.DISPATCHED, TransferState.RECEIVED)


@transaction.atomic
def create_transfer(
    *,
    source_id: UUID,
    destination_id: UUID,
    units: Sequence[TransferUnits],
    now: datetime,
    expected_date: date | None = None,
    note: str = "",
    actor: Actor = SYSTEM,
) -> Transfer:
    """Write a transfer down; nothing is reserved before it is requested. Raises InvalidLine, VirtualKit."""
    if source_id == destination_id:
        raise InvalidLine(_("A transfer needs two different locations."))
    wanted: Counter[UUID] = Counter()
    for each in units:
        if not 0 < each.quantity < LARGEST:
            raise InvalidLine(_("Each line needs a quantity above zero, and there must be one."))
        wanted[each.sku_id] += each.quantity
    if not wanted:
        raise InvalidLine(_("Each line needs a quantity above zero, and there must be one."))
    refuse_virtual(wanted)
    (number,) = next_numbers(kind=NUMBER, year=now.year, count=1)
    transfer = Transfer.objects.create(
        number=number,
        source_id=source_id,
        destination_id=destination_id,
        expected_date=expected_date,
        note=note,
        created_at=now,
    )
    TransferLine.objects.bulk_create(
        TransferLine(transfer=transfer, sku_id=sku_id, quantity=quantity) for sku_id, quantity in wanted.items()
    )
    _tell(transfer, actor)
    return transfer


@transaction.atomic
def request_transfer(*, transfer_id: UUID, now: datetime, actor: Actor = SYSTEM) -> Transfer:
    """Reserve the units at the source, so that nobody sells them; all of them or none. Requesting again changes nothing.

    Raises DocumentNotFound, WrongDocumentState, NotEnoughStock.
    """
    transfer, lines = lock_transfer(transfer_id)
    if transfer.state == TransferState.REQUESTED:
        return transfer
    _become(transfer, TransferState.REQUESTED, actor, requested_at=now)
    asks = [
        Ask(line.pk, line.sku_id, transfer.source_id, line.quantity, group=1, reference=transfer.number)
        for line in lines.values()
    ]
    grants = reserve(asks=asks, state=ReservationState.FIRM, actor=actor)
    if not all(grant.reservation_id for grant in grants):
        raise NotEnoughStock(_shortages(transfer, lines, grants))
    skus = {line.sku_id for line in lines.values()}
    stock_changed(skus, freed=skus)
    return transfer


@transaction.atomic
def accept_proposals(
    *, proposals: Sequence[ProposedMove], now: datetime, actor: Actor = SYSTEM
) -> tuple[list[Transfer], list[NotEnoughStock]]:
    """Make and request one transfer for each pair of places; those whose units were sold meanwhile are refused whole.

    Raises InvalidLine.
    """
    routes: dict[tuple[UUID, UUID], list[TransferUnits]] = {}
    for each in proposals:
        routes.setdefault((each.source_id, each.destination_id), []).append(TransferUnits(each.sku_id, each.quantity))
    # Several transfers reserve one after another: all their levels first, in one order.
    lock_levels(places={(each.sku_id, each.source_id) for each in proposals})
    made, refused = [], []
    for (source_id, destination_id), units in sorted(routes.items(), key=lambda item: item[0]):
        try:
            with transaction.atomic():
                transfer = create_transfer(
                    source_id=source_id, destination_id=destination_id, units=units, now=now, actor=actor
                )
                made.append(request_transfer(transfer_id=transfer.pk, now=now, actor=actor))
        except NotEnoughStock as refusal:
            refused.append(refusal)
    return made, refused


def _shortages(transfer: Transfer, lines: Lines, grants: Sequence[Grant]) -> list[Shortage]:
    """What is short; when only others were quicker, everything that was asked."""
    cells = stock_cells([grant.ask.sku_id for grant in grants])
    left = {cell.sku_id: max(cell.available, 0) for cell in cells if cell.location_id == transfer.source_id}
    every = [Shortage(line.sku.code, line.quantity, left.get(line.sku_id, 0)) for line in lines.values()]
    return [each for each in every if each.available < each.wanted] or every


@transaction.atomic
def cancel_transfer(*, transfer_id: UUID, now: datetime, actor: Actor = SYSTEM) -> Transfer:
    """Give up a transfer that has not left, and what it keeps. Cancelling again changes nothing.

    Raises DocumentNotFound, WrongDocumentState.
    """
    transfer, lines = lock_transfer(transfer_id)
    if transfer.state == TransferState.CANCELLED:
        return transfer
    _become(transfer, TransferState.CANCELLED, actor, closed_at=now)
    settle_supply(kind=SupplyKind.TRANSFER, coming=dict.fromkeys(lines, 0), now=now)
    release(holder_ids=lines, now=now, actor=actor)
    return transfer


@transaction.atomic
def dispatch_transfer(
    *, transfer_id: UUID, now: datetime, quantities: Mapping[UUID, int] | None = None, actor: Actor = SYSTEM
) -> Transfer:
    """The units leave the source and are on their way, in one transaction; by line, or all that was requested.

    What is not sent is released. Dispatching again changes nothing.
    Raises DocumentNotFound, WrongDocumentState, InvalidLine, StockWouldBeNegative.
    """
    transfer, lines = lock_transfer(transfer_id)
    if transfer.state in SENT:
        return transfer
    sent = {line_id: line.quantity for line_id, line in lines.items()} if quantities is None else dict(quantities)
    _refuse_strangers(lines, sent)
    if any(not 0 <= units <= lines[line_id].quantity for line_id, units in sent.items()) or not any(sent.values()):
        raise InvalidLine(_("Send between nothing and what was requested of each line, and something of one."))
    _become(transfer, TransferState.DISPATCHED, actor, dispatched_at=now)
    for line_id, units in sent.items():
        TransferLine.objects.filter(pk=line_id).update(dispatched=units)
    settle_supply(kind=SupplyKind.TRANSFER, coming={line_id: sent.get(line_id, 0) for line_id in lines}, now=now)
    arrive = [(line.sku_id, transfer.destination_id) for line in lines.values()]
    ensure_levels(arrive)
    lock_levels(places=arrive, holder_ids=lines)
    _leave(lines, sent, now, actor)
    levels = _level_ids(transfer.destination_id, [line.sku_id for line in lines.values()])
    apply_deltas(
        deltas=[
            _delta(levels[line.sku_id], Bucket.IN_TRANSIT, sent.get(line.pk, 0), line, str(line.pk), transfer)
            for line in lines.values()
        ],
        actor=actor,
    )
    return transfer


def _leave(lines: Lines, sent: Mapping[UUID, int], now: datetime, actor: Actor) -> None:
    """End the lines' reservations: what is sent leaves the source, the rest is free again."""
    _release_beyond(lines, sent, now, actor)
    kept = lock_open_reservations([line_id for line_id in lines if sent.get(line_id)])
    end(rows=kept, state=ReservationState.CONSUMED, reason=MovementReason.TRANSFER, now=now, actor=actor, leave=True)


def _release_beyond(lines: Lines, kept: Mapping[UUID, int], now: datetime, actor: Actor) -> None:
    """Free what the lines have reserved beyond what each keeps."""
    rest = {line_id: new_id() for line_id, line in lines.items() if 0 < kept.get(line_id, 0) < line.quantity}
    split_reservations(splits=[Split(line_id, kept[line_id], other) for line_id, other in rest.items()], now=now)
    emptied = [line_id for line_id in lines if not kept.get(line_id)]
    release(holder_ids=[*emptied, *rest.values()], now=now, actor=actor)


@transaction.atomic(savepoint=False)
def lock_transfers(*, transfer_ids: Collection[UUID]) -> None:
    """Lock transfers that a transaction may have to shorten, before it locks reservations and levels."""
    lock_documents((), transfer_ids)


@transaction.atomic(savepoint=False)
def shorten_transfers(*, units: Mapping[UUID, int], now: datetime, actor: Actor = SYSTEM) -> None:
    """Take units, by line, off requested transfers whose source turns out not to have them; one left with none is cancelled.

    The caller has locked the transfers (`lock_transfers`), then the levels. Entries keep what was given up; orders that wait for it lose their place.
    """
    lines = {line.pk: line for line in requested_lines(units)}
    kept = {line_id: line.quantity - units[line_id] for line_id, line in lines.items()}
    settle_supply(kind=SupplyKind.TRANSFER, coming=kept, now=now)
    _release_beyond(lines, kept, now, actor)
    key = str(new_id())
    fates = (Fate(line_id, TransferFate.SHORT, units[line_id]) for line_id in lines)
    TransferEntry.objects.bulk_create(_entry(fate, key, now, actor) for fate in fates)
    for line_id, quantity in kept.items():
        TransferLine.objects.filter(pk=line_id).update(quantity=quantity)
    for transfer in {line.transfer_id: line.transfer for line in lines.values()}.values():
        if TransferLine.objects.filter(transfer=transfer, quantity__gt=0).exists():
            _tell(transfer, actor)
        else:
            _become(transfer, TransferState.CANCELLED, actor, closed_at=now)


@transaction.atomic
def receive_transfer(
    *,
    transfer_id: UUID,
    arrivals: Sequence[Arrival],
    key: str,
    now: datetime,
    finish: bool = False,
    actor: Actor = SYSTEM,
) -> Transfer:
    """Put what arrived on hand at the destination; with `finish` nothing more is expected.

    A key that the transfer has seen changes nothing. What is missing stays in transit until it is decided by
    `settle_transfer`; what came beyond it is on hand, and to be decided as well.
    Raises DocumentNotFound, WrongDocumentState, InvalidLine.
    """
    transfer, lines = lock_transfer(transfer_id)
    done = TransferEntry.objects.filter(line__transfer_id=transfer_id, key=key).exists()
    if done and transfer.state != TransferState.DISPATCHED:
        return transfer
    _refuse_unless_sent(transfer)
    _refuse_strangers(lines, {arrival.line_id for arrival in arrivals})
    if any(min(each.quantity, each.damaged) < 0 or each.total >= LARGEST for each in arrivals):
        raise InvalidLine(_("Nothing less than zero can arrive."))
    if not done:
        fates = []
        for each in arrivals:
            fates.append(Fate(each.line_id, TransferFate.RECEIVED, each.quantity, each.reason))
            fates.append(Fate(each.line_id, TransferFate.DAMAGED, each.damaged, each.reason))
        _write_fates(transfer, lines, fates, key, now, actor)
    if finish:
        _settle_state(transfer, now, actor)
    return transfer


@transaction.atomic
def settle_transfer(
    *, transfer_id: UUID, fates: Sequence[Fate], key: str, now: datetime, actor: Actor = SYSTEM
) -> Transfer:
    """Decide what became of the units that are missing or too many; without any left the transfer is closed.

    Missing ones came after all, are LOST (shrinkage), or were found at the source; extra ones are taken off the source, which
    sent them, or simply kept. A key that the transfer has seen changes nothing.
    Raises DocumentNotFound, WrongDocumentState, InvalidLine, MoreThanThere, StockWouldBeNegative.
    """
    transfer, lines = lock_transfer(transfer_id)
    if TransferEntry.objects.filter(line__transfer_id=transfer_id, key=key).exists():
        return transfer
    if transfer.state != TransferState.RECEIVED:
        raise WrongDocumentState(transfer.number, transfer.state, TransferState(transfer.state).label)
    _refuse_strangers(lines, {fate.line_id for fate in fates})
    if any(fate.fate not in DECISIONS for fate in fates):
        raise InvalidLine(_("That cannot be decided of units that have left."))
    left = {line_id: {True: line.unsettled, False: line.in_transit} for line_id, line in lines.items()}
    for fate in fates:
        extra = fate.fate in {TransferFate.EXTRA_TAKEN, TransferFate.EXTRA_KEPT}
        left[fate.line_id][extra] -= fate.quantity
        if fate.quantity <= 0 or left[fate.line_id][extra] < 0:
            raise MoreThanThere(
                _("%(sku)s: there are not as many units to decide about.") % {"sku": lines[fate.line_id].sku.code}
            )
    _write_fates(transfer, lines, fates, key, now, actor)
    _settle_state(transfer, now, actor)
    return transfer


def _settle_state(transfer: Transfer, now: datetime, actor: Actor) -> None:
    """Nothing more is expected: closed when all is accounted for, else with a difference to decide."""
    rows = TransferLine.objects.filter(transfer_id=transfer.pk)
    if not any(row.in_transit or row.unsettled for row in rows):
        _become(transfer, TransferState.CLOSED, actor, received_at=transfer.received_at or now, closed_at=now)
    elif transfer.state == TransferState.DISPATCHED:
        settle_supply(kind=SupplyKind.TRANSFER, coming={row.pk: 0 for row in rows}, now=now)
        _become(transfer, TransferState.RECEIVED, actor, received_at=now)


def _write_fates(
    transfer: Transfer, lines: Lines, fates: Iterable[Fate], key: str, now: datetime, actor: Actor
) -> None:
    """Write entries, counters and movements of what became of units, under the transfer's lock; levels last."""
    fates = [fate for fate in fates if fate.quantity]
    if not fates:
        return
    entries = [_entry(fate, key, now, actor) for fate in fates]
    TransferEntry.objects.bulk_create(entries)
    skus = {lines[entry.line_id].sku_id for entry in entries}
    ensure_levels([(sku, place) for sku in skus for place in (transfer.source_id, transfer.destination_id)])
    here, there = _level_ids(transfer.destination_id, skus), _level_ids(transfer.source_id, skus)
    deltas = []
    for entry in entries:
        line = lines[entry.line_id]
        deltas += _consequences(entry, line, here[line.sku_id], there[line.sku_id], transfer)
        line.save(update_fields=COUNTERS)
    came: Counter[UUID] = Counter()
    for fate in fates:
        came[fate.line_id] += fate.quantity if fate.fate == TransferFate.RECEIVED else 0
    arrived = settle_supply(
        kind=SupplyKind.TRANSFER, coming={line_id: lines[line_id].in_transit for line_id in came}, arrived=came, now=now
    )
    earlier = lock_arrived(arrived=arrived, location_id=transfer.destination_id)
    apply_deltas(deltas=deltas, actor=actor, as_of=now)
    reserve_arrived(arrived=arrived, earlier=earlier, location_id=transfer.destination_id, now=now, actor=actor)


def _entry(fate: Fate, key: str, now: datetime, actor: Actor) -> TransferEntry:
    return TransferEntry(
        line_id=fate.line_id,
        fate=fate.fate,
        quantity=fate.quantity,
        reason=fate.reason,
        key=key,
        actor=actor.to_json(),
        recorded_at=now,
    )


def _consequences(entry: TransferEntry, line: TransferLine, here: UUID, there: UUID, transfer: Transfer) -> list[Delta]:
    """Count the units on the locked line, and say what moves: `here` at the destination, `there` at the source."""
    units = entry.quantity
    off = min(units, line.in_transit)
    moves: list[tuple[UUID, Bucket, int, MovementReason]] = []
    if entry.fate in {TransferFate.RECEIVED, TransferFate.DAMAGED}:
        bucket = Bucket.DAMAGED if entry.fate == TransferFate.DAMAGED else Bucket.ON_HAND
        moves = [
            (here, Bucket.IN_TRANSIT, -off, MovementReason.TRANSFER),
            (here, bucket, units, MovementReason.TRANSFER),
        ]
        line.received += units
        line.damaged += units if bucket == Bucket.DAMAGED else 0
        line.extra += units - off
    elif entry.fate == TransferFate.LOST:
        moves = [(here, Bucket.IN_TRANSIT, -units, MovementReason.SHRINKAGE)]
        line.lost += units
    elif entry.fate == TransferFate.RETURNED:
        moves = [
            (here, Bucket.IN_TRANSIT, -units, MovementReason.TRANSFER),
            (there, Bucket.ON_HAND, units, MovementReason.TRANSFER),
        ]
        line.returned += units
    else:
        if entry.fate == TransferFate.EXTRA_TAKEN:
            moves = [(there, Bucket.ON_HAND, -units, MovementReason.TRANSFER)]
        line.settled += units
    return [
        _delta(level, bucket, quantity, line, str(entry.pk), transfer, reason)
        for level, bucket, quantity, reason in moves
    ]


def _delta(
    level_id: UUID,
    bucket: Bucket,
    quantity: int,
    line: TransferLine,
    act: str,
    transfer: Transfer,
    reason: MovementReason = MovementReason.TRANSFER,
) -> Delta:
    return Delta(level_id, bucket, quantity, reason, CAUSE, str(line.pk), f"transfer:{act}:{bucket}", transfer.number)


def _level_ids(location_id: UUID, sku_ids: Collection[UUID]) -> dict[UUID, UUID]:
    rows = StockLevel.objects.filter(location_id=location_id, sku_id__in=list(sku_ids), pool="")
    return dict(rows.values_list("sku_id", "pk"))


def _refuse_unless_sent(transfer: Transfer) -> None:
    if transfer.state != TransferState.DISPATCHED:
        raise WrongDocumentState(transfer.number, transfer.state, TransferState(transfer.state).label)


def _refuse_strangers(lines: Lines, named: Iterable[UUID]) -> None:
    if set(named) - set(lines):
        raise InvalidLine(_("A line that is named is not part of this transfer."))


def _become(transfer: Transfer, state: TransferState, actor: Actor, **changes: datetime) -> None:
    """Give a locked transfer another state, and tell. Raises WrongDocumentState."""
    if not may_become(TRANSFER, transfer.state, state):
        raise WrongDocumentState(transfer.number, transfer.state, TransferState(transfer.state).label)
    Transfer.objects.filter(pk=transfer.pk).update(state=state, **changes)
    transfer.state = state
    for name, value in changes.items():
        setattr(transfer, name, value)
    _tell(transfer, actor)


def _tell(transfer: Transfer, actor: Actor) -> None:
    payload = {"number": transfer.number, "state": str(transfer.state)}
    record(TRANSFER_CHANGED, "transfer", transfer.pk, payload, actor)
