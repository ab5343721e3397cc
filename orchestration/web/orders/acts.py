"""The acts on one order, the same for its page and for a selection: each translates a form into one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from oms.orders.services import add_note, cancel_units, hold_order, release_holds
from orchestration.services import force_location
from orchestration.services import reroute as reroute_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from oms.tenancy.types import Actor

# What a location's exclusion keeps of the reason; the whole of it is on the timeline.
LONGEST_EXCLUSION = 30


def hold(order_id: UUID, data: Mapping[str, Any], *, now: datetime, actor: Actor) -> None:
    hold_order(order_id=order_id, reason=data["reason"], note=data["note"], now=now, actor=actor)


def release(order_id: UUID, _data: Mapping[str, Any], *, now: datetime, actor: Actor) -> None:
    release_holds(order_id=order_id, now=now, actor=actor)


def reroute(order_id: UUID, data: Mapping[str, Any], *, now: datetime, actor: Actor) -> None:
    reroute_order(order_id=order_id, reason=data["reason"][:LONGEST_EXCLUSION], now=now, actor=actor)
    add_note(order_id=order_id, text=data["reason"], actor=actor)


def force(order_id: UUID, data: Mapping[str, Any], *, now: datetime, actor: Actor) -> None:
    force_location(order_id=order_id, location_id=UUID(data["location"]), reason=data["reason"], now=now, actor=actor)


def cancel(order_id: UUID, data: Mapping[str, Any], *, now: datetime, actor: Actor) -> None:
    cancel_units(order_id=order_id, quantities=data.get("quantities"), reason=data["reason"], now=now, actor=actor)
    if data["comment"]:
        add_note(order_id=order_id, text=data["comment"], actor=actor)
