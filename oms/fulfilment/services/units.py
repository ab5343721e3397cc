"""The units and lines of fulfilment orders, changed together whatever their number."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from oms.fulfilment.types import Step
from oms.orders.errors import NotEnoughUnits
from oms.orders.services import move_units
from oms.orders.types import MovedUnits, UnitMove
from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
    from oms.orders.models import UnitGroup

_WRITE_LINES = """
UPDATE fulfilment_fulfilmentline l SET quantity = a.quantity, picked = a.picked
FROM unnest(%(ids)s::uuid[], %(quantities)s::int[], %(picked)s::int[]) AS a(id, quantity, picked)
WHERE l.tenant_id = %(tenant)s AND l.id = a.id
"""


def move_work(
    row: FulfilmentOrder,
    quantities: Mapping[UUID, int],
    *,
    before: str,
    after: str,
    now: datetime,
    reason: str = "",
) -> list[MovedUnits]:
    """Move so many units of each order line that this work holds in a state; see `move_wave`."""
    steps = [Step(line_id, wanted, before, after, reason) for line_id, wanted in quantities.items()]
    return move_wave([(row, steps)], now=now)[0]


def move_wave(works: Sequence[tuple[FulfilmentOrder, Sequence[Step]]], *, now: datetime) -> list[list[MovedUnits]]:
    """Take the steps of many works in one go, splitting groups as needed; the answer follows the works.

    Raises NotEnoughUnits when a customer's cancellation was faster.
    """
    sizes: list[int] = []

    def choose(groups: Sequence[UnitGroup]) -> list[UnitMove]:
        there: dict[tuple[UUID | None, UUID, str], list[UnitGroup]] = {}
        for group in groups:
            there.setdefault((group.work_id, group.line_id, group.state), []).append(group)
        chosen = [_moves(row, steps, there) for row, steps in works]
        sizes.extend(map(len, chosen))
        return [move for moves in chosen for move in moves]

    moved = iter(move_units(order_ids={row.order_id for row, steps in works if steps}, moves=choose, now=now))
    return [list(islice(moved, size)) for size in sizes]


def _moves(
    row: FulfilmentOrder, steps: Iterable[Step], there: Mapping[tuple[UUID | None, UUID, str], Sequence[UnitGroup]]
) -> list[UnitMove]:
    moves = []
    for step in steps:
        left = step.quantity
        for group in there.get((row.pk, step.line_id, step.before), ()):
            part = min(left, group.quantity)
            if part:
                moves.append(UnitMove(group.pk, step.after, quantity=part, reason=step.reason))
            left -= part
        if left:
            raise NotEnoughUnits(
                _("%(left)s units are no longer part of this work.") % {"left": left}, line=str(step.line_id)
            )
    return moves


def write_lines(lines: Collection[FulfilmentLine]) -> None:
    """Store `quantity` and `picked` of locked lines."""
    if not lines:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE_LINES,
            {
                "tenant": current_tenant_id(),
                "ids": [line.pk for line in lines],
                "quantities": [line.quantity for line in lines],
                "picked": [line.picked for line in lines],
            },
        )
