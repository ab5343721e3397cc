"""Stock as it was: the last balance before an instant, and what moved since."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from inventory.enums import BUCKET_COLUMNS, Clock
from inventory.errors import NotKept
from inventory.models import StockPeriod
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from typing import Any
    from uuid import UUID

_MOVED = ", ".join(
    f"sum(quantity) FILTER (WHERE bucket = '{bucket}') AS {column}" for bucket, column in BUCKET_COLUMNS.items()
)
_THEN = ", ".join(
    f"(coalesce(b.{column}, 0) + coalesce(m.{column}, 0))::int AS {column}" for column in BUCKET_COLUMNS.values()
)
# The CTEs `stock_then` needs; `%(at)s` is the instant, `%(skus)s` and `%(locations)s` are null for all.
# One statement, one snapshot: a balance that is thinned out meanwhile is still seen with its period.
_STOCK_THEN = f"""
base AS MATERIALIZED (
    SELECT coalesce(max(at), '-infinity') AS at FROM inventory_stockperiod
    WHERE tenant_id = %(tenant)s AND built_at IS NOT NULL AND at <= %(at)s
), place AS (
    SELECT l.id, l.sku_id, l.location_id, l.pool FROM inventory_stocklevel l
    WHERE l.tenant_id = %(tenant)s AND (%(skus)s::uuid[] IS NULL OR l.sku_id = ANY(%(skus)s::uuid[]))
      AND (%(locations)s::uuid[] IS NULL OR l.location_id = ANY(%(locations)s::uuid[]))
), moved AS (
    SELECT level_id, {_MOVED} FROM inventory_stockmovement
    WHERE tenant_id = %(tenant)s AND recorded_at > (SELECT at FROM base) AND {{instant}} <= %(at)s
      AND (%(levels)s::uuid[] IS NULL OR level_id = ANY(%(levels)s::uuid[]))
    GROUP BY level_id
), stock_then AS (
    SELECT p.id AS level_id, p.sku_id, p.location_id, p.pool, {_THEN}
    FROM place p LEFT JOIN LATERAL (
        SELECT * FROM inventory_stockbalance b
        WHERE b.tenant_id = %(tenant)s AND b.level_id = p.id AND b.at <= (SELECT at FROM base) ORDER BY b.at DESC LIMIT 1
    ) b ON true LEFT JOIN moved m ON m.level_id = p.id
    WHERE b.id IS NOT NULL OR m.level_id IS NOT NULL
)
"""
STOCK_THEN = {clock: _STOCK_THEN.format(instant=clock.column) for clock in Clock}
_READ = (
    "SELECT level_id, sku_id, location_id, pool, {columns} FROM stock_then ORDER BY sku_id, location_id, pool".format(
        columns=", ".join(BUCKET_COLUMNS.values())
    )
)
# The movements of so many SKUs are found by their levels; those of more are read with the others of their days.
FEW = 50
_LEVELS = """
SELECT id FROM inventory_stocklevel WHERE tenant_id = %(tenant)s AND sku_id = ANY(%(skus)s::uuid[])
"""


# The ledger's figures beside the levels' own, of the same moment.
_PROOF = """
SELECT l.location_id, {ledger}, {levels} FROM inventory_stocklevel l LEFT JOIN stock_then t ON t.level_id = l.id
WHERE l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s::uuid[])
""".format(
    ledger=", ".join(f"coalesce(t.{column}, 0)" for column in BUCKET_COLUMNS.values()),
    levels=", ".join(f"l.{column}" for column in BUCKET_COLUMNS.values()),
)


class Proof(NamedTuple):
    """A level by its ledger and by itself, in units by bucket; they are the same, or the books are wrong."""

    location_id: UUID
    ledger: dict[str, int]
    level: dict[str, int]


class LevelThen(NamedTuple):
    """One level as it was; in units."""

    level_id: UUID
    sku_id: UUID
    location_id: UUID
    pool: str
    on_hand: int
    reserved: int
    quarantined: int
    damaged: int
    in_transit: int
    buffer: int


def stock_as_of(
    at: datetime,
    *,
    clock: Clock = Clock.RECORDED,
    sku_ids: Collection[UUID] | None = None,
    location_ids: Collection[UUID] | None = None,
) -> list[LevelThen]:
    """Every level that had moved by an instant, as it was then.

    By the ledger's clock it is what Baton knew at the instant and never changes again. By OCCURRED it is what is known now
    to have happened until then, whenever it was recorded; that costs what was recorded since. Raises NotKept.
    """
    found = select_then(f"WITH {STOCK_THEN[clock]} {_READ}", at, sku_ids=sku_ids, location_ids=location_ids)
    return [LevelThen._make(row) for row in found]


def ledger_proof(sku_id: UUID, *, now: datetime) -> list[Proof]:
    """What the ledger makes of each level of a SKU, from the last balance that is kept, beside what the level says."""
    # Nothing is recorded later than that, whichever clock is a little ahead.
    rows = select_then(f"WITH {STOCK_THEN[Clock.RECORDED]} {_PROOF}", now + timedelta(days=1), sku_ids=[sku_id])
    names, size = list(BUCKET_COLUMNS), len(BUCKET_COLUMNS)
    return [
        Proof(
            place,
            dict(zip(names, figures[:size], strict=True)),
            dict(zip(names, figures[size:], strict=True)),
        )
        for place, *figures in rows
    ]


def select_then(
    statement: str,
    at: datetime,
    *,
    sku_ids: Collection[UUID] | None = None,
    location_ids: Collection[UUID] | None = None,
    **more: Any,
) -> list[tuple[Any, ...]]:
    """What a statement with `STOCK_THEN` finds. Raises NotKept for an instant before what the ledger still has."""
    skus = None if sku_ids is None else list(sku_ids)
    parameters = {
        "at": at,
        "skus": skus,
        "locations": None if location_ids is None else list(location_ids),
        "levels": None if skus is None or len(skus) > FEW else [row for (row,) in select(_LEVELS, {"skus": skus})],
    }
    found = select(statement, {**parameters, **more})
    refuse_not_kept(at)
    return found


def refuse_not_kept(since: datetime) -> None:
    """Refuse what was just read of the ledger since a moment, unless it was all there. Raises NotKept.

    Ask afterwards: the floor is sealed before the first movement below it goes.
    """
    floor = ledger_floor()
    if floor is not None and since < floor:
        raise NotKept(_("The ledger is kept from %(at)s on.") % {"at": f"{floor:%Y-%m-%d}"}, since=floor.isoformat())


def ledger_floor() -> datetime | None:
    """Up to when movements may be gone from the ledger; None as long as all are there."""
    row = StockPeriod.objects.filter(floor=True).order_by("-at").first()
    return row.at if row else None
