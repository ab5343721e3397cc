from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.models import RoutingDecision
from orchestration.rules.decisions import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it was stored, with what the record adds to it."""

    id: UUID
    order_id: UUID
    trigger: str
    decided_at: datetime
    duration_ms: float
    placed: int
    parked: int
    decision: Decision


def decisions_of(order_id: UUID) -> list[StoredDecision]:
    """Every decision about an order, newest first."""
    return [_stored(row) for row in RoutingDecision.objects.filter(order_id=order_id).order_by("-decided_at", "-pk")]


def last_decisions(order_ids: Iterable[UUID]) -> dict[UUID, StoredDecision]:
    """The newest decision about each order that has one."""
    rows = (
        RoutingDecision.objects.filter(order_id__in=list(order_ids))
        .order_by("order_id", "-decided_at", "-pk")
        .distinct("order_id")
    )
    return {row.order_id: _stored(row) for row in rows}


def _stored(row: RoutingDecision) -> StoredDecision:
    return StoredDecision(
        row.pk,
        row.order_id,
        row.trigger,
        row.decided_at,
        row.duration_ms,
        row.placed,
        row.parked,
        Decision.from_json(row.document),
    )
