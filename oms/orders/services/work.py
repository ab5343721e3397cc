from __future__ import annotations

from typing import TYPE_CHECKING

from oms.orders.locks import lock_orders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from oms.orders.models import Order


def lock_for_work(*, order_ids: Iterable[UUID]) -> list[Order]:
    """Lock orders for a room above that is about to change what belongs to them; must run inside a transaction."""
    return lock_orders(order_ids)
