"""Stock that comes and goes without an order: feeds, counts, receipts, corrections."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from inventory.enums import Bucket, MovementReason
from inventory.errors import UnknownLocation, UnknownSku, VirtualKit
from inventory.models import StockLevel
from inventory.queries.catalogue import locations_by_code, skus_by_code
from inventory.queries.kits import virtual_codes
from inventory.queries.stock import used_keys
from inventory.rules.counts import spread_difference
from inventory.services.changed import stock_changed
from inventory.services.costs import revalue
from inventory.services.ledger import apply_deltas
from inventory.types import Applied, Delta, Received, RejectedRow
from oms.tenancy.context import current_tenant_id
from oms.tenancy.errors import InvalidInput
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import LevelSetting, Move

    # A SKU at a location.
    Place = tuple[UUID, UUID]

_CREATE_MISSING = """
INSERT INTO inventory_stocklevel (id, tenant_id, sku_id, location_id, pool, on_hand, reserved, buffer, quarantined, damaged, in_transit, known, version)
SELECT a.id, %(tenant)s, a.sku_id, a.location_id, %(pool)s::varchar, 0, 0, 0, 0, 0, 0, true, 0
FROM unnest(%(ids)s::uuid[], %(skus)s::uuid[], %(locations)s::uuid[]) AS a(id, sku_id, location_id)
WHERE NOT EXISTS (SELECT 1 FROM inventory_stocklevel l WHERE l.tenant_id = %(tenant)s AND l.sku_id = a.sku_id
                  AND l.location_id = a.location_id AND l.pool = %(pool)s::varchar)
ORDER BY a.sku_id, a.location_id
ON CONFLICT (tenant_id, sku_id, location_id, pool) DO NOTHING
"""
# Locks in the ledger's order and reads the rows as they are after any wait; the difference is then exact.
_DIFFERENCES = """
SELECT l.id, l.sku_id, l.location_id, l.pool, l.known, l.on_hand, a.on_hand
FROM unnest(%(skus)s::uuid[], %(locations)s::uuid[], %(quantities)s::int[]) AS a(sku_id, location_id, on_hand)
JOIN inventory_stocklevel l ON l.tenant_id = %(tenant)s AND l.sku_id = a.sku_id AND l.location_id = a.location_id
ORDER BY l.sku_id, l.location_id, l.pool
FOR NO KEY UPDATE OF l
"""
LARGEST = 1_000_000_000


@transaction.atomic
def set_levels(
    *,
    levels: Sequence[LevelSetting],
    now: datetime,
    reason: str = MovementReason.SYNC,
    actor: Actor = SYSTEM,
    cause_type: str = "",
    cause_id: str = "",
    note: str = "",
) -> Applied:
    """Set absolute quantities on hand; only differences become movements. The last of two rows of one place wins.

    A quantity is that of the whole location: units ring-fenced there are part of it, and go last when it falls.
    A level that was unknown is known again.
    A row with an unknown code, of a virtual kit, with an impossible quantity, or whose level is no longer as it was shown, is
    rejected with its line (from 1); the others are applied.
    """
    good, rejected = _sort_out(levels)
    if not good:
        return Applied(0, 0, tuple(rejected))
    places = list(good)
    ensure_levels(places)
    with connection.cursor() as cursor:
        cursor.execute(
            _DIFFERENCES,
            {
                "tenant": current_tenant_id(),
                "skus": [sku for sku, _location in places],
                "locations": [location for _sku, location in places],
                "quantities": [good[place].level.on_hand for place in places],
            },
        )
        found = [_Found(*row) for row in cursor.fetchall()]
    stale = _moved_since(good, found)
    rejected += stale.values()
    found = [row for row in found if row.place not in stale]
    differences = _differences(found)
    deltas = [
        Delta(level_id, Bucket.ON_HAND, difference, reason, cause_type, cause_id, note=note)
        for level_id, difference in differences.items()
    ]
    apply_deltas(deltas=deltas, actor=actor, as_of=now, occurred_at=now)
    seen = [row.level_id for row in found if not (row.known and row.level_id in differences)]
    StockLevel.objects.filter(pk__in=seen).update(as_of=now, known=True)
    # What rose besides was told with its movement.
    back = {row.sku_id for row in found if not row.known and differences.get(row.level_id, 0) <= 0}
    stock_changed(back, freed=back)
    changed = {row.place for row in found if row.level_id in differences}
    return Applied(len(changed), len(places) - len(stale) - len(changed), tuple(rejected))


class _Asked(NamedTuple):
    """A row that names a place, and its line."""

    line: int
    level: LevelSetting


class _Found(NamedTuple):
    """A locked level and what its whole location should have on hand."""

    level_id: UUID
    sku_id: UUID
    location_id: UUID
    pool: str
    known: bool
    on_hand: int
    wanted: int

    @property
    def place(self) -> Place:
        return self.sku_id, self.location_id


def _moved_since(asked: Mapping[Place, _Asked], found: Sequence[_Found]) -> dict[Place, RejectedRow]:
    """The places that no longer have what was shown, each with what it has now."""
    there: Counter[Place] = Counter()
    for row in found:
        there[row.place] += row.on_hand
    return {
        place: RejectedRow(
            row.line,
            "changed_meanwhile",
            _("It has become %(now)s since %(shown)s was shown.") % {"now": there[place], "shown": row.level.shown},
        )
        for place, row in asked.items()
        if row.level.shown is not None and row.level.shown != there[place]
    }


def _differences(found: Sequence[_Found]) -> dict[UUID, int]:
    """What each level must change by so that its location has what is wanted: the common stock, which comes first, then ring-fences."""
    differences: dict[UUID, int] = {}
    for _place, rows in groupby(found, key=lambda row: row.place):
        levels = list(rows)
        there = [(row.level_id, row.on_hand) for row in levels]
        # Never less than nothing is wanted, so that there is always enough to take.
        differences |= spread_difference(levels[0].wanted - sum(row.on_hand for row in levels), there) or {}
    return differences


def _sort_out(levels: Sequence[LevelSetting]) -> tuple[dict[Place, _Asked], list[RejectedRow]]:
    skus = skus_by_code([level.sku for level in levels])
    locations = locations_by_code([level.location for level in levels])
    virtual = set(virtual_codes(skus.values()))
    good: dict[Place, _Asked] = {}
    rejected = []
    for line, level in enumerate(levels, start=1):
        if level.sku not in skus:
            rejected.append(RejectedRow(line, "unknown_sku", _("Unknown SKU: %(codes)s.") % {"codes": level.sku}))
        elif level.sku in virtual:
            rejected.append(RejectedRow(line, "virtual_kit", VirtualKit([level.sku]).message))
        elif level.location not in locations:
            rejected.append(
                RejectedRow(line, "unknown_location", _("Unknown location: %(codes)s.") % {"codes": level.location})
            )
        elif not 0 <= level.on_hand < LARGEST:
            rejected.append(
                RejectedRow(
                    line,
                    "impossible_quantity",
                    _("%(quantity)s is not a quantity on hand.") % {"quantity": level.on_hand},
                )
            )
        else:
            good[skus[level.sku], locations[level.location]] = _Asked(line, level)
    return good, rejected


def ensure_levels(places: Sequence[tuple[UUID, UUID]], pool: str = "") -> None:
    """Create the empty levels that (SKU, location) pairs lack, of their common stock or of a ring-fence. Raises VirtualKit."""
    skus = [sku for sku, _location in places]
    refuse_virtual(skus)
    parameters: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "pool": pool,
        "ids": [new_id() for _place in places],
        "skus": skus,
        "locations": [location for _sku, location in places],
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CREATE_MISSING, parameters)
    except IntegrityError:
        # The insert waits for a SKU that is just becoming a virtual kit.
        refuse_virtual(skus)
        raise


def refuse_virtual(sku_ids: Iterable[UUID]) -> None:
    """Refuse to keep stock of virtual kits. Raises VirtualKit."""
    codes = virtual_codes(sku_ids)
    if codes:
        raise VirtualKit(codes)


@transaction.atomic
def move_stock(*, moves: Sequence[Move], now: datetime, actor: Actor = SYSTEM) -> int:
    """Apply signed movements, all or none; return how many were new: a key that was used before is skipped.

    A receipt with a unit cost moves the SKU's average cost. Raises UnknownSku, UnknownLocation, VirtualKit, InvalidInput,
    StockWouldBeNegative.
    """
    used = used_keys([move.key for move in moves])
    fresh = list({(move.key or index): move for index, move in enumerate(moves) if move.key not in used}.values())
    if not fresh:
        return 0
    deltas, receipts = _as_deltas(fresh)
    try:
        with transaction.atomic():
            apply_deltas(deltas=deltas, actor=actor, as_of=now, occurred_at=now)
            revalue(receipts=receipts, actor=actor)
    except IntegrityError as error:
        if "stockmovement_key" not in str(error):
            raise
        return move_stock(moves=moves, now=now, actor=actor)
    return len(deltas)


def _as_deltas(moves: Sequence[Move]) -> tuple[list[Delta], list[Received]]:
    skus = skus_by_code([move.sku for move in moves])
    locations = locations_by_code([move.location for move in moves])
    unknown_skus = sorted({move.sku for move in moves} - set(skus))
    unknown_locations = sorted({move.location for move in moves} - set(locations))
    if unknown_skus:
        raise UnknownSku(unknown_skus)
    if unknown_locations:
        raise UnknownLocation(unknown_locations)
    if any(move.quantity == 0 or abs(move.quantity) >= LARGEST for move in moves):
        raise InvalidInput(_("A movement needs a quantity other than zero and under a thousand million."))
    if any(move.unit_cost is not None and not _is_receipt(move) for move in moves):
        raise InvalidInput(_("Only a receipt of units has a unit cost."))
    places = [(skus[move.sku], locations[move.location]) for move in moves]
    ensure_levels(places)
    rows = StockLevel.objects.filter(
        sku_id__in={sku for sku, _location in places}, location_id__in={place for _sku, place in places}, pool=""
    )
    ids = {(row.sku_id, row.location_id): row.pk for row in rows}
    deltas = [
        Delta(ids[place], move.bucket, move.quantity, move.reason, "manual", "", move.key, move.note)
        for place, move in zip(places, moves, strict=True)
    ]
    receipts = [
        Received(*place, move.quantity, move.unit_cost, move.key)
        for place, move in zip(places, moves, strict=True)
        if move.unit_cost is not None
    ]
    return deltas, receipts


def _is_receipt(move: Move) -> bool:
    return move.reason == MovementReason.RECEIPT and move.quantity > 0
