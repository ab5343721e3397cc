"""Purchase orders: bought, confirmed, announced, received in parts, closed. The states are in `inventory.rules.documents`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.enums import Bucket, MovementReason, PurchaseState, SupplyKind
from inventory.errors import InvalidLine, MoreThanThere, ReasonNeeded, ReferenceTaken, UnknownSku, WrongDocumentState
from inventory.events import PURCHASE_CHANGED, PURCHASE_RESCHEDULED, STOCK_RECEIVED
from inventory.locks import lock_purchase
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ShippingNotice,
    ShippingNoticeLine,
    Sku,
    StockLevel,
)
from inventory.rules.documents import PURCHASE, may_become
from inventory.rules.inbound import fill
from inventory.services.arrivals import lock_arrived, reserve_arrived, settle_supply
from inventory.services.changed import stock_changed
from inventory.services.costs import revalue
from inventory.services.ledger import apply_deltas
from inventory.services.levels import LARGEST, ensure_levels, refuse_virtual
from inventory.types import Arrival, Delta, Received
from oms.events.services import record
from oms.tenancy.services.numbers import next_numbers
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from types import EllipsisType
    from uuid import UUID

    from inventory.types import NewNotice, NewPurchase, NewPurchaseLine

NUMBER = "ACH"
CAUSE = "purchase_order_line"


@transaction.atomic
def create_purchase_order(*, purchase: NewPurchase, now: datetime, actor: Actor = SYSTEM) -> PurchaseOrder:
    """Write a purchase order down as a draft. The same reference, supplier and place again give the order that has it.

    Raises UnknownSku, VirtualKit, InvalidLine, and ReferenceTaken for a reference that another order has.
    """
    if purchase.reference and (known := PurchaseOrder.objects.filter(reference=purchase.reference).first()):
        return _same(known, purchase)
    skus = _skus(purchase.lines)
    refuse_virtual(sku.pk for sku in skus.values())
    (number,) = next_numbers(kind=NUMBER, year=now.year, count=1)
    order = PurchaseOrder(
        number=number,
        reference=purchase.reference,
        supplier=purchase.supplier,
        location_id=purchase.location_id,
        expected_date=purchase.expected_date,
        note=purchase.note,
        created_at=now,
    )
    try:
        with transaction.atomic():
            order.save()
    except IntegrityError as error:
        if "purchaseorder_reference" not in str(error):
            raise
        return _same(PurchaseOrder.objects.get(reference=purchase.reference), purchase)
    PurchaseOrderLine.objects.bulk_create(
        PurchaseOrderLine(
            order=order,
            position=position,
            sku=skus[line.sku],
            quantity=line.quantity,
            unit_cost=skus[line.sku].cost if line.unit_cost is None else line.unit_cost,
            expected_date=line.expected_date,
        )
        for position, line in enumerate(purchase.lines, start=1)
    )
    _tell(order, actor)
    return order


def _same(known: PurchaseOrder, purchase: NewPurchase) -> PurchaseOrder:
    if (known.supplier, known.location_id) != (purchase.supplier, purchase.location_id):
        raise ReferenceTaken(
            _("Another purchase order has the reference %(reference)s.") % {"reference": known.reference},
            number=known.number,
        )
    return known


def _skus(lines: Sequence[NewPurchaseLine]) -> dict[str, Sku]:
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in={line.sku for line in lines})}
    unknown = sorted({line.sku for line in lines} - set(skus))
    if unknown:
        raise UnknownSku(unknown)
    if not lines or any(not 0 < line.quantity < LARGEST for line in lines):
        raise InvalidLine(_("Each line needs a quantity above zero, and there must be one."))
    return skus


@transaction.atomic
def confirm_purchase_order(*, order_id: UUID, now: datetime, actor: Actor = SYSTEM) -> PurchaseOrder:
    """The supplier has agreed: from now on the units are supply that is to come. Confirming again changes nothing.

    Raises DocumentNotFound, WrongDocumentState.
    """
    order, lines = lock_purchase(order_id)
    if order.state in {PurchaseState.CONFIRMED, PurchaseState.RECEIVING}:
        return order
    _become(order, PurchaseState.CONFIRMED, actor, confirmed_at=now)
    _supply_changed(lines, more=True)
    return order


@transaction.atomic
def cancel_purchase_order(*, order_id: UUID, now: datetime, reason: str = "", actor: Actor = SYSTEM) -> PurchaseOrder:
    """Nothing of it will come. Cancelling again changes nothing. Raises DocumentNotFound, WrongDocumentState."""
    order, lines = lock_purchase(order_id)
    if order.state == PurchaseState.CANCELLED:
        return order
    _write_short(lines, reason, now)
    _become(order, PurchaseState.CANCELLED, actor, closed_at=now)
    _supply_changed(lines)
    return order


@transaction.atomic
def close_purchase_order(*, order_id: UUID, now: datetime, reason: str = "", actor: Actor = SYSTEM) -> PurchaseOrder:
    """Nothing more will come: what was not received is cancelled, with its reason. Closing again changes nothing.

    Raises DocumentNotFound, WrongDocumentState, ReasonNeeded.
    """
    order, lines = lock_purchase(order_id)
    if order.state == PurchaseState.CLOSED:
        return order
    missing = sum(line.open for line in lines.values())
    if missing and not reason and may_become(PURCHASE, order.state, PurchaseState.CLOSED):
        raise ReasonNeeded(
            _("%(count)s units have not come: say why before closing %(number)s.")
            % {"count": missing, "number": order.number},
            missing=missing,
        )
    _write_short(lines, reason, now)
    _become(order, PurchaseState.CLOSED, actor, closed_at=now)
    _supply_changed(lines)
    return order


@transaction.atomic
def reschedule_purchase_order(
    *,
    order_id: UUID,
    days: Mapping[UUID, date | None],
    expected_date: date | EllipsisType | None = ...,
    actor: Actor = SYSTEM,
) -> PurchaseOrder:
    """Expect lines on other days; with None a line comes with the order. The same days again change nothing.

    Where `expected_date` is given, the order itself comes on that day, with the lines that have none of their own. Units that a
    shipping notice announces still come on its day. Who waits for these SKUs is tried again, and may then wait for
    another delivery or for none. Raises DocumentNotFound, WrongDocumentState of an order that is over, InvalidLine.
    """
    order, lines = lock_purchase(order_id)
    if order.state in {PurchaseState.CLOSED, PurchaseState.CANCELLED}:
        raise WrongDocumentState(order.number, order.state, PurchaseState(order.state).label)
    _refuse_strangers(lines, days)
    changed = {line_id: lines[line_id] for line_id, day in days.items() if lines[line_id].expected_date != day}
    own = order.expected_date if expected_date is ... else expected_date
    if not changed and own == order.expected_date:
        return order
    payload: dict[str, Any] = {"number": order.number, "lines": []}
    for line_id, line in changed.items():
        moved = _moved(line, days[line_id])
        payload["lines"].append({"line": str(line_id), "sku": str(line.sku_id), **moved})
    PurchaseOrderLine.objects.bulk_update(changed.values(), ["expected_date"])
    if own != order.expected_date:
        payload["order"] = _moved(order, own)
        order.save(update_fields=["expected_date"])
        changed |= {line_id: line for line_id, line in lines.items() if line.open and line.expected_date is None}
    record(PURCHASE_RESCHEDULED, "purchase_order", order.pk, payload, actor)
    if order.state != PurchaseState.DRAFT:
        _supply_changed(changed, more=True)
    return order


def _moved(row: PurchaseOrder | PurchaseOrderLine, day: date | None) -> dict[str, str | None]:
    """Give an order or a line its day; both days in words."""
    before, row.expected_date = row.expected_date, day
    return {"before": _iso(before), "after": _iso(day)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _write_short(lines: Mapping[UUID, PurchaseOrderLine], reason: str, now: datetime) -> None:
    settle_supply(kind=SupplyKind.PURCHASE, coming=dict.fromkeys(lines, 0), now=now)
    for line in lines.values():
        if line.open:
            PurchaseOrderLine.objects.filter(pk=line.pk).update(
                cancelled=F("cancelled") + line.open, short_reason=reason
            )


def _supply_changed(lines: Mapping[UUID, PurchaseOrderLine], *, more: bool = False) -> None:
    """Views that sell what is to come have another number; where there is more, or it comes sooner, somebody may wait for it."""
    skus = {line.sku_id for line in lines.values()}
    stock_changed(skus, freed=skus if more else ())


def _become(order: PurchaseOrder, state: PurchaseState, actor: Actor, **changes: datetime) -> None:
    """Give a locked order another state, and tell. Raises WrongDocumentState."""
    if not may_become(PURCHASE, order.state, state):
        raise WrongDocumentState(order.number, order.state, PurchaseState(order.state).label)
    PurchaseOrder.objects.filter(pk=order.pk).update(state=state, **changes)
    order.state = state
    for name, value in changes.items():
        setattr(order, name, value)
    _tell(order, actor)


def _tell(order: PurchaseOrder, actor: Actor) -> None:
    record(PURCHASE_CHANGED, "purchase_order", order.pk, {"number": order.number, "state": str(order.state)}, actor)


@transaction.atomic
def announce_shipment(*, order_id: UUID, notice: NewNotice, now: datetime) -> ShippingNotice:
    """Keep what the supplier says has left, by line; the same reference again gives the notice that is kept.

    Raises DocumentNotFound, WrongDocumentState unless the order is confirmed and open, InvalidLine, MoreThanThere.
    """
    order, lines = lock_purchase(order_id)
    already = ShippingNotice.objects.filter(order_id=order_id, reference=notice.reference).first()
    if already is not None:
        return already
    _refuse_unless_open(order)
    _refuse_strangers(lines, notice.units)
    if not notice.units or any(units <= 0 for units in notice.units.values()):
        raise InvalidLine(_("Each line needs a quantity above zero, and there must be one."))
    waiting = _announced(notice.units)
    for line_id, units in notice.units.items():
        left = lines[line_id].open - sum(each.quantity - each.received for each in waiting.get(line_id, ()))
        if units > left:
            raise MoreThanThere(
                _("%(sku)s: %(count)s units are left to announce.")
                % {"sku": lines[line_id].sku.code, "count": max(left, 0)}
            )
    made = ShippingNotice.objects.create(
        order=order,
        reference=notice.reference,
        carrier=notice.carrier,
        tracking_number=notice.tracking_number,
        expected_date=notice.expected_date,
        created_at=now,
    )
    ShippingNoticeLine.objects.bulk_create(
        ShippingNoticeLine(notice=made, line_id=line_id, quantity=units) for line_id, units in notice.units.items()
    )
    _supply_changed({line_id: lines[line_id] for line_id in notice.units}, more=True)
    return made


@transaction.atomic
def receive_purchase_order(
    *, order_id: UUID, arrivals: Sequence[Arrival], key: str, now: datetime, actor: Actor = SYSTEM
) -> list[Receipt]:
    """Put units that came in on hand, damaged ones aside, and keep what they cost; return the receipts.

    A key that the order has seen gives its receipts again and changes nothing. More than was ordered, and a correction,
    want a reason. What was promised of them is reserved for those who waited, before anybody else can have it; others that waited
    for stock are tried again, the most urgent first.
    Raises DocumentNotFound, WrongDocumentState, InvalidLine, ReasonNeeded, MoreThanThere, StockWouldBeNegative.
    """
    order, lines = lock_purchase(order_id)
    known = list(Receipt.objects.filter(line__order_id=order_id, key=key).order_by("pk"))
    if known:
        return known
    _refuse_unless_open(order)
    arrivals = [arrival for arrival in arrivals if arrival.total or arrival.damaged]
    _refuse_strangers(lines, {arrival.line_id for arrival in arrivals})
    if not arrivals or len({arrival.line_id for arrival in arrivals}) < len(arrivals):
        raise InvalidLine(_("Name each line once, with the units that came."))
    for arrival in arrivals:
        _check(arrival, lines[arrival.line_id])
    receipts = [_receipt(arrival, lines[arrival.line_id], order, key, now, actor) for arrival in arrivals]
    Receipt.objects.bulk_create(receipts)
    arrived = settle_supply(
        kind=SupplyKind.PURCHASE,
        coming={each.line_id: max(lines[each.line_id].open - max(each.total, 0), 0) for each in arrivals},
        arrived={each.line_id: max(each.quantity, 0) for each in arrivals},
        now=now,
    )
    _write_received(arrivals)
    if order.state == PurchaseState.CONFIRMED:
        _become(order, PurchaseState.RECEIVING, actor)
    earlier = lock_arrived(arrived=arrived, location_id=order.location_id)
    apply_deltas(deltas=_deltas(receipts, order), actor=actor, as_of=now)
    reserve_arrived(arrived=arrived, earlier=earlier, location_id=order.location_id, now=now, actor=actor)
    revalue(receipts=[_received(receipt) for receipt in receipts], actor=actor)
    payload = {"receipts": [str(receipt.pk) for receipt in receipts], "location": str(order.location_id)}
    record(STOCK_RECEIVED, "purchase_order", order.pk, payload, actor)
    return receipts


def _refuse_unless_open(order: PurchaseOrder) -> None:
    if not may_become(PURCHASE, order.state, PurchaseState.RECEIVING):
        raise WrongDocumentState(order.number, order.state, PurchaseState(order.state).label)


def _refuse_strangers(lines: Mapping[UUID, PurchaseOrderLine], named: Iterable[UUID]) -> None:
    if set(named) - set(lines):
        raise InvalidLine(_("A line that is named is not part of this purchase order."))


def _check(arrival: Arrival, line: PurchaseOrderLine) -> None:
    if max(abs(arrival.quantity), abs(arrival.damaged)) >= LARGEST or arrival.quantity * arrival.damaged < 0:
        raise InvalidLine(_("%(sku)s: these are no quantities.") % {"sku": line.sku.code})
    if arrival.total < 0 and (-arrival.total > line.received or -arrival.damaged > line.damaged):
        raise MoreThanThere(
            _("%(sku)s: only %(count)s were received.") % {"sku": line.sku.code, "count": line.received}
        )
    over = arrival.total - line.open
    if (arrival.total < 0 or over > 0) and not arrival.reason:
        raise ReasonNeeded(
            _("%(sku)s: %(count)s more than ordered; say why.") % {"sku": line.sku.code, "count": over}
            if over > 0
            else _("%(sku)s: a correction needs a reason.") % {"sku": line.sku.code},
            sku=line.sku.code,
            over=max(over, 0),
        )


def _receipt(
    arrival: Arrival, line: PurchaseOrderLine, order: PurchaseOrder, key: str, now: datetime, actor: Actor
) -> Receipt:
    return Receipt(
        line=line,
        sku_id=line.sku_id,
        location_id=order.location_id,
        quantity=arrival.total,
        damaged=arrival.damaged,
        unit_cost=line.unit_cost,
        reason=arrival.reason,
        key=key,
        actor=actor.to_json(),
        recorded_at=now,
    )


def _received(receipt: Receipt) -> Received:
    return Received(receipt.sku_id, receipt.location_id, receipt.quantity, receipt.unit_cost, f"receipt:{receipt.pk}")


def _write_received(arrivals: Sequence[Arrival]) -> None:
    waiting = _announced({arrival.line_id for arrival in arrivals})
    for arrival in arrivals:
        PurchaseOrderLine.objects.filter(pk=arrival.line_id).update(
            received=F("received") + arrival.total, damaged=F("damaged") + arrival.damaged
        )
        notices = waiting.get(arrival.line_id, ())
        taken = fill(max(arrival.total, 0), [each.quantity - each.received for each in notices])
        for each, units in zip(notices, taken, strict=True):
            if units:
                ShippingNoticeLine.objects.filter(pk=each.pk).update(received=F("received") + units)


def _announced(line_ids: Iterable[UUID]) -> dict[UUID, list[ShippingNoticeLine]]:
    """The notices that still wait for units of these lines, the earliest first."""
    rows = ShippingNoticeLine.objects.filter(line_id__in=list(line_ids), received__lt=F("quantity"))
    found: dict[UUID, list[ShippingNoticeLine]] = {}
    for row in rows.order_by("notice__expected_date", "pk"):
        found.setdefault(row.line_id, []).append(row)
    return found


def _deltas(receipts: Sequence[Receipt], order: PurchaseOrder) -> list[Delta]:
    places = list({(receipt.sku_id, receipt.location_id) for receipt in receipts})
    ensure_levels(places)
    rows = StockLevel.objects.filter(
        location_id=order.location_id, sku_id__in=[sku for sku, _location in places], pool=""
    )
    levels = {row.sku_id: row.pk for row in rows}
    deltas = []
    for receipt in receipts:
        parts = {Bucket.ON_HAND: receipt.quantity - receipt.damaged, Bucket.DAMAGED: receipt.damaged}
        deltas += [
            Delta(
                levels[receipt.sku_id],
                bucket,
                units,
                MovementReason.RECEIPT,
                CAUSE,
                str(receipt.line_id),
                f"receipt:{receipt.pk}:{bucket}",
                order.number,
            )
            for bucket, units in parts.items()
            if units
        ]
    return deltas
