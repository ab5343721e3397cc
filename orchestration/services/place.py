from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from oms.orders.enums import PaymentState
from oms.orders.services import accept_orders
from oms.tenancy.types import SYSTEM, Actor
from orchestration.services.hold import reserve_held, tentative_asks
from orchestration.services.route import route_accepted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from oms.orders.types import Intake, NewOrder


@transaction.atomic
def place_orders(*, orders: Sequence[NewOrder], now: datetime, actor: Actor = SYSTEM) -> list[Intake]:
    """Accept orders, reserve their units and give them to locations, in one transaction; see `accept_orders` for the answer.

    Units on hold are reserved where they would go; units that find no location are parked with the reason.
    """
    intakes = accept_orders(orders=orders, now=now, actor=actor)
    created = {
        intake.order_id: order.payment_state
        for intake, order in zip(intakes, orders, strict=True)
        if intake.created and intake.order_id is not None
    }
    held = [order_id for order_id, payment in created.items() if payment == PaymentState.PENDING]
    asks = tentative_asks(order_ids=held, now=now) if held else []
    if len(held) < len(created):
        route_accepted(order_ids=created.keys() - set(held), now=now, beside=asks)
    else:
        reserve_held(asks=asks)
    return intakes
