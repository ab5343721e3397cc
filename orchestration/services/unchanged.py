from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from oms.events.queries import timeline
from oms.orders.errors import OrderNotFound
from oms.orders.services import lock_for_work
from orchestration.errors import OrderHasChanged
from orchestration.events import SUBJECT

if TYPE_CHECKING:
    from uuid import UUID


@transaction.atomic
def require_unchanged(*, order_id: UUID, seen: int) -> None:
    """Lock the order and make sure that nothing but notes was recorded of it after event number `seen`.

    Raises OrderNotFound, OrderHasChanged with the number of the last event.
    """
    if not lock_for_work(order_ids=[order_id]):
        raise OrderNotFound
    later = timeline(subject_type=SUBJECT, subject_id=order_id).filter(sequence__gt=seen).exclude(kind="order.note")
    last = later.last()
    if last is not None:
        raise OrderHasChanged(_("The order has changed since you opened it."), last=last.sequence)
