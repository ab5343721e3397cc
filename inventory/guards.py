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
always(
    "inbound.received",
    "A purchase order line has received what its receipts say; while the order is open, the ledger says so too.",
    """
    SELECT l.tenant_id, 'line ' || l.id || ': received ' || l.received || ' (' || l.damaged || ' damaged), receipts '
           || coalesce(r.quantity, 0) || ' (' || coalesce(r.damaged, 0) || '), ledger ' || coalesce(m.quantity, 0)
    FROM inventory_purchaseorderline l
    JOIN inventory_purchaseorder o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
    LEFT JOIN (SELECT tenant_id, line_id, sum(quantity) AS quantity, sum(damaged) AS damaged FROM inventory_receipt
               GROUP BY tenant_id, line_id) r ON r.tenant_id = l.tenant_id AND r.line_id = l.id
    LEFT JOIN (SELECT tenant_id, cause_id, sum(quantity) AS quantity FROM inventory_stockmovement
               WHERE cause_type = 'purchase_order_line' AND bucket IN ('ON_HAND', 'DAMAGED')
               GROUP BY tenant_id, cause_id) m ON m.tenant_id = l.tenant_id AND m.cause_id = l.id::text
    WHERE l.received <> coalesce(r.quantity, 0) OR l.damaged <> coalesce(r.damaged, 0)
       OR (o.state = 'RECEIVING' AND l.received <> coalesce(m.quantity, 0))
    """,
)
always(
    "transfers.in_transit",
    "What is in transit to a level is what transfers have dispatched there and nobody has accounted for.",
    """
    SELECT tenant_id, 'SKU ' || sku_id || ' to ' || location_id || ': in transit ' || sum(level) || ', transfers ' || sum(document)
    FROM (SELECT tenant_id, sku_id, location_id, in_transit AS level, 0 AS document FROM inventory_stocklevel WHERE in_transit <> 0
          UNION ALL
          SELECT l.tenant_id, l.sku_id, t.destination_id, 0, l.dispatched - (l.received - l.extra) - l.lost - l.returned
          FROM inventory_transferline l JOIN inventory_transfer t ON t.tenant_id = l.tenant_id AND t.id = l.transfer_id
          WHERE l.dispatched > 0) both_sides
    GROUP BY tenant_id, sku_id, location_id HAVING sum(level) <> sum(document)
    """,
)
always(
    "transfers.reserved",
    "The units of a requested transfer are reserved at its source, and those of no other.",
    """
    SELECT l.tenant_id, t.number || ' ' || t.state || ': ' || l.quantity || ', reserved ' || coalesce(r.units, 0)
    FROM inventory_transferline l JOIN inventory_transfer t ON t.tenant_id = l.tenant_id AND t.id = l.transfer_id
    LEFT JOIN (SELECT r.tenant_id, r.holder_id, v.location_id, sum(r.quantity) AS units
               FROM inventory_reservation r JOIN inventory_stocklevel v ON v.tenant_id = r.tenant_id AND v.id = r.level_id
               WHERE r.state IN ('SOFT', 'HARD', 'FIRM') GROUP BY r.tenant_id, r.holder_id, v.location_id) r
      ON r.tenant_id = l.tenant_id AND r.holder_id = l.id
    WHERE coalesce(r.units, 0) <> CASE WHEN t.state = 'REQUESTED' THEN l.quantity ELSE 0 END
       OR (r.units > 0 AND r.location_id <> t.source_id)
    """,
)
always(
    "counts.posted",
    "A posted count has moved what it says, line by line.",
    """
    SELECT l.tenant_id, 'line ' || l.id || ': posted ' || l.posted || ', ledger ' || coalesce(m.quantity, 0)
    FROM inventory_countline l
    LEFT JOIN (SELECT tenant_id, cause_id, sum(quantity) AS quantity FROM inventory_stockmovement
               WHERE cause_type = 'count_line' GROUP BY tenant_id, cause_id) m
      ON m.tenant_id = l.tenant_id AND m.cause_id = l.id::text
    WHERE l.posted <> coalesce(m.quantity, 0) OR l.posted <> l.counted - l.expected OR (l.posted IS NULL AND m.quantity <> 0)
    """,
)
