"""Retention of the ledger: movements below a floor go, the balances at the floor stay in their place.

First every level is proved: its movements below the floor are its balance there, and with those above they are the level.
Then the floor is sealed, and from then on the past before it is refused. Then movements go, some levels at a time, through a
function of the database that proves each of these levels again. Each step is short; a run that was stopped is started again.

This module uses the `platform` connection, the only one that the function obeys.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, connections
from django.utils.translation import gettext as _

from inventory.enums import BUCKET_COLUMNS
from inventory.errors import LedgerDiffers, NotPrunable
from inventory.models import StockPeriod
from inventory.queries.as_of import ledger_floor
from inventory.rules.periods import DAYS_KEPT, month_end
from inventory.rules.turnover import AGES
from inventory.services.balances import thin_balances
from oms.database.rows import select
from oms.tenancy.context import current_tenant_id, tenant_scope
from oms.tenancy.services import audit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from oms.tenancy.types import Actor

    # Given the levels and the movements done so far.
    Told = Callable[[int, int], None]

FIRST = UUID(int=0)
USUAL, FEWEST, MOST = 500, 10, 20_000
LONG_SECONDS = 1.0
SHOWN = 5
_TIMEOUT = "SET LOCAL statement_timeout = '10min'"
_COLUMNS = BUCKET_COLUMNS.items()
_BELOW = ", ".join(
    f"coalesce(sum(quantity) FILTER (WHERE bucket = '{bucket}' AND recorded_at <= %(upto)s), 0) AS {column}"
    for bucket, column in _COLUMNS
)
_ABOVE = ", ".join(
    f"coalesce(sum(quantity) FILTER (WHERE bucket = '{bucket}' AND recorded_at > %(upto)s), 0) AS {column}_since"
    for bucket, column in _COLUMNS
)
_SAME_BELOW = " AND ".join(f"b.{column} = coalesce(p.{column}, 0) + m.{column}" for _bucket, column in _COLUMNS)
_SAME_ABOVE = " AND ".join(f"l.{column} = coalesce(b.{column}, 0) + m.{column}_since" for _bucket, column in _COLUMNS)
# `b` is the balance at the floor, `p` the one before the first movement there is: of a floor that was sealed earlier.
_PROVE = f"""
SELECT count(*), max(l.id::text)::uuid, coalesce(sum(m.rows), 0)::bigint, coalesce(sum(m.keys), 0)::bigint,
       array_agg(l.id) FILTER (WHERE (
           (m.rows = 0 OR (m.last = b.version AND b.version = coalesce(p.version, 0) + m.rows AND {_SAME_BELOW}))
           AND l.version = coalesce(b.version, 0) + m.later AND {_SAME_ABOVE}) IS NOT TRUE)
FROM (SELECT * FROM inventory_stocklevel WHERE tenant_id = %(tenant)s AND id > %(after)s ORDER BY id LIMIT %(limit)s) l
LEFT JOIN LATERAL (SELECT * FROM inventory_stockbalance b WHERE b.tenant_id = %(tenant)s AND b.level_id = l.id AND b.at <= %(upto)s
                   ORDER BY b.at DESC LIMIT 1) b ON true
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE recorded_at <= %(upto)s) AS rows, count(*) FILTER (WHERE recorded_at > %(upto)s) AS later,
           count(*) FILTER (WHERE recorded_at <= %(upto)s AND key <> '') AS keys, min(version) AS first,
           max(version) FILTER (WHERE recorded_at <= %(upto)s) AS last, {_BELOW}, {_ABOVE}
    FROM inventory_stockmovement WHERE tenant_id = %(tenant)s AND level_id = l.id) m
LEFT JOIN LATERAL (SELECT * FROM inventory_stockbalance p WHERE p.tenant_id = %(tenant)s AND p.level_id = l.id AND p.version < m.first
                   ORDER BY p.at DESC LIMIT 1) p ON true
"""
_PRUNE = """
WITH chosen AS MATERIALIZED (SELECT id FROM inventory_stocklevel WHERE tenant_id = %(tenant)s AND id > %(after)s ORDER BY id LIMIT %(limit)s)
SELECT c.levels, c.upto, d.pruned, d.differing
FROM (SELECT count(*) AS levels, max(id::text)::uuid AS upto, coalesce(array_agg(id), '{}') AS ids FROM chosen) c
CROSS JOIN LATERAL inventory_prune_levels(c.ids) d
"""


@dataclass(frozen=True, slots=True)
class Pruning:
    """What there is to remove up to a floor, proved level by level."""

    floor: datetime
    levels: int
    movements: int
    keys: int


def prove_pruning(*, tenant_id: UUID, before: date, now: datetime, told: Told) -> Pruning:
    """Find the last end of a month that is not after a day, and prove every level at it; change nothing.

    Raises NotPrunable when there is no such floor, LedgerDiffers when a balance is not what the ledger says.
    """
    with tenant_scope(tenant_id):
        floor = _floor(before, now)

    def prove(which: Mapping[str, Any]) -> tuple[Any, ...]:
        with tenant_scope(tenant_id), connection.cursor() as cursor:
            cursor.execute(_TIMEOUT)
            return select(_PROVE, {"upto": floor, **which})[0]

    levels = movements = keys = 0
    differing: list[UUID] = []
    for rows, _last, below, keyed, wrong in _over_levels(prove):
        levels, movements, keys = levels + rows, movements + below, keys + keyed
        differing += wrong or ()
        told(levels, movements)
    if differing:
        raise LedgerDiffers(len(differing), differing[:SHOWN])
    return Pruning(floor, levels, movements, keys)


def prune_movements(*, tenant_id: UUID, pruning: Pruning, actor: Actor, told: Told) -> int:
    """Seal the floor that was proved and remove the movements below it; return how many.

    A run that is stopped has removed what it has removed; the next one goes on. Raises LedgerDiffers, when all else is
    removed, for levels that have changed below the floor since they were proved.
    """
    with tenant_scope(tenant_id):
        _seal(pruning, actor)

    def prune(which: Mapping[str, Any]) -> tuple[Any, ...]:
        with tenant_scope(tenant_id, using="platform"), connections["platform"].cursor() as cursor:
            cursor.execute(_TIMEOUT)
            cursor.execute(_PRUNE, {"tenant": tenant_id, **which})
            return tuple(cursor.fetchone())

    levels = movements = 0
    differing: list[UUID] = []
    for rows, _last, gone, wrong in _over_levels(prune):
        levels, movements = levels + rows, movements + gone
        differing += wrong
        told(levels, movements)
    with tenant_scope(tenant_id):
        audit(action="ledger.pruned", actor=actor, movements=movements, **_about(pruning))
    if differing:
        raise LedgerDiffers(len(differing), differing[:SHOWN])
    return movements


def _over_levels(step: Callable[[Mapping[str, Any]], tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """What a step says of some levels after the other, by id: fewer at once after one that took long, more after a quick one.

    A step begins its answer with the number of levels it found, and the last of them.
    """
    after, at_once, found = FIRST, USUAL, USUAL
    while found == at_once:
        began = time.monotonic()
        answer = step({"after": after, "limit": at_once})
        long = time.monotonic() - began > LONG_SECONDS
        yield answer
        found, after = answer[0], answer[1]
        if found == at_once:
            found = at_once = max(at_once // 2, FEWEST) if long else min(at_once * 2, MOST)


def _floor(before: date, now: datetime) -> datetime:
    """The end of a month to prune up to. Raises NotPrunable."""
    built = StockPeriod.objects.filter(built_at__isnull=False).order_by("-at")
    last = built.first()
    if last is None:
        raise NotPrunable(_("No balances are kept yet."))
    latest = month_end(min(now - AGES[-1], last.at - DAYS_KEPT))
    day = datetime(before.year, before.month, before.day, tzinfo=UTC)
    if day > latest:
        raise NotPrunable(
            _("The last %(days)s days are needed to say how old stock is: choose a day up to %(latest)s.")
            % {"days": AGES[-1].days, "latest": f"{latest:%Y-%m-%d}"}
        )
    found = next((row.at for row in built.filter(at__lte=day) if row.at == month_end(row.at)), None)
    if found is None:
        raise NotPrunable(_("No balances are kept for %(day)s or before: nothing can be removed.") % {"day": before})
    sealed = ledger_floor()
    if sealed is not None and found < sealed:
        raise NotPrunable(_("The ledger is kept from %(at)s on already.") % {"at": f"{sealed:%Y-%m-%d}"})
    return found


def _seal(pruning: Pruning, actor: Actor) -> None:
    # Below a floor nothing changes any more: the days that only months stand for must have gone by then.
    thin_balances()
    if StockPeriod.objects.filter(at=pruning.floor, floor=False).update(floor=True):
        audit(action="ledger.sealed", actor=actor, movements=pruning.movements, **_about(pruning))


def _about(pruning: Pruning) -> dict[str, str]:
    return {"object_type": "ledger", "object_id": str(current_tenant_id()), "before": f"{pruning.floor:%Y-%m-%d}"}
