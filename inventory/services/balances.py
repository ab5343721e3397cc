"""Balances at the ends of periods, so that a past instant costs what moved since the last one and not the whole ledger.

Ends of months for ever, ends of days for the last two months; in UTC. A level has a balance where it moved in the period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from inventory.enums import BUCKET_COLUMNS
from inventory.models import StockPeriod
from inventory.rules.periods import DAYS_KEPT, day_end, month_end, period_end
from oms.database.rows import select
from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

_MOVED = ", ".join(
    f"coalesce(sum(quantity) FILTER (WHERE bucket = '{bucket}'), 0) AS {column}"
    for bucket, column in BUCKET_COLUMNS.items()
)
_NAMES = ", ".join(BUCKET_COLUMNS.values())
_ADDED = ", ".join(f"coalesce(b.{column}, 0) + m.{column}" for column in BUCKET_COLUMNS.values())
# The movements of the period on top of each level's last balance, of so many levels: in their order, which is that of the index.
_BUILD = f"""
WITH moved AS (
    SELECT level_id, {_MOVED}, count(*) AS rows FROM inventory_stockmovement
    WHERE tenant_id = %(tenant)s AND recorded_at > %(after)s AND recorded_at <= %(upto)s AND level_id > %(beyond)s
    GROUP BY level_id ORDER BY level_id LIMIT %(limit)s
), written AS (
INSERT INTO inventory_stockbalance (id, tenant_id, level_id, at, {_NAMES}, version)
SELECT gen_random_uuid(), %(tenant)s, m.level_id, %(upto)s, {_ADDED}, coalesce(b.version, 0) + m.rows
FROM moved m LEFT JOIN {{before}} b ON b.level_id = m.level_id
ON CONFLICT (tenant_id, level_id, at) DO NOTHING RETURNING level_id
)
SELECT count(*), max(level_id::text)::uuid, (SELECT count(*) FROM written) FROM moved
"""
_BEFORE = """LATERAL (
    SELECT * FROM inventory_stockbalance b
    WHERE b.tenant_id = %(tenant)s AND b.level_id = m.level_id AND b.at <= %(after)s ORDER BY b.at DESC LIMIT 1
)"""
# An empty table would be planned as one to be read whole, for each level, while this very statement fills it.
_NONE_BEFORE = "(SELECT * FROM inventory_stockbalance WHERE false)"
_BUILD_NEXT, _BUILD_FIRST = _BUILD.format(before=_BEFORE), _BUILD.format(before=_NONE_BEFORE)
# So many levels in one transaction: a task lasts a minute at most.
AT_ONCE = 200_000
FIRST = UUID(int=0)
_TIMEOUT = "SET LOCAL statement_timeout = '10min'"
_FIRST = "SELECT min(recorded_at) FROM inventory_stockmovement WHERE tenant_id = %(tenant)s"
_MARK = "SELECT pg_current_xact_id()::text::bigint WHERE clock_timestamp() >= %(at)s AND %(tenant)s IS NOT NULL"
_PASSED = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %(mark)s WHERE %(tenant)s IS NOT NULL"
# Of each level the last day's balance becomes the month's, unless it has one; the others go.
_THIN = """
WITH old AS (
    SELECT b.id, date_trunc('month', b.at, 'UTC') + interval '1 month' AS month_end, e.id IS NULL
           AND row_number() OVER (PARTITION BY b.level_id, date_trunc('month', b.at, 'UTC') ORDER BY b.at DESC) = 1 AS stays
    FROM inventory_stockbalance b
    LEFT JOIN inventory_stockbalance e
      ON e.tenant_id = b.tenant_id AND e.level_id = b.level_id AND e.at = date_trunc('month', b.at, 'UTC') + interval '1 month'
    WHERE b.tenant_id = %(tenant)s AND b.at = ANY(%(days)s::timestamptz[])
), kept AS (
    UPDATE inventory_stockbalance b SET at = old.month_end FROM old WHERE b.tenant_id = %(tenant)s AND b.id = old.id AND old.stays
)
DELETE FROM inventory_stockbalance b USING old WHERE b.tenant_id = %(tenant)s AND b.id = old.id AND NOT old.stays
"""


@transaction.atomic
def keep_balances(*, now: datetime) -> bool:
    """Keep the balances of one more period that is over, or of many of its levels; say whether there is more to do.

    A period waits until each transaction that may have moved stock in it has ended: what is kept is never changed. Safe to
    run at any time, several times at once.
    """
    wanted = StockPeriod.objects.filter(built_at=None).order_by("-at").first()
    if wanted is None:
        _announce(day_end(now))
        return False
    if not select(_PASSED, {"mark": wanted.mark})[0][0]:
        return False
    last = StockPeriod.objects.filter(built_at__isnull=False).order_by("-at").first()
    ((first,),) = select(_FIRST, {})
    begin = last.at if last else min(first or wanted.at, wanted.at)
    end = min(period_end(begin, upto=wanted.at), wanted.at)
    period, _new = StockPeriod.objects.get_or_create(at=end, defaults={"mark": wanted.mark})
    moved, position, written = _build(last.at if last else None, end, period.position or FIRST)
    over = moved < AT_ONCE
    StockPeriod.objects.filter(pk=period.pk).update(
        position=position or period.position, levels=F("levels") + written, built_at=now if over else None
    )
    return not over or end < wanted.at


def _announce(end: datetime) -> None:
    if StockPeriod.objects.filter(at__gte=end).exists():
        return
    for (mark,) in select(_MARK, {"at": end}):
        StockPeriod.objects.get_or_create(at=end, defaults={"mark": mark})


def build_balances(*, after: datetime | None, upto: datetime) -> int:
    """Write the balance of each level that moved since the last period, or since ever; return of how many levels."""
    position, moved, total = FIRST, AT_ONCE, 0
    while moved == AT_ONCE:
        moved, last, written = _build(after, upto, position)
        position, total = last or position, total + written
    return total


def _build(after: datetime | None, upto: datetime, beyond: UUID) -> tuple[int, UUID | None, int]:
    """Of the next levels that moved: how many there were, the last of them, and how many balances were written."""
    with connection.cursor() as cursor:
        cursor.execute(_TIMEOUT)
    parameters = {"after": after or "-infinity", "upto": upto, "beyond": beyond, "limit": AT_ONCE}
    ((moved, last, written),) = select(_BUILD_FIRST if after is None else _BUILD_NEXT, parameters)
    return moved, last, written


@transaction.atomic
def thin_balances() -> int:
    """Let the days of old months go: the month's end keeps what they add up to. Return how many days."""
    last = StockPeriod.objects.filter(built_at__isnull=False).order_by("-at").first()
    if last is None:
        return 0
    before = month_end(last.at - DAYS_KEPT)
    days = [at for at in StockPeriod.objects.filter(at__lt=before).values_list("at", flat=True) if at.day != 1]
    if days:
        _execute(_THIN, {"days": days})
        StockPeriod.objects.filter(at__in=days).delete()
    return len(days)


def _execute(sql: str, parameters: Mapping[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": current_tenant_id(), **parameters})
        return int(cursor.rowcount)
