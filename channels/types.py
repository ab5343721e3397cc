"""Vocabulary of the room; plain values, no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Account:
    """A connection as work outside a transaction needs it; `settings` contains the secrets in clear."""

    tenant_id: UUID
    id: UUID
    channel_id: UUID
    kind: str
    settings: dict[str, Any] = field(repr=False)
    polled_until: datetime | None
    overlap_seconds: int
    first_days: int
    poll_seconds: int
    listed_at: datetime | None
    rescanned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the orders of one or more pages."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    parked: int = 0

    def __add__(self, other: Ingested) -> Ingested:
        return Ingested(
            self.created + other.created,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.skipped + other.skipped,
            self.parked + other.parked,
        )


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication run did: quantities told and acknowledged, refused, and listings that were right already."""

    acknowledged: int = 0
    refused: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Delays:
    """From movement to acknowledgement over a period, in milliseconds; None without a publication."""

    connection_id: UUID
    count: int
    p50: float | None
    p95: float | None
    p99: float | None
