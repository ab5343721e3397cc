"""The ledger of a SKU as its page shows it: each movement with the balance after it, and the sums beside the levels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from inventory.enums import Bucket, MovementReason
from inventory.queries import ledger_proof, stock_movements
from inventory.web.levels import actor_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from inventory.models import Location, Sku, StockLevel, StockMovement

SHOWN = 50


class Entry(NamedTuple):
    """A movement under its bucket: what it changed, and the bucket of its level after it."""

    row: StockMovement
    reason: str
    by: str
    change: list[tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class SkuLedger:
    """The latest movements, and by bucket: what those before them make, the sum of all, and what the levels say."""

    place: Location | None
    places: list[Location]
    buckets: list[str]
    entries: list[Entry]
    earlier: list[int]
    total: list[int]
    level: list[int]
    more: bool

    @property
    def proven(self) -> bool:
        return self.total == self.level


def ledger_of(sku: Sku, levels: Iterable[StockLevel], asked: str, *, now: datetime) -> SkuLedger:
    """The ledger of a SKU everywhere, or at the location whose code is asked for."""
    places = list({level.location_id: level.location for level in levels}.values())
    place = next((each for each in places if each.code == asked), None)
    moved = stock_movements().filter(level__sku_id=sku.pk)
    rows = list((moved.filter(level__location_id=place.pk) if place else moved)[: SHOWN + 1])
    total, level = _sums(sku, place.pk if place else None, now)
    used = [bucket for bucket in Bucket.values if total[bucket] or level[bucket] or _moved(rows, bucket)]
    shown: Counter[str] = Counter()
    for row in rows[:SHOWN]:
        shown[row.bucket] += row.quantity
    earlier = [total[bucket] - shown[bucket] for bucket in used]
    return SkuLedger(
        place,
        places,
        [str(Bucket(bucket).label) for bucket in used],
        [_entry(row, used) for row in rows[:SHOWN]],
        earlier,
        [total[bucket] for bucket in used],
        [level[bucket] for bucket in used],
        len(rows) > SHOWN or any(earlier),
    )


def _sums(sku: Sku, place_id: UUID | None, now: datetime) -> tuple[Counter[str], Counter[str]]:
    total: Counter[str] = Counter()
    level: Counter[str] = Counter()
    for proof in ledger_proof(sku.pk, now=now):
        if place_id in {None, proof.location_id}:
            total.update(proof.ledger)
            level.update(proof.level)
    return total, level


def _moved(rows: Iterable[StockMovement], bucket: str) -> bool:
    return any(row.bucket == bucket for row in rows)


def _entry(row: StockMovement, used: list[str]) -> Entry:
    change = [(row.quantity, row.balance) if row.bucket == bucket else None for bucket in used]
    return Entry(row, str(MovementReason(row.reason).label), actor_of(row), change)
