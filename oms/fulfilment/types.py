"""Vocabulary of the room; plain values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from oms.fulfilment.models import FulfilmentOrder
    from oms.orders.types import MovedUnits


@dataclass(frozen=True, slots=True)
class Work:
    """Units of one order that one location is to prepare: so many of each unit group."""

    order_id: UUID
    method: str
    location_id: UUID
    units: tuple[tuple[UUID, int], ...]


@dataclass(frozen=True, slots=True)
class Given:
    """The fulfilment order made of a work, and the unit groups that it holds now."""

    fulfilment: FulfilmentOrder
    units: tuple[MovedUnits, ...]


@dataclass(frozen=True, slots=True)
class Tracking:
    """A parcel's carrier and number; the address is where the customer can follow it."""

    carrier: str
    number: str
    url: str = ""
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """So many units of one order line that go from one state to another, with the work that holds them."""

    line_id: UUID
    quantity: int
    before: str
    after: str
    reason: str = ""
