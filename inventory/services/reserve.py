"""The one function that takes stock for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction

from inventory.enums import ReservationState
from inventory.services.changed import stock_changed
from inventory.types import Grant
from oms.tenancy.context import current_tenant_id
from oms.tenancy.models import new_id
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from inventory.types import Ask

# One statement, the last of its transaction but for the event:
# - `locked` takes the level rows in one order everywhere, and returns them as they are after any wait;
# - the running sum in `judged` decides who gets the last units: the asks come in priority order;
# - a group with one ask that does not fit gets nothing;
# - a reservation and the movement that made it have one id, which says in what order they came;
# - the quantity compared lives on the locked row, never in a sum over other rows (docs/architecture.md, "No oversell").
_RESERVE = """
WITH ask AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(groups)s::int[], %(holders)s::uuid[], %(skus)s::uuid[], %(locations)s::uuid[],
                         %(quantities)s::int[], %(references)s::text[], %(pools)s::varchar[], %(kits)s::uuid[], %(per_kits)s::int[])
    WITH ORDINALITY AS a(id, grp, holder_id, sku_id, location_id, quantity, reference, pool, kit_id, per_kit, rank)
), locked AS (
    SELECT l.id, l.sku_id, l.location_id, l.pool, l.on_hand - l.reserved - l.buffer AS free
    FROM (SELECT DISTINCT sku_id, location_id, pool FROM ask) place
    JOIN inventory_stocklevel l
      ON l.tenant_id = %(tenant)s AND l.sku_id = place.sku_id AND l.location_id = place.location_id AND l.pool = place.pool AND l.known
    ORDER BY l.sku_id, l.location_id, l.pool
    FOR NO KEY UPDATE OF l
), judged AS (
    SELECT ask.*, locked.id AS level_id,
           coalesce(sum(ask.quantity) OVER (PARTITION BY ask.sku_id, ask.location_id, ask.pool ORDER BY ask.rank) <= locked.free, false) AS fits
    FROM ask LEFT JOIN locked USING (sku_id, location_id, pool)
), granted AS (
    SELECT judged.*, sum(quantity) OVER same AS upto, row_number() OVER same AS nth
    FROM judged WHERE grp NOT IN (SELECT grp FROM judged WHERE NOT fits)
    WINDOW same AS (PARTITION BY level_id ORDER BY rank)
), total AS (
    SELECT level_id, sum(quantity) AS quantity, count(*) AS rows FROM granted GROUP BY level_id
), updated AS (
    UPDATE inventory_stocklevel l SET reserved = l.reserved + total.quantity, version = l.version + total.rows
    FROM total
    WHERE l.tenant_id = %(tenant)s AND l.id = total.level_id AND l.on_hand - l.reserved - l.buffer >= total.quantity
    RETURNING l.id, l.reserved - total.quantity AS reserved_before, l.version - total.rows AS version_before
), made AS (
    INSERT INTO inventory_reservation (id, tenant_id, level_id, holder_id, reference, kit_id, per_kit, quantity, state, expires_at, created_at)
    SELECT g.id, %(tenant)s, g.level_id, g.holder_id, g.reference, g.kit_id, g.per_kit, g.quantity, %(state)s, %(expires)s, clock_timestamp()
    FROM granted g JOIN updated u ON u.id = g.level_id
    RETURNING id
), moved AS (
    INSERT INTO inventory_stockmovement (id, tenant_id, level_id, version, bucket, quantity, balance, reason, cause_type, cause_id,
                                         key, note, actor, occurred_at, recorded_at)
    SELECT g.id, %(tenant)s, g.level_id, u.version_before + g.nth, 'RESERVED', g.quantity, u.reserved_before + g.upto, 'RESERVATION',
           'reservation', g.id::text, '', '', %(actor)s::jsonb, clock_timestamp(), clock_timestamp()
    FROM granted g JOIN updated u ON u.id = g.level_id
)
SELECT id FROM made
"""

# The same for one ask alone, which is what a basket or an order of one line is: the database plans it in a quarter of
# the time, and the row of a SKU that everybody wants is locked for so much less.
_RESERVE_ONE = """
WITH updated AS (
    UPDATE inventory_stocklevel l SET reserved = l.reserved + %(quantity)s, version = l.version + 1
    WHERE l.tenant_id = %(tenant)s AND l.sku_id = %(sku)s AND l.location_id = %(location)s AND l.pool = %(pool)s::varchar AND l.known
      AND l.on_hand - l.reserved - l.buffer >= %(quantity)s
    RETURNING l.id, l.reserved, l.version
), made AS (
    INSERT INTO inventory_reservation (id, tenant_id, level_id, holder_id, reference, kit_id, per_kit, quantity, state, expires_at, created_at)
    SELECT %(id)s, %(tenant)s, u.id, %(holder)s, %(reference)s, %(kit)s::uuid, %(per_kit)s::int, %(quantity)s, %(state)s, %(expires)s, clock_timestamp()
    FROM updated u
    RETURNING id
), moved AS (
    INSERT INTO inventory_stockmovement (id, tenant_id, level_id, version, bucket, quantity, balance, reason, cause_type, cause_id,
                                         key, note, actor, occurred_at, recorded_at)
    SELECT %(id)s, %(tenant)s, u.id, u.version, 'RESERVED', %(quantity)s, u.reserved, 'RESERVATION', 'reservation',
           %(id)s::text, '', '', %(actor)s::jsonb, clock_timestamp(), clock_timestamp()
    FROM updated u
)
SELECT id FROM made
"""


@transaction.atomic(savepoint=False)
def reserve(
    *,
    asks: Sequence[Ask],
    state: str = ReservationState.HARD,
    expires_at: datetime | None = None,
    actor: Actor = SYSTEM,
) -> list[Grant]:
    """Take the units asked for; the answer has one grant per ask, in the order of the asks.

    Earlier asks win over later ones. Asks of one group are granted together or not at all. Nothing is ever granted that
    is not there, whatever else runs at the same time. The level rows stay locked until commit: call it last.
    """
    if not asks:
        return []
    ids = [new_id() for _ask in asks]
    common: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "state": str(state),
        "expires": expires_at,
        "actor": orjson.dumps(actor.to_json()).decode(),
    }
    with connection.cursor() as cursor:
        if len(asks) == 1:
            cursor.execute(_RESERVE_ONE, {**common, **_of_one(asks[0], ids[0])})
        else:
            cursor.execute(_RESERVE, {**common, **_of_many(asks, ids)})
        made = {row[0] for row in cursor.fetchall()}
    grants = [Grant(ask, made_id if made_id in made else None) for ask, made_id in zip(asks, ids, strict=True)]
    stock_changed(grant.ask.sku_id for grant in grants if grant.reservation_id is not None)
    return grants


def _of_one(ask: Ask, made_id: UUID) -> dict[str, Any]:
    return {
        "id": made_id,
        "holder": ask.holder_id,
        "sku": ask.sku_id,
        "location": ask.location_id,
        "quantity": ask.quantity,
        "reference": ask.reference,
        "pool": ask.pool,
        "kit": ask.kit_id,
        "per_kit": ask.per_kit,
    }


def _of_many(asks: Sequence[Ask], ids: Sequence[UUID]) -> dict[str, Any]:
    kits = any(ask.kit_id for ask in asks)
    return {
        "ids": list(ids),
        "groups": [ask.group for ask in asks],
        "holders": [ask.holder_id for ask in asks],
        "skus": [ask.sku_id for ask in asks],
        "locations": [ask.location_id for ask in asks],
        "quantities": [ask.quantity for ask in asks],
        "references": [ask.reference for ask in asks],
        "pools": [ask.pool for ask in asks],
        # What is shorter than the rest is NULL from there on.
        "kits": [ask.kit_id for ask in asks] if kits else [],
        "per_kits": [ask.per_kit for ask in asks] if kits else [],
    }
