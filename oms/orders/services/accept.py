"""Take orders in, once each."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from inventory.queries import locations_by_code, parts_of, skus_by_code
from oms.database.rows import insert_rows, select
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.orders.enums import HoldReason, OrderStatus, PaymentState, UnitState
from oms.orders.events import ORDER_ACCEPTED, ORDER_HELD, SUBJECT
from oms.orders.models import Hold, Order, UnitGroup
from oms.orders.rules import total_gap
from oms.orders.services import payloads
from oms.orders.services.lines import rows_of_lines, units_of
from oms.orders.services.refusal import refusal_of
from oms.orders.types import ChannelPayload, Intake
from oms.tenancy.services import next_numbers
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import KitPart
    from oms.orders.types import NewOrder

TOTAL_DIFFERS = "total_differs"
# A channel and its own id of an order.
Key = tuple["UUID", str]
_CHANNELS = "SELECT id FROM orders_saleschannel WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s::uuid[])"
_KNOWN = """
SELECT channel_id, external_id, id, number FROM orders_order
WHERE tenant_id = %(tenant)s AND channel_id = ANY(%(channels)s::uuid[]) AND external_id = ANY(%(external)s::text[])
"""


class Found(NamedTuple):
    """What the orders name: SKUs and places by code, and the components of those SKUs that are virtual kits."""

    skus: Mapping[str, UUID]
    parts: Mapping[UUID, Sequence[KitPart]]
    places: Mapping[str, UUID]


@transaction.atomic(savepoint=False)
def accept_orders(*, orders: Sequence[NewOrder], now: datetime, actor: Actor = SYSTEM) -> list[Intake]:
    """Accept the orders that are new; the answer has one entry per order given, in its place.

    An order whose (channel, external id) is known is left as it is, also when both arrive at once. One that cannot be
    accepted is refused alone, with the reason. Units of an order that awaits payment are HELD, the others PENDING. A virtual kit is
    kept as it was sold, and prepared as its components of this moment.
    """
    skus = skus_by_code([line.sku for order in orders for line in order.lines])
    parts = parts_of(skus.values())
    places = locations_by_code([order.collect_location for order in orders if order.collect_location])
    channels = {pk for (pk,) in select(_CHANNELS, {"ids": list({order.channel_id for order in orders})})}
    refusals = [refusal_of(order, skus=skus, parts=parts, places=places, channels=channels) for order in orders]
    good = [order for order, refusal in zip(orders, refusals, strict=True) if refusal is None]
    created, known = _create(good, Found(skus, parts, places), now)
    _tell(created.values(), actor)
    return [
        Intake(order.external_id, refusal=refusal)
        if refusal
        else _intake(order, created.get((order.channel_id, order.external_id)), known)
        for order, refusal in zip(orders, refusals, strict=True)
    ]


def _intake(order: NewOrder, made: Order | None, known: Mapping[Key, tuple[UUID, str]]) -> Intake:
    order_id, number = known[order.channel_id, order.external_id]
    return Intake(order.external_id, order_id, number, created=made is not None)


def _known(orders: Sequence[NewOrder]) -> dict[Key, tuple[UUID, str]]:
    asked = {
        "channels": list({order.channel_id for order in orders}),
        "external": list({order.external_id for order in orders}),
    }
    return {(channel, external): (pk, number) for channel, external, pk, number in select(_KNOWN, asked)}


def _create(
    orders: Sequence[NewOrder], found: Found, now: datetime
) -> tuple[dict[Key, Order], dict[Key, tuple[UUID, str]]]:
    known = _known(orders)
    fresh = {
        (order.channel_id, order.external_id): order
        for order in orders
        if (order.channel_id, order.external_id) not in known
    }
    if not fresh:
        return {}, known
    numbers = next_numbers(kind="CMD", year=now.year, count=len(fresh))
    rows = [_order(order, number, found, now) for order, number in zip(fresh.values(), numbers, strict=True)]
    # In one order everywhere: of two transactions that bring the same orders the second waits, and neither for the other.
    in_order = sorted(rows, key=lambda row: (row.channel_id, row.external_id))
    # Another transaction may have been first with some of them; those rows are not written.
    written = insert_rows(in_order, ignore_conflicts=True)
    made = {key: row for key, row in zip(fresh, rows, strict=True) if row.pk in written}
    _create_lines([(made[key], fresh[key]) for key in made], found, now)
    if len(made) < len(fresh):
        return made, _known(orders)
    return made, known | {key: (row.pk, row.number) for key, row in made.items()}


def _order(order: NewOrder, number: str, found: Found, now: datetime) -> Order:
    held = order.payment_state == PaymentState.PENDING
    gap = total_gap(
        lines=order.lines, shipping=order.shipping, fees=order.fees, discount=order.discount, total=order.total
    )
    return Order(
        number=number,
        channel_id=order.channel_id,
        external_id=order.external_id,
        external_number=order.external_number or order.external_id,
        kind=order.kind,
        method=order.method,
        status=OrderStatus.HELD if held else OrderStatus.TO_ROUTE,
        payment_state=order.payment_state,
        priority=order.priority,
        currency=order.currency,
        total=order.total,
        shipping=order.shipping,
        fees=order.fees,
        discount=order.discount,
        tax=order.tax,
        units=sum(units_of(line, found.skus, found.parts) for line in order.lines),
        customer_name=order.customer_name[:200],
        customer_email=order.customer_email.lower()[:254],
        customer_phone=order.customer_phone[:40],
        ship_to=asdict(order.ship_to),
        bill_to=asdict(order.bill_to),
        country=order.ship_to.country,
        postcode=order.ship_to.postcode[:12],
        city=order.ship_to.city[:100],
        collect_location_id=found.places.get(order.collect_location),
        tags=[*order.tags, *([TOTAL_DIFFERS] if gap else [])],
        note=order.note,
        content_hash=order.content_hash,
        placed_at=order.placed_at,
        received_at=now,
        promised_at=order.promised_at,
        ship_by=order.ship_by,
        updated_at=now,
    )


def _create_lines(orders: Sequence[tuple[Order, NewOrder]], found: Found, now: datetime) -> None:
    kits, lines, groups = [], [], []
    for row, order in orders:
        state = UnitState.HELD if row.status == OrderStatus.HELD else UnitState.PENDING
        sold, made = rows_of_lines(row.pk, order.lines, found.skus, found.parts)
        kits += sold
        lines += made
        groups += [
            UnitGroup(
                order_id=row.pk,
                line_id=line.pk,
                sku_id=line.sku_id,
                quantity=line.quantity,
                state=state,
                changed_at=now,
            )
            for line in made
        ]
    insert_rows(kits)
    insert_rows(lines)
    insert_rows(groups)
    sent = [(row.pk, order.content_hash, order.raw) for row, order in orders if order.raw is not None]
    payloads.keep([ChannelPayload(*each) for each in sent], now=now)
    Hold.objects.bulk_create(
        Hold(order_id=row.pk, reason=HoldReason.PAYMENT, created_at=now)
        for row, _order in orders
        if row.status == OrderStatus.HELD
    )


def _tell(orders: Iterable[Order], actor: Actor) -> None:
    events = []
    for order in orders:
        payload = {
            "number": order.number,
            "channel": str(order.channel_id),
            "units": order.units,
            "external_number": order.external_number,
        }
        events.append(NewEvent(ORDER_ACCEPTED, SUBJECT, order.pk, payload, actor))
        if order.status == OrderStatus.HELD:
            events.append(NewEvent(ORDER_HELD, SUBJECT, order.pk, {"reason": str(HoldReason.PAYMENT)}, actor))
    record_many(events)
