"""The moments at which goods leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from inventory.services import consume
from oms.events.services import record, record_many
from oms.events.types import NewEvent
from oms.fulfilment.enums import FulfilmentState, HandoverProof
from oms.fulfilment.errors import TooManyAttempts, WrongCode, WrongState
from oms.fulfilment.events import FULFILMENT_COLLECTED, FULFILMENT_READY, FULFILMENT_SHIPPED, SUBJECT
from oms.fulfilment.locks import lock_fulfilment, lock_wave
from oms.fulfilment.models import FulfilmentOrder, Parcel
from oms.fulfilment.services.units import move_wave, move_work
from oms.fulfilment.types import Step
from oms.orders.enums import COLLECTION, UnitState
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from oms.fulfilment.models import FulfilmentLine
    from oms.fulfilment.types import Tracking

MOST_WRONG_CODES = 5


def ship(*, fulfilment_id: UUID, parcels: Sequence[Tracking], now: datetime, actor: Actor = SYSTEM) -> FulfilmentOrder:
    """Hand the parcels to the carrier: the units are shipped and leave the location's stock.

    Raises FulfilmentNotFound, WrongState when it is not packed or is to be collected.
    """
    return ship_wave(parcels={fulfilment_id: parcels}, now=now, actor=actor)[0]


@transaction.atomic
def ship_wave(
    *, parcels: Mapping[UUID, Sequence[Tracking]], now: datetime, actor: Actor = SYSTEM
) -> list[FulfilmentOrder]:
    """Hand the parcels of many works to the carrier at once, all or none; see `ship`."""
    wave = lock_wave(parcels)
    for row, _lines in wave:
        if row.state != FulfilmentState.PACKED or row.method in COLLECTION:
            raise WrongState(row)
    groups = _leave(wave, before=UnitState.PACKED, after=UnitState.SHIPPED, now=now, actor=actor)
    Parcel.objects.bulk_create(
        Parcel(
            fulfilment_id=fulfilment_id,
            carrier=each.carrier,
            tracking_number=each.number,
            tracking_url=each.url,
            weight_g=each.weight_g,
            shipped_at=now,
        )
        for fulfilment_id, mine in parcels.items()
        for each in mine
    )
    rows = [row for row, _lines in wave]
    for row in rows:
        row.state, row.closed_at = FulfilmentState.HANDED_OVER, now
    FulfilmentOrder.objects.filter(pk__in=list(parcels)).update(state=FulfilmentState.HANDED_OVER, closed_at=now)
    record_many(
        [
            NewEvent(FULFILMENT_SHIPPED, SUBJECT, row.order_id, _shipped(row, lines, parcels[row.pk], left), actor)
            for (row, lines), left in zip(wave, groups, strict=True)
        ]
    )
    return rows


def _shipped(
    row: FulfilmentOrder, lines: Sequence[FulfilmentLine], parcels: Sequence[Tracking], groups: list[str]
) -> dict[str, object]:
    return {
        "fulfilment": str(row.pk),
        "location": str(row.location_id),
        "groups": groups,
        "parcels": [{"carrier": each.carrier, "number": each.number, "url": each.url} for each in parcels],
        "lines": _told(lines),
    }


def _told(lines: Sequence[FulfilmentLine]) -> list[dict[str, object]]:
    return [{"line": str(line.line_id), "quantity": line.quantity} for line in lines if line.quantity]


@transaction.atomic
def mark_ready(*, fulfilment_id: UUID, now: datetime, shelf: str = "", actor: Actor = SYSTEM) -> FulfilmentOrder:
    """The customer may come: the parcel waits on its shelf. Raises FulfilmentNotFound, WrongState."""
    row, lines = lock_fulfilment(fulfilment_id)
    if row.state != FulfilmentState.PACKED or row.method not in COLLECTION:
        raise WrongState(row)
    move_work(
        row,
        {line.line_id: line.quantity for line in lines if line.quantity},
        before=UnitState.PACKED,
        after=UnitState.READY,
        now=now,
    )
    row.state, row.ready_at, row.shelf = FulfilmentState.READY_TO_COLLECT, now, shelf
    row.save(update_fields=["state", "ready_at", "shelf"])
    record(
        FULFILMENT_READY,
        SUBJECT,
        row.order_id,
        {"fulfilment": str(row.pk), "location": str(row.location_id), "shelf": shelf, "lines": _told(lines)},
        actor,
    )
    return row


def collect(
    *,
    fulfilment_id: UUID,
    now: datetime,
    code: str = "",
    identity_of: str = "",
    collected_by: str = "",
    actor: Actor = SYSTEM,
) -> FulfilmentOrder:
    """Hand the goods to the customer against the collection code, or against a document that proves who `identity_of` is.

    Raises FulfilmentNotFound, WrongState, WrongCode (each is counted), TooManyAttempts after five: then only a document.
    """
    with transaction.atomic():
        row, lines = lock_fulfilment(fulfilment_id)
        if row.state != FulfilmentState.READY_TO_COLLECT:
            raise WrongState(row)
        proof = _proof(row, code, identity_of)
        if proof is not None:
            return _hand_over(row, lines, proof, collected_by or identity_of, now, actor)
        if row.wrong_codes >= MOST_WRONG_CODES:
            raise TooManyAttempts(_("Too many wrong codes: ask for an identity document."))
        FulfilmentOrder.objects.filter(pk=row.pk).update(wrong_codes=F("wrong_codes") + 1)
    raise WrongCode(_("This is not the collection code of the order."))


def _proof(row: FulfilmentOrder, code: str, identity_of: str) -> str | None:
    if identity_of:
        return HandoverProof.IDENTITY
    given = code.strip().upper()
    usable = row.wrong_codes < MOST_WRONG_CODES and given
    return HandoverProof.CODE if usable and constant_time_compare(given, row.collection_code) else None


def _hand_over(
    row: FulfilmentOrder, lines: Sequence[FulfilmentLine], proof: str, collected_by: str, now: datetime, actor: Actor
) -> FulfilmentOrder:
    (groups,) = _leave([(row, lines)], before=UnitState.READY, after=UnitState.COLLECTED, now=now, actor=actor)
    row.state, row.closed_at, row.proof, row.collected_by = FulfilmentState.COLLECTED, now, proof, collected_by
    row.save(update_fields=["state", "closed_at", "proof", "collected_by"])
    payload = {
        "fulfilment": str(row.pk),
        "location": str(row.location_id),
        "proof": proof,
        "groups": groups,
        "lines": _told(lines),
    }
    record(FULFILMENT_COLLECTED, SUBJECT, row.order_id, payload, actor)
    return row


def _leave(
    wave: Sequence[tuple[FulfilmentOrder, Sequence[FulfilmentLine]]],
    *,
    before: str,
    after: str,
    now: datetime,
    actor: Actor,
) -> list[list[str]]:
    """The units leave the locations' stock; the answer has the unit groups of each work."""
    steps = [
        (row, [Step(line.line_id, line.quantity, before, after) for line in lines if line.quantity])
        for row, lines in wave
    ]
    moved = [[each.group_id for each in units] for units in move_wave(steps, now=now)]
    consume(holder_ids=[group_id for groups in moved for group_id in groups], now=now, actor=actor)
    return [[str(group_id) for group_id in groups] for groups in moved]
