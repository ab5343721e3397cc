from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oms.events.services import record
from oms.orders.events import ORDER_NOTE, SUBJECT
from oms.orders.locks import lock_order

if TYPE_CHECKING:
    from uuid import UUID

    from oms.tenancy.types import Actor


@transaction.atomic
def add_note(*, order_id: UUID, text: str, actor: Actor) -> None:
    """Leave a note on the order's timeline. Raises OrderNotFound."""
    order = lock_order(order_id)
    record(ORDER_NOTE, SUBJECT, order.pk, {"text": text}, actor)
