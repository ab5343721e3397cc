"""The changes of a stock file, written: one statement and one transaction for some thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from inventory.enums import Bucket
from inventory.services.changed import stock_changed
from inventory.services.ledger import apply_deltas
from inventory.types import Delta
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.types import Actor

_WANTED = """
wanted AS (
    SELECT u.sku_id, u.location_id, u.quantity FROM inventory_importchunk c
    CROSS JOIN LATERAL unnest(c.lines, c.sku_ids, c.location_ids, c.quantities) AS u(line, sku_id, location_id, quantity)
    WHERE c.tenant_id = %(tenant)s AND c.id = %(chunk)s
)"""
_CREATE = f"""
WITH {_WANTED}, filled AS (
    SELECT sku_id, location_id, row_number() OVER (ORDER BY sku_id, location_id) AS nth FROM wanted WHERE quantity > 0
)
INSERT INTO inventory_stocklevel (id, tenant_id, sku_id, location_id, pool, on_hand, reserved, buffer, quarantined, damaged, in_transit, known, version)
SELECT n.id, %(tenant)s, f.sku_id, f.location_id, '', 0, 0, 0, 0, 0, 0, true, 0
FROM filled f JOIN unnest(%(ids)s::uuid[]) WITH ORDINALITY AS n(id, nth) USING (nth)
ORDER BY f.sku_id, f.location_id
ON CONFLICT (tenant_id, sku_id, location_id, pool) DO NOTHING
"""
# Locks in the ledger's order; what it returns are the rows as they are after any wait, so that the difference is exact. What is more
# goes to the common stock, what is less is taken from it and then from the ring-fences, in their order. A statement of its own: the
# one that writes must begin when the rows are locked, or it would see them as they were before.
_DIFFERENCES = f"""
WITH {_WANTED}, found AS (
    SELECT l.id, l.sku_id, l.location_id, l.pool, l.on_hand, w.quantity FROM wanted w
    JOIN inventory_stocklevel l ON l.tenant_id = %(tenant)s AND l.sku_id = w.sku_id AND l.location_id = w.location_id
    ORDER BY l.sku_id, l.location_id, l.pool
    FOR NO KEY UPDATE OF l
), missing AS (
    SELECT id, pool, on_hand, quantity - sum(on_hand) OVER place AS units,
           coalesce(sum(on_hand) OVER (place ORDER BY pool ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM found WINDOW place AS (PARTITION BY sku_id, location_id)
), differing AS (
    SELECT id, CASE WHEN units < 0 THEN -least(on_hand, greatest(-units - before, 0)) WHEN pool = '' THEN units ELSE 0 END::int AS difference
    FROM missing
)
SELECT id, difference FROM differing WHERE difference <> 0
"""
_KNOW_AGAIN = f"""
WITH {_WANTED}
UPDATE inventory_stocklevel l SET known = true, as_of = %(as_of)s::timestamptz FROM wanted w
WHERE l.tenant_id = %(tenant)s AND l.sku_id = w.sku_id AND l.location_id = w.location_id AND NOT l.known
RETURNING l.sku_id
"""


def merge_chunk(*, chunk_id: UUID, size: int, run_id: UUID, reason: str, as_of: datetime, actor: Actor) -> None:
    """Set the levels of a chunk to what it says; one that was unknown is known again.

    One movement for each level that differs at this moment, none for one that somebody else has set right meanwhile.
    """
    parameters: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "chunk": chunk_id,
        "as_of": as_of,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CREATE, {**parameters, "ids": _ids(size)})
        cursor.execute(_DIFFERENCES, parameters)
        deltas = [
            Delta(level_id, Bucket.ON_HAND, difference, reason, "import", str(run_id))
            for level_id, difference in cursor.fetchall()
        ]
        apply_deltas(deltas=deltas, actor=actor, as_of=as_of)
        # Locked by now, in their order.
        cursor.execute(_KNOW_AGAIN, parameters)
        again = {sku_id for (sku_id,) in cursor.fetchall()}
    stock_changed(again, freed=again)


def _ids(count: int) -> list[UUID]:
    return [new_id() for _row in range(count)]
