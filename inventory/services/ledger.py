"""The one writer of levels beside `reserve`: deltas in, levels and movements out, in one ordered statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from inventory.enums import BUCKET_COLUMNS
from inventory.errors import StockWouldBeNegative
from inventory.services.changed import stock_changed, stock_short
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import Delta

_SUMS = ", ".join(
    f"coalesce(sum(quantity) FILTER (WHERE bucket = '{bucket}'), 0) AS {column}"
    for bucket, column in BUCKET_COLUMNS.items()
)
_SETS = ", ".join(f"{column} = l.{column} + total.{column}" for column in BUCKET_COLUMNS.values())
_BEFORE = ", ".join(f"l.{column} - total.{column} AS {column}" for column in BUCKET_COLUMNS.values())
_BALANCE = " ".join(f"WHEN '{bucket}' THEN u.{column}" for bucket, column in BUCKET_COLUMNS.items())
# What `delta` (id, level_id, bucket, quantity, reason, cause_type, cause_id, key, note, rank) does, whoever made it.
_WRITE = f"""
locked AS (
    SELECT l.id, l.sku_id FROM (SELECT DISTINCT level_id FROM delta) place
    JOIN inventory_stocklevel l ON l.tenant_id = %(tenant)s AND l.id = place.level_id
    ORDER BY l.sku_id, l.location_id, l.pool
    FOR NO KEY UPDATE OF l
), total AS (
    SELECT level_id, count(*) AS rows, {_SUMS}
    FROM delta JOIN locked ON locked.id = delta.level_id GROUP BY level_id
), updated AS (
    UPDATE inventory_stocklevel l SET {_SETS}, version = l.version + total.rows, as_of = coalesce(%(as_of)s::timestamptz, l.as_of)
    FROM total WHERE l.tenant_id = %(tenant)s AND l.id = total.level_id
    RETURNING l.id, l.sku_id, l.version - total.rows AS version_before, {_BEFORE}, total.on_hand > total.reserved + total.buffer AS freed,
              total.on_hand < total.reserved AND l.on_hand < l.reserved AS short
), moved AS (
    INSERT INTO inventory_stockmovement (id, tenant_id, level_id, version, bucket, quantity, balance, reason, cause_type, cause_id,
                                         key, note, actor, occurred_at, recorded_at)
    SELECT d.id, %(tenant)s, d.level_id, u.version_before + row_number() OVER (PARTITION BY d.level_id ORDER BY d.rank), d.bucket, d.quantity,
           CASE d.bucket {_BALANCE} END + sum(d.quantity) OVER (PARTITION BY d.level_id, d.bucket ORDER BY d.rank),
           d.reason, d.cause_type, d.cause_id, d.key, d.note, %(actor)s::jsonb, least(coalesce(%(occurred)s::timestamptz, clock_timestamp()), clock_timestamp()),
           clock_timestamp()
    FROM delta d JOIN updated u ON u.id = d.level_id
)
SELECT sku_id, bool_or(freed), array_agg(id) FILTER (WHERE short) FROM updated GROUP BY sku_id
"""
_APPLY = (
    """
WITH delta AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(levels)s::uuid[], %(buckets)s::text[], %(quantities)s::int[], %(reasons)s::text[],
                         %(cause_types)s::text[], %(cause_ids)s::text[], %(keys)s::text[], %(notes)s::text[])
    WITH ORDINALITY AS d(id, level_id, bucket, quantity, reason, cause_type, cause_id, key, note, rank)
), """
    + _WRITE
)
# Reservations end and their units go, in one statement: the database knows levels and quantities already.
_END = (
    """
WITH ended AS (
    UPDATE inventory_reservation r SET state = %(state)s, closed_at = %(now)s::timestamptz
    FROM unnest(%(reservations)s::uuid[]) AS a(id) WHERE r.tenant_id = %(tenant)s AND r.id = a.id
    RETURNING r.id, r.level_id, r.quantity
), delta AS (
    SELECT n.id, e.level_id, e.bucket, e.quantity, %(reason)s AS reason, 'reservation' AS cause_type, e.cause_id, '' AS key, '' AS note, n.rank
    FROM (SELECT ended.level_id, b.bucket, -ended.quantity AS quantity, ended.id::text AS cause_id,
                 row_number() OVER (ORDER BY ended.id, b.place) AS rank
          FROM ended CROSS JOIN unnest(%(buckets)s::text[]) WITH ORDINALITY AS b(bucket, place)) e
    JOIN unnest(%(ids)s::uuid[]) WITH ORDINALITY AS n(id, rank) USING (rank)
), """
    + _WRITE
)


@transaction.atomic(savepoint=False)
def apply_deltas(
    *,
    deltas: Sequence[Delta],
    actor: Actor = SYSTEM,
    as_of: datetime | None = None,
    occurred_at: datetime | None = None,
    tell_short: bool = True,
) -> list[UUID]:
    """Change levels and write the ledger, all or nothing; return the SKUs whose stock changed.

    A level that falls under what is reserved of it is told, so that somebody else serves the orders it can no longer serve;
    without `tell_short` that is left to the caller. Level rows stay locked until commit: call it last. Raises StockWouldBeNegative when a bucket would fall under zero.
    """
    deltas = [delta for delta in deltas if delta.quantity]
    if not deltas:
        return []
    return _write(_APPLY, _parameters(deltas), actor, as_of, occurred_at, tell_short=tell_short)


@transaction.atomic(savepoint=False)
def end_reservations(
    *, ids: Sequence[UUID], state: str, reason: str, buckets: Sequence[str], now: datetime, actor: Actor
) -> None:
    """Close locked reservations and take their units out of these buckets of their levels: it happened at `now`."""
    if not ids:
        return
    parameters = {
        "reservations": list(ids),
        "state": str(state),
        "reason": str(reason),
        "buckets": [str(bucket) for bucket in buckets],
        "now": now,
        "ids": [new_id() for _movement in range(len(ids) * len(buckets))],
    }
    _write(_END, parameters, actor, occurred_at=now, tell_short=False)


def _write(
    sql: str,
    parameters: dict[str, Any],
    actor: Actor,
    as_of: datetime | None = None,
    occurred_at: datetime | None = None,
    *,
    tell_short: bool = True,
) -> list[UUID]:
    """Run a statement that ends in `_WRITE`, and tell what changed; the SKUs. Raises StockWouldBeNegative."""
    common: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "actor": orjson.dumps(actor.to_json()).decode(),
        "as_of": as_of,
        "occurred": occurred_at,
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, {**parameters, **common})
            rows: list[tuple[UUID, bool, list[UUID] | None]] = cursor.fetchall()
    except IntegrityError as error:
        if "stocklevel_" not in str(error):
            raise
        raise StockWouldBeNegative(_("This would make a stock level negative.")) from error
    stock_changed((sku_id for sku_id, *_rest in rows), freed=[sku_id for sku_id, freed, _short in rows if freed])
    if tell_short:
        stock_short([level_id for _sku, _freed, short in rows for level_id in short or ()])
    return [sku_id for sku_id, *_rest in rows]


def _parameters(deltas: Sequence[Delta]) -> dict[str, Any]:
    return {
        "ids": [new_id() for _delta in deltas],
        "levels": [delta.level_id for delta in deltas],
        "buckets": [str(delta.bucket) for delta in deltas],
        "quantities": [delta.quantity for delta in deltas],
        "reasons": [str(delta.reason) for delta in deltas],
        "cause_types": [delta.cause_type for delta in deltas],
        "cause_ids": [delta.cause_id for delta in deltas],
        "keys": [delta.key for delta in deltas],
        "notes": [delta.note for delta in deltas],
    }
