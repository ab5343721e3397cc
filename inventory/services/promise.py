"""Units that are to come, kept for those who wait for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from inventory.enums import SupplyKind, SupplyState
from inventory.errors import SupplyIsPromised
from inventory.locks import lock_documents, lock_supply_reservations
from inventory.models import SupplyReservation
from inventory.queries.inbound import inbound_supply
from inventory.queries.supply import coming_to, supply_reservations
from inventory.rules.inbound import fill
from inventory.services.changed import stock_changed
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.models import StockView
    from inventory.types import Coming, Split, Supply, SupplyAsk

    # A holder and a line.
    Key = tuple[UUID, UUID]

# The quantity compared lives on the line's own row; the document's lock keeps what is to come of it as it is.
_PROMISE = {
    SupplyKind.PURCHASE: """
UPDATE inventory_purchaseorderline l SET promised = l.promised + a.units
FROM unnest(%(ids)s::uuid[], %(units)s::int[]) AS a(id, units)
WHERE l.tenant_id = %(tenant)s AND l.id = a.id
  AND (a.units < 0 OR l.promised + a.units <= l.quantity - l.received - l.cancelled)
""",
    SupplyKind.TRANSFER: """
UPDATE inventory_transferline l SET promised = l.promised + a.units
FROM unnest(%(ids)s::uuid[], %(units)s::int[]) AS a(id, units), inventory_transfer t
WHERE l.tenant_id = %(tenant)s AND l.id = a.id AND t.tenant_id = l.tenant_id AND t.id = l.transfer_id
  AND (a.units < 0 OR l.promised + a.units <= CASE t.state WHEN 'REQUESTED' THEN l.quantity WHEN 'DISPATCHED' THEN
       l.dispatched - (l.received - l.extra) - l.lost - l.returned ELSE 0 END)
""",
}


@transaction.atomic(savepoint=False)
def lock_supply(*, sku_ids: Collection[UUID], holder_ids: Collection[UUID]) -> None:
    """Lock the documents on which these SKUs are to come, or on which these holders wait: before reservations and levels."""
    documents: dict[str, set[UUID]] = {kind: set() for kind in SupplyKind}
    for each in inbound_supply(sku_ids=sku_ids) if sku_ids else ():
        documents[each.kind].add(each.document_id)
    for row in supply_reservations().filter(holder_id__in=list(holder_ids)) if holder_ids else ():
        if row.purchase_line is not None:
            documents[SupplyKind.PURCHASE].add(row.purchase_line.order_id)
        if row.transfer_line is not None:
            documents[SupplyKind.TRANSFER].add(row.transfer_line.transfer_id)
    lock_documents(documents[SupplyKind.PURCHASE], documents[SupplyKind.TRANSFER])


@transaction.atomic(savepoint=False)
def promise_supply(*, asks: Sequence[SupplyAsk], holder_ids: Iterable[UUID], now: datetime) -> dict[UUID, int]:
    """Keep units to come for those who ask, the earliest units for the first ask; return how many each holder got.

    Afterwards the holders wait for exactly that: what they waited for before is given up or moved. Never is more promised of a
    line than is to come of it, whatever else runs at the same time. Changes documents, so call it before anything locks levels.
    """
    holders = set(holder_ids) | {ask.holder_id for ask in asks}
    lock_supply(sku_ids={ask.sku_id for ask in asks}, holder_ids=holders)
    before = {(row.holder_id, row.line_id): row for row in lock_supply_reservations(holder_id__in=holders)}
    if not asks and not before:
        return {}
    freed: Counter[UUID] = Counter()
    for (_holder, line_id), row in before.items():
        freed[line_id] += row.quantity
    granted = _allot(asks, freed)
    _write_lines(before, granted)
    _write_rows(before, granted, {ask.holder_id: ask for ask in asks}, now)
    _tell(before, granted)
    got: Counter[UUID] = Counter()
    for (holder_id, _line_id), (_supply, units) in granted.items():
        got[holder_id] += units
    return dict(got)


def give_up_supply(*, holder_ids: Iterable[UUID], now: datetime) -> None:
    """These holders wait for nothing any more."""
    promise_supply(asks=(), holder_ids=holder_ids, now=now)


def _allot(asks: Sequence[SupplyAsk], freed: Mapping[UUID, int]) -> dict[Key, tuple[Supply, int]]:
    """What each ask gets of each line, on locked documents; what the holders give up is free again."""
    skus: defaultdict[StockView, set[UUID]] = defaultdict(set)
    for ask in asks:
        skus[ask.view].add(ask.sku_id)
    offers = {view: coming_to(view, wanted, without=freed) for view, wanted in skus.items()}
    taken: Counter[tuple[UUID, object]] = Counter()
    granted: dict[Key, tuple[Supply, int]] = {}
    for ask in asks:
        deliveries: Sequence[Coming] = offers[ask.view].get(ask.sku_id, ())
        rooms = [each.adds - taken[each.supply.line_id, each.supply.day] for each in deliveries]
        for each, units in zip(deliveries, fill(ask.quantity, rooms), strict=True):
            if units > 0:
                key = (ask.holder_id, each.supply.line_id)
                taken[each.supply.line_id, each.supply.day] += units
                granted[key] = (each.supply, granted[key][1] + units if key in granted else units)
    return granted


def _write_lines(before: Mapping[Key, SupplyReservation], granted: Mapping[Key, tuple[Supply, int]]) -> None:
    """Move the lines' counters. Raises SupplyIsPromised when a line has not as much, having changed nothing."""
    deltas: Counter[tuple[str, UUID]] = Counter()
    for (_holder, line_id), row in before.items():
        deltas[SupplyKind.PURCHASE if row.purchase_line_id else SupplyKind.TRANSFER, line_id] -= row.quantity
    for (_holder, line_id), (supply, units) in granted.items():
        deltas[supply.kind, line_id] += units
    for kind, statement in _PROMISE.items():
        changed = {line_id: units for (of, line_id), units in deltas.items() if of == kind and units}
        if not changed:
            continue
        with connection.cursor() as cursor:
            parameters: dict[str, Any] = {"ids": list(changed), "units": list(changed.values())}
            cursor.execute(statement, {"tenant": current_tenant_id(), **parameters})
            if cursor.rowcount < len(changed):
                raise SupplyIsPromised(_("What is to come was promised to others meanwhile."))


def _write_rows(
    before: Mapping[Key, SupplyReservation],
    granted: Mapping[Key, tuple[Supply, int]],
    asks: Mapping[UUID, SupplyAsk],
    now: datetime,
) -> None:
    ended = [row.pk for key, row in before.items() if key not in granted]
    SupplyReservation.objects.filter(pk__in=ended).update(state=SupplyState.RELEASED, closed_at=now)
    made = []
    for key, (supply, units) in granted.items():
        row = before.get(key)
        if row is None:
            ask = asks[key[0]]
            made.append(_row(ask, supply, units, now))
        elif row.quantity != units:
            SupplyReservation.objects.filter(pk=row.pk).update(quantity=units)
    SupplyReservation.objects.bulk_create(made)


def _row(ask: SupplyAsk, supply: Supply, units: int, now: datetime) -> SupplyReservation:
    bought = supply.kind == SupplyKind.PURCHASE
    return SupplyReservation(
        purchase_line_id=supply.line_id if bought else None,
        transfer_line_id=None if bought else supply.line_id,
        sku_id=supply.sku_id,
        location_id=supply.location_id,
        holder_id=ask.holder_id,
        reference=ask.reference,
        quantity=units,
        rank_at=ask.rank_at,
        created_at=now,
    )


def _tell(before: Mapping[Key, SupplyReservation], granted: Mapping[Key, tuple[Supply, int]]) -> None:
    """Views that sell these lines have another number; where less is promised than before, others may have it."""
    net: Counter[UUID] = Counter()
    changed = set()
    for key in {*before, *granted}:
        old, new = before.get(key), granted.get(key)
        units = (new[1] if new else 0) - (old.quantity if old else 0)
        sku_id = new[0].sku_id if new else before[key].sku_id
        net[sku_id] += units
        if units:
            changed.add(sku_id)
    stock_changed(changed, freed={sku_id for sku_id, units in net.items() if units < 0})


def split_supply(splits: Sequence[tuple[Split, int]], *, now: datetime) -> None:
    """Hand what holders wait for beyond what they keep, with how many units they have reserved already, to other holders.

    Their documents are locked.
    """
    for split, reserved in splits:
        rows = lock_supply_reservations(holder_id=split.holder_id)
        over = sum(row.quantity for row in rows) - max(split.keep - reserved, 0)
        for row, units in zip(rows, fill(max(over, 0), [row.quantity for row in rows]), strict=True):
            mine = SupplyReservation.objects.filter(pk=row.pk)
            if units == row.quantity:
                mine.update(holder_id=split.new_holder_id)
            elif units:
                mine.update(quantity=row.quantity - units)
                row.pk, row.holder_id, row.quantity, row.created_at = new_id(), split.new_holder_id, units, now
                row.save(force_insert=True)
