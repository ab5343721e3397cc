"""What a channel changes in an order that was accepted already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from channels.connectors.enums import OrderState
from channels.services.translate import payment_of
from oms.orders.enums import UnitState
from oms.orders.errors import NotEnoughUnits, NothingToCancel
from oms.orders.queries import sold_lines, unit_groups, units_by_line
from oms.orders.services import cancel_units, change_payment, keep_payloads, lock_for_work
from oms.orders.types import ChannelPayload

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from channels.connectors.types import ChannelOrder
    from oms.orders.models import Order
    from oms.tenancy.types import Actor

REASON = "channel"


@transaction.atomic
def apply_changes(*, changes: Mapping[UUID, ChannelOrder], actor: Actor, now: datetime) -> None:
    """Take over what the channel changed in accepted orders, by their id.

    What most often comes back is what we told ourselves, a shipment: such payloads are only kept, all at once.
    """
    echoes = []
    for row in lock_for_work(order_ids=changes):
        order = changes[row.pk]
        if _leaves_all_as_it_is(row, order):
            echoes.append(ChannelPayload(row.pk, order.content_hash(), dict(order.raw)))
        else:
            apply_change(order_id=row.pk, order=order, actor=actor, now=now)
    keep_payloads(payloads=echoes, now=now)


def _leaves_all_as_it_is(row: Order, order: ChannelOrder) -> bool:
    cancelled = order.state == OrderState.CANCELLED or any(line.quantity_cancelled for line in order.lines)
    return not cancelled and payment_of(order) == row.payment_state


@transaction.atomic
def apply_change(*, order_id: UUID, order: ChannelOrder, actor: Actor, now: datetime) -> None:
    """Take over payment and cancellations; the payload is kept beside the order, whatever else changed in it.

    Units that have left already stay as they are: what the customer gets back then is a return.
    """
    change_payment(
        order_id=order_id,
        payment_state=payment_of(order),
        content_hash=order.content_hash(),
        raw=dict(order.raw),
        now=now,
        actor=actor,
    )
    if order.state == OrderState.CANCELLED:
        _cancel_all(order_id, now, actor)
    else:
        _cancel_some(order_id, order, now, actor)


def _cancel_all(order_id: UUID, now: datetime, actor: Actor) -> None:
    try:
        cancel_units(order_id=order_id, reason=REASON, now=now, actor=actor)
    except NothingToCancel:
        return


def _cancel_some(order_id: UUID, order: ChannelOrder, now: datetime, actor: Actor) -> None:
    wanted = {line.external_id: line.quantity_cancelled for line in order.lines if line.quantity_cancelled}
    if not wanted:
        return
    cancelled = units_by_line(group for group in unit_groups([order_id]) if group.state == UnitState.CANCELLED)
    due = {line.external_id: line.quantity_due for line in order.lines}
    quantities = {}
    for sold in sold_lines([order_id]):
        line = sold.row
        # A line that was accepted after a first cancellation holds fewer units than the channel's own.
        excess = line.quantity - sold.whole(cancelled) - due.get(line.external_id, line.quantity)
        if line.external_id in wanted and excess > 0:
            quantities[line.pk] = excess
    if quantities:
        try:
            cancel_units(order_id=order_id, reason=REASON, quantities=quantities, now=now, actor=actor)
        except NotEnoughUnits:
            return
