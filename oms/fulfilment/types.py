"""Vocabulary of the room; plain values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Work:
    """Units of one order that one location is to prepare."""

    order_id: UUID
    location_id: UUID
    group_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Tracking:
    """A parcel's carrier and number; the address is where the customer can follow it."""

    carrier: str
    number: str
    url: str = ""
    weight_g: int | None = None
