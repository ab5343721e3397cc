"""The units of a fulfilment order, moved together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from oms.orders.errors import NotEnoughUnits
from oms.orders.queries import unit_groups
from oms.orders.services import move_units
from oms.orders.types import MovedUnits, UnitMove

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from oms.fulfilment.models import FulfilmentOrder


def move_work(
    row: FulfilmentOrder,
    quantities: Mapping[UUID, int],
    *,
    before: Collection[str],
    after: str,
    now: datetime,
    reason: str = "",
) -> list[MovedUnits]:
    """Move so many units of each order line that this work holds in one of the states `before`; splits as needed.

    Raises NotEnoughUnits when a customer's cancellation was faster.
    """
    if not quantities:
        return []
    groups = [group for group in unit_groups([row.order_id]) if group.work_id == row.pk and group.state in before]
    moves = []
    for line_id, wanted in quantities.items():
        left = wanted
        for group in groups:
            part = min(left, group.quantity) if group.line_id == line_id else 0
            if part:
                moves.append(UnitMove(group.pk, after, quantity=part, reason=reason))
            left -= part
        if left:
            raise NotEnoughUnits(
                _("%(left)s units are no longer part of this work.") % {"left": left}, line=str(line_id)
            )
    return move_units(order_ids=[row.order_id], moves=moves, now=now)
