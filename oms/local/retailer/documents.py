"""What is bought, on its way and being counted, so that those pages show what they are for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from inventory.queries import (
    active_places,
    count_lines,
    purchase_lines,
    skus,
    stock_levels,
    transfer_lines,
    transfer_proposals,
)
from inventory.rules.transfers import Policy
from inventory.services import (
    accept_proposals,
    announce_shipment,
    confirm_purchase_order,
    create_count,
    create_purchase_order,
    dispatch_transfer,
    finish_counting,
    receive_purchase_order,
    receive_transfer,
    record_count,
)
from inventory.types import (
    Arrival,
    Counted,
    CountScope,
    NewNotice,
    NewPurchase,
    NewPurchaseLine,
    ProposedMove,
)
from oms.local.retailer import network
from oms.tenancy.enums import ActorKind
from oms.tenancy.types import Actor

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from inventory.models import PurchaseOrder, Transfer
    from inventory.queries import PlaceRow

WHO = Actor(ActorKind.PERSON, "demo-logistics", "Nadia Cherif")
SUPPLIERS = ("Faïencerie de l’Ouest", "Tissages du Nord", "Atelier Cuir & Co", "Verrerie du Midi")


def documents() -> None:
    """Purchase orders, transfers and counts of the open tenant, one in each state that asks something of somebody."""
    now = timezone.now()
    warehouse = next(place for place in active_places() if place.kind == "WAREHOUSE")
    # Where the store staff of the demonstration work.
    store = next(place for place in active_places() if place.code == network.STORES[0][0])
    _purchases(warehouse, store, now)
    _transfers(now)
    _counts(store, now)


def _purchases(warehouse: PlaceRow, store: PlaceRow, now: datetime) -> None:
    codes = [sku.code for sku in skus().filter(cost__isnull=False)[:40]]
    _buy(SUPPLIERS[0], warehouse, codes[:12], 48, now, days=12, confirmed=False)
    announced = _buy(SUPPLIERS[1], warehouse, codes[12:20], 60, now, days=9)
    units = {line.pk: 24 for line in purchase_lines([announced.pk])[:5]}
    notice = NewNotice("BL-20418", _day(now, 3), units, carrier="Geodis", tracking_number="GX4471902")
    announce_shipment(order_id=announced.pk, notice=notice, now=now)
    _buy(SUPPLIERS[2], store, codes[20:26], 6, now, days=2)
    begun = _buy(SUPPLIERS[3], store, codes[26:32], 8, now, days=-1)
    first, second, *_others = purchase_lines([begun.pk])
    arrivals = [Arrival(first.pk, 8), Arrival(second.pk, 4, 1)]
    receive_purchase_order(order_id=begun.pk, arrivals=arrivals, key="demo", now=now, actor=WHO)


def _buy(
    supplier: str, place: PlaceRow, codes: list[str], units: int, now: datetime, *, days: int, confirmed: bool = True
) -> PurchaseOrder:
    lines = tuple(NewPurchaseLine(code, units) for code in codes)
    purchase = NewPurchase(supplier, place.id, lines, expected_date=_day(now, days))
    order = create_purchase_order(purchase=purchase, now=now, actor=WHO)
    return confirm_purchase_order(order_id=order.pk, now=now, actor=WHO) if confirmed else order


def _day(now: datetime, days: int) -> date:
    return (now + timedelta(days=days)).date()


def _transfers(now: datetime) -> None:
    """What the proposals say, for three pairs of places: one requested, one on its way, one that arrived with a difference."""
    found = transfer_proposals(policy=Policy(window=90, target=60, keep=90), now=now)
    pairs: dict[tuple[UUID, UUID], list[ProposedMove]] = {}
    for each in found:
        pair = (each.source.location_id, each.destination.location_id)
        pairs.setdefault(pair, []).append(ProposedMove(each.sku_id, *pair, each.quantity))
    largest = sorted(pairs.values(), key=lambda moves: (-len(moves), moves[0].sku_id))[:3]
    made, _refused = accept_proposals(proposals=[move for moves in largest for move in moves[:6]], now=now, actor=WHO)
    for transfer in made[1:]:
        dispatch_transfer(transfer_id=transfer.pk, now=now, actor=WHO)
    for transfer in made[2:]:
        _arrive_but_one(transfer, now)


def _arrive_but_one(transfer: Transfer, now: datetime) -> None:
    lines = list(transfer_lines([transfer.pk]))
    arrivals = [Arrival(line.pk, line.dispatched - (line == lines[0])) for line in lines]
    receive_transfer(transfer_id=transfer.pk, arrivals=arrivals, key="demo", now=now, finish=True, actor=WHO)


def _counts(store: PlaceRow, now: datetime) -> None:
    there = list(stock_levels().filter(location_id=store.id, pool="", on_hand__gt=0)[:30])
    for number, levels in enumerate((there[:15], there[15:])):
        scope = CountScope(sku_ids=tuple(level.sku_id for level in levels))
        count = create_count(location_id=store.id, now=now, kind="CYCLE", scope=scope, note="Rayon entrée", actor=WHO)
        lines = list(count_lines(count.pk))
        if number:
            on_hand = {level.sku_id: level.on_hand for level in levels}
            counted = [
                Counted(line.sku_id, max(on_hand[line.sku_id] - (at % 6 == 0), 0) + (at % 9 == 8))  # noqa: PLR2004 -- some are off
                for at, line in enumerate(lines)
            ]
            record_count(count_id=count.pk, counted=counted, now=now, actor=WHO)
            finish_counting(count_id=count.pk, now=now, actor=WHO)
