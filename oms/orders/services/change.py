from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from oms.events.services import record
from oms.orders.enums import HoldReason, PaymentState
from oms.orders.events import ORDER_CHANGED, SUBJECT
from oms.orders.locks import lock_order, lock_orders
from oms.orders.models import Hold, Order, OrderPayload
from oms.orders.services.hold import release_holds
from oms.orders.services.payloads import keep
from oms.tenancy.context import current_tenant_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any
    from uuid import UUID

    from oms.orders.types import ChannelPayload

_NOTE_HASHES = """
UPDATE orders_order o SET content_hash = a.content_hash, updated_at = %(now)s::timestamptz
FROM unnest(%(ids)s::uuid[], %(hashes)s::text[]) AS a(id, content_hash) WHERE o.tenant_id = %(tenant)s AND o.id = a.id
"""


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


@transaction.atomic
def keep_payloads(*, payloads: Sequence[ChannelPayload], now: datetime) -> None:
    """Keep what the channel now sends of known orders, whose payment and units it leaves as they are."""
    if not payloads:
        return
    lock_orders([each.order_id for each in payloads])
    keep(payloads, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE_HASHES,
            {
                "tenant": current_tenant_id(),
                "ids": [each.order_id for each in payloads],
                "hashes": [each.content_hash for each in payloads],
                "now": now,
            },
        )
