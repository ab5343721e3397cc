"""Vocabulary of the room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One thing that happened to one subject. `payload` is plain JSON: ids, codes and quantities, no personal data."""

    kind: str
    subject_type: str
    subject_id: UUID
    payload: dict[str, Any] = field(default_factory=dict)
    actor: Actor = SYSTEM


@dataclass(frozen=True, slots=True)
class DeliveredEvent:
    """An event as a subscriber receives it."""

    id: UUID
    kind: str
    subject_type: str
    subject_id: UUID
    sequence: int
    payload: dict[str, Any]
    recorded_at: datetime
