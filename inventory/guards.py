"""The room's invariants."""

from __future__ import annotations

from oms.events.invariants import always

_SUMS = """
    SELECT l.tenant_id, 'level ' || l.id || ' {bucket}: ' || l.{column} || ', movements sum to ' || coalesce(m.total, 0)
    FROM inventory_stocklevel l
    LEFT JOIN (SELECT tenant_id, level_id, sum(quantity) AS total FROM inventory_stockmovement WHERE bucket = '{bucket}'
               GROUP BY tenant_id, level_id) m ON m.tenant_id = l.tenant_id AND m.level_id = l.id
    WHERE l.{column} <> coalesce(m.total, 0)
"""
for _bucket, _column in (
    ("ON_HAND", "on_hand"),
    ("RESERVED", "reserved"),
    ("QUARANTINED", "quarantined"),
    ("DAMAGED", "damaged"),
):
    always(
        f"stock.ledger_{_column}",
        f"The movements of a level sum to its {_bucket} quantity.",
        _SUMS.format(bucket=_bucket, column=_column),
    )
always(
    "stock.versions",
    "Every movement of a level has its version, without a gap.",
    """
    SELECT l.tenant_id, 'level ' || l.id || ': version ' || l.version || ', movements ' || count(m.id)
    FROM inventory_stocklevel l LEFT JOIN inventory_stockmovement m ON m.tenant_id = l.tenant_id AND m.level_id = l.id
    GROUP BY l.tenant_id, l.id, l.version HAVING count(m.id) <> l.version
    """,
)
always(
    "stock.reserved",
    "The open reservations of a level sum to what it has reserved.",
    """
    SELECT l.tenant_id, 'level ' || l.id || ': reserved ' || l.reserved || ', reservations ' || coalesce(r.total, 0)
    FROM inventory_stocklevel l
    LEFT JOIN (SELECT tenant_id, level_id, sum(quantity) AS total FROM inventory_reservation WHERE state IN ('SOFT', 'HARD', 'FIRM')
               GROUP BY tenant_id, level_id) r ON r.tenant_id = l.tenant_id AND r.level_id = l.id
    WHERE l.reserved <> coalesce(r.total, 0)
    """,
)
always(
    "stock.no_oversell",
    "A level has reserved more than it has only where a count or a refusal lowered it afterwards.",
    """
    SELECT l.tenant_id, 'level ' || l.id || ': on hand ' || l.on_hand || ', reserved ' || l.reserved
    FROM inventory_stocklevel l
    WHERE l.reserved > l.on_hand AND NOT EXISTS (
        SELECT 1 FROM inventory_stockmovement m WHERE m.tenant_id = l.tenant_id AND m.level_id = l.id AND m.bucket = 'ON_HAND'
          AND m.quantity < 0 AND m.reason <> 'DISPATCH')
    """,
)
