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
    ("IN_TRANSIT", "in_transit"),
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
    "No reservation was ever granted beyond what its level had on hand at that moment.",
    """
    SELECT tenant_id, 'level ' || level_id || ', version ' || version || ': on hand ' || on_hand || ', reserved ' || balance
    FROM (SELECT tenant_id, level_id, version, bucket, quantity, balance,
                 coalesce(sum(quantity) FILTER (WHERE bucket = 'ON_HAND')
                          OVER (PARTITION BY tenant_id, level_id ORDER BY version), 0) AS on_hand
          FROM inventory_stockmovement) m
    WHERE bucket = 'RESERVED' AND quantity > 0 AND balance > on_hand
    """,
)
