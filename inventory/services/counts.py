"""Counts: begun, counted by several people at once, reviewed, posted. The states are in `inventory.rules.documents`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from inventory.enums import Bucket, CountKind, CountState, MovementReason, SkuKind
from inventory.errors import CountConflict, InvalidLine, WrongDocumentState
from inventory.events import COUNT_CHANGED
from inventory.locks import lock_count, lock_count_lines, lock_levels_at
from inventory.models import CountLine, CountTally, Sku, StockCount, StockLevel
from inventory.rules.counts import spread_difference
from inventory.rules.documents import COUNT, may_become
from inventory.services.changed import stock_changed
from inventory.services.ledger import apply_deltas
from inventory.services.levels import LARGEST, ensure_levels, refuse_virtual
from inventory.types import CountScope, Delta
from oms.database.rows import insert_rows
from oms.events.services import record
from oms.tenancy.services.numbers import next_numbers
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import Counted

NUMBER = "INV"
CAUSE = "count_line"
EVERYTHING = CountScope()


@transaction.atomic
def create_count(
    *,
    location_id: UUID,
    now: datetime,
    kind: str = CountKind.FULL,
    scope: CountScope = EVERYTHING,
    blind: bool = True,
    note: str = "",
    actor: Actor = SYSTEM,
) -> StockCount:
    """Begin a count: of everything the location has (FULL), or of the SKUs and categories named (CYCLE).

    What is found besides is added as it is counted. Raises InvalidLine when a cycle count names nothing.
    """
    if kind == CountKind.CYCLE and not (scope.sku_ids or scope.categories):
        raise InvalidLine(_("Choose the SKUs or categories to count."))
    (number,) = next_numbers(kind=NUMBER, year=now.year, count=1)
    count = StockCount.objects.create(
        number=number, location_id=location_id, kind=kind, blind=blind, note=note, created_at=now
    )
    if kind == CountKind.FULL:
        there = StockLevel.objects.filter(location_id=location_id).exclude(on_hand=0, reserved=0)
        chosen = set(there.values_list("sku_id", flat=True))
    else:
        named = Sku.objects.filter(Q(pk__in=scope.sku_ids) | Q(category__in=scope.categories), active=True)
        named = named.exclude(kind=SkuKind.VIRTUAL)
        chosen = set(named.values_list("pk", flat=True))
    insert_rows([CountLine(count=count, sku_id=sku_id) for sku_id in sorted(chosen)])
    _tell(count, actor)
    return count


@transaction.atomic
def record_count(*, count_id: UUID, counted: Sequence[Counted], now: datetime, actor: Actor) -> list[CountLine]:
    """Keep what one person counted of some SKUs, beside what others count of them; return the lines.

    A line is then worth the sum over all people, against what the ledger has on hand at this moment. A SKU that nobody
    expected is added. Raises DocumentNotFound, WrongDocumentState, InvalidLine, VirtualKit.
    """
    skus = {each.sku_id for each in counted}
    _add_lines(count_id, skus)
    lines = {line.sku_id: line for line in lock_count_lines(count_id, skus)}
    # Read after the lines' locks: who posts holds them until the state is written.
    count = StockCount.objects.get(pk=count_id)
    if count.state != CountState.COUNTING:
        raise WrongDocumentState(count.number, count.state, CountState(count.state).label)
    there = _on_hand(count.location_id, skus)
    for each in counted:
        line = lines[each.sku_id]
        line.counted = _tally(line, each, now, actor)
        line.expected, line.counted_at = there.get(each.sku_id, 0), now
    CountLine.objects.bulk_update(lines.values(), ["counted", "expected", "counted_at"])
    return list(lines.values())


def _add_lines(count_id: UUID, sku_ids: Collection[UUID]) -> None:
    """Lines for SKUs that were not expected, under the count's lock: no one posts meanwhile, nor adds them as well."""
    known = CountLine.objects.filter(count_id=count_id, sku_id__in=list(sku_ids)).values_list("sku_id", flat=True)
    missing = set(sku_ids) - set(known)
    if not missing:
        return
    lock_count(count_id)
    missing -= set(known.all())
    if Sku.objects.filter(pk__in=missing).count() < len(missing):
        raise InvalidLine(_("There is no such SKU."))
    refuse_virtual(missing)
    insert_rows([CountLine(count_id=count_id, sku_id=sku_id) for sku_id in sorted(missing)])


def _tally(line: CountLine, counted: Counted, now: datetime, actor: Actor) -> int:
    """Keep a person's figure on a locked line; return the sum of the round."""
    person = actor.id or str(actor.kind)
    found = CountTally.objects.filter(line=line, round=line.round, person=person).first()
    tally = found or CountTally(line=line, round=line.round, person=person, quantity=0)
    tally.quantity = tally.quantity + counted.quantity if counted.add else counted.quantity
    if not 0 <= tally.quantity < LARGEST:
        raise InvalidLine(_("A count is zero or more."))
    tally.label, tally.updated_at = actor.label, now
    tally.save()
    tallies = CountTally.objects.filter(line=line, round=line.round)
    return int(tallies.aggregate(units=Sum("quantity"))["units"])


def _on_hand(location_id: UUID, sku_ids: Collection[UUID]) -> dict[UUID, int]:
    """What the ledger has at the location, ring-fenced units too: they lie on the same shelf."""
    rows = StockLevel.objects.filter(location_id=location_id, sku_id__in=list(sku_ids))
    return dict(rows.values_list("sku_id").annotate(Sum("on_hand")))


@transaction.atomic
def finish_counting(*, count_id: UUID, now: datetime, actor: Actor = SYSTEM) -> StockCount:
    """Nobody counts any more; the differences are to review. Doing it again changes nothing.

    Raises DocumentNotFound, WrongDocumentState.
    """
    count = lock_count(count_id)
    if count.state == CountState.REVIEW:
        return count
    lock_count_lines(count_id)
    return _become(count, CountState.REVIEW, actor, finished_at=now)


@transaction.atomic
def ask_recount(*, count_id: UUID, line_ids: Collection[UUID], actor: Actor = SYSTEM) -> StockCount:
    """Let lines be counted again from nothing; the count goes on. Raises DocumentNotFound, WrongDocumentState, InvalidLine."""
    count = lock_count(count_id)
    lines = [line for line in lock_count_lines(count_id) if line.pk in set(line_ids)]
    if not lines:
        raise InvalidLine(_("Choose the lines to count again."))
    if count.state == CountState.REVIEW:
        _become(count, CountState.COUNTING, actor)
    elif count.state != CountState.COUNTING:
        raise WrongDocumentState(count.number, count.state, CountState(count.state).label)
    for line in lines:
        line.round, line.counted, line.expected, line.counted_at = line.round + 1, None, None, None
    CountLine.objects.bulk_update(lines, ["round", "counted", "expected", "counted_at"], batch_size=1000)
    return count


@transaction.atomic
def cancel_count(*, count_id: UUID, now: datetime, actor: Actor = SYSTEM) -> StockCount:
    """Give the count up; no level changes. Cancelling again changes nothing. Raises DocumentNotFound, WrongDocumentState."""
    count = lock_count(count_id)
    if count.state == CountState.CANCELLED:
        return count
    lock_count_lines(count_id)
    return _become(count, CountState.CANCELLED, actor, finished_at=count.finished_at or now)


@transaction.atomic
def post_count(*, count_id: UUID, now: datetime, uncounted_as_zero: bool = False, actor: Actor = SYSTEM) -> StockCount:
    """Write one movement for each difference, as it was at the moment its line was counted; posting again changes nothing.

    Lines that nobody counted stay as they are, or with `uncounted_as_zero` count as nothing there. A level may fall
    under what is reserved: that deficit shows, and is for the rooms above.
    Raises DocumentNotFound, WrongDocumentState, and CountConflict naming the SKUs of which more is missing than is there now.
    """
    count = lock_count(count_id)
    if count.state == CountState.POSTED:
        return count
    lines = lock_count_lines(count_id)
    _become(count, CountState.POSTED, actor, posted_at=now)
    if uncounted_as_zero:
        _count_as_zero(count, lines, now)
    counted = [line for line in lines if line.difference is not None]
    ensure_levels([(line.sku_id, count.location_id) for line in counted])
    levels: dict[UUID, list[StockLevel]] = {}
    for level in lock_levels_at(count.location_id, [line.sku_id for line in counted]):
        levels.setdefault(level.sku_id, []).append(level)
    deltas = _deltas(count, counted, levels)
    for line in counted:
        line.posted = line.difference
    CountLine.objects.bulk_update(counted, ["counted", "expected", "counted_at", "posted"], batch_size=1000)
    apply_deltas(deltas=deltas, actor=actor, as_of=now)
    _know(levels, {delta.level_id for delta in deltas}, now)
    return count


def _count_as_zero(count: StockCount, lines: Sequence[CountLine], now: datetime) -> None:
    missing = [line for line in lines if line.counted is None]
    there = _on_hand(count.location_id, [line.sku_id for line in missing])
    for line in missing:
        line.counted, line.expected, line.counted_at = 0, there.get(line.sku_id, 0), now


def _deltas(count: StockCount, lines: Sequence[CountLine], levels: dict[UUID, list[StockLevel]]) -> list[Delta]:
    deltas, impossible = [], []
    for line in lines:
        there = [(level.pk, level.on_hand) for level in levels[line.sku_id]]
        parts = spread_difference(line.difference or 0, there)
        if parts is None:
            impossible.append(line.sku.code)
        for level_id, units in parts or ():
            key = f"count:{line.pk}:{level_id}"
            deltas.append(
                Delta(level_id, Bucket.ON_HAND, units, MovementReason.COUNT, CAUSE, str(line.pk), key, count.number)
            )
    if impossible:
        raise CountConflict(
            _("More is missing than is there by now; count again: %(skus)s.") % {"skus": ", ".join(impossible)},
            skus=impossible,
        )
    return deltas


def _know(levels: dict[UUID, list[StockLevel]], moved: Collection[UUID], now: datetime) -> None:
    """What was counted is known, and as old as the count; tell of what can be sold again by that."""
    every = [level for rows in levels.values() for level in rows]
    unsure = {level.sku_id for level in every if not level.known}
    still = [level.pk for level in every if level.pk not in moved or not level.known]
    StockLevel.objects.filter(pk__in=still).update(as_of=now, known=True)
    stock_changed(unsure, freed=unsure)


def _become(count: StockCount, state: CountState, actor: Actor, **changes: datetime) -> StockCount:
    """Give a locked count another state, and tell. Raises WrongDocumentState."""
    if not may_become(COUNT, count.state, state):
        raise WrongDocumentState(count.number, count.state, CountState(count.state).label)
    StockCount.objects.filter(pk=count.pk).update(state=state, **changes)
    count.state = state
    for name, value in changes.items():
        setattr(count, name, value)
    _tell(count, actor)
    return count


def _tell(count: StockCount, actor: Actor) -> None:
    payload = {"number": count.number, "state": str(count.state), "location": str(count.location_id)}
    record(COUNT_CHANGED, "count", count.pk, payload, actor)
