from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oms.events.services import record
from oms.orders.enums import HoldReason, PaymentState
from oms.orders.events import ORDER_CHANGED, SUBJECT
from oms.orders.locks import lock_order
from oms.orders.models import Hold, Order, OrderPayload
from oms.orders.services.hold import release_holds
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any
    from uuid import UUID


@transaction.atomic
def change_payment(
    *,
    order_id: UUID,
    payment_state: str,
    now: datetime,
    content_hash: str = "",
    raw: dict[str, Any] | None = None,
    actor: Actor = SYSTEM,
) -> bool:
    """Take over what the channel now says of the order's payment; return whether it differed.

    A payment that arrived ends the hold that awaited it. Raises OrderNotFound.
    """
    order = lock_order(order_id)
    if raw is not None:
        OrderPayload.objects.create(order_id=order.pk, content_hash=content_hash, body=raw, received_at=now)
    Order.objects.filter(pk=order.pk).update(
        content_hash=content_hash or order.content_hash, payment_state=payment_state, updated_at=now
    )
    if payment_state == order.payment_state:
        return False
    record(ORDER_CHANGED, SUBJECT, order.pk, {"payment": [order.payment_state, str(payment_state)]}, actor)
    waits = Hold.objects.filter(order_id=order.pk, reason=HoldReason.PAYMENT, released_at=None).exists()
    if waits and payment_state not in {PaymentState.PENDING, PaymentState.REFUNDED}:
        release_holds(order_id=order.pk, reason=HoldReason.PAYMENT, now=now, actor=actor)
    return True
