from __future__ import annotations

import secrets
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction

from inventory.queries import locations_by_id
from oms.database.rows import insert_rows
from oms.events.services import record_many
from oms.events.types import NewEvent
from oms.fulfilment.events import FULFILMENT_CREATED, SUBJECT
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.rules import deadline
from oms.fulfilment.types import Given
from oms.orders.enums import COLLECTION, UnitState
from oms.orders.services import move_units
from oms.orders.types import UnitMove
from oms.tenancy.services import next_numbers
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.models import Location
    from oms.fulfilment.types import Work

# No vowel and no look-alike: a code is read aloud at a counter.
ALPHABET = "23456789CDFGHJKLMNPQRTVWXZ"


@transaction.atomic(savepoint=False)
def create_fulfilments(*, works: Sequence[Work], now: datetime, actor: Actor = SYSTEM) -> list[Given]:
    """Give each location its work: its fulfilment order, and the units ASSIGNED to it; the answer follows `works`.

    The caller holds the orders' locks.

    Raises IllegalMove when units cannot be assigned from where they are.
    """
    if not works:
        return []
    order_ids = {work.order_id for work in works}
    places = locations_by_id({work.location_id for work in works})
    numbers = next_numbers(kind="PREP", year=now.year, count=len(works))
    made = [
        _fulfilment(work, number, places[work.location_id], now) for work, number in zip(works, numbers, strict=True)
    ]
    moves = [
        UnitMove(group_id, UnitState.ASSIGNED, quantity=units, location_id=work.location_id, work_id=row.pk)
        for row, work in zip(made, works, strict=True)
        for group_id, units in work.units
    ]
    moved = iter(move_units(order_ids=order_ids, moves=moves, now=now))
    given = [Given(row, tuple(islice(moved, len(work.units)))) for row, work in zip(made, works, strict=True)]
    insert_rows(made)
    insert_rows([line for each in given for line in _lines(each)])
    record_many([NewEvent(FULFILMENT_CREATED, SUBJECT, row.order_id, _payload(row), actor) for row in made])
    return given


def _fulfilment(work: Work, number: str, place: Location, now: datetime) -> FulfilmentOrder:
    accept, prepare = place.minutes_to_accept, place.minutes_to_prepare
    return FulfilmentOrder(
        number=number,
        order_id=work.order_id,
        location_id=work.location_id,
        method=work.method,
        units=sum(units for _group_id, units in work.units),
        accept_by=_deadline(place, now, accept),
        ready_by=_deadline(place, now, accept + prepare),
        created_at=now,
        collection_code="".join(secrets.choice(ALPHABET) for _position in range(6))
        if work.method in COLLECTION
        else "",
    )


def _deadline(place: Location, now: datetime, minutes: int) -> datetime:
    return deadline(
        start=now, minutes=minutes, opening=place.opening, closures=place.closures, time_zone=place.time_zone
    )


def _lines(given: Given) -> list[FulfilmentLine]:
    by_line: dict[UUID, FulfilmentLine] = {}
    for units in given.units:
        line = by_line.setdefault(
            units.line_id,
            FulfilmentLine(
                fulfilment_id=given.fulfilment.pk, line_id=units.line_id, sku_id=units.sku_id, ordered=0, quantity=0
            ),
        )
        line.ordered += units.quantity
        line.quantity += units.quantity
    return list(by_line.values())


def _payload(row: FulfilmentOrder) -> dict[str, object]:
    return {
        "fulfilment": str(row.pk),
        "number": row.number,
        "location": str(row.location_id),
        "units": row.units,
        "accept_by": row.accept_by.isoformat(),
    }
