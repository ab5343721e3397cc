"""The room's invariants."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from inventory.enums import BUCKET_COLUMNS, Bucket
from oms.events.invariants import always

_LEVELS = {"over": "inventory_stocklevel", "row": "l"}
# What the ledger need no longer have of a level is in the balance `b` at its floor; the movements after it are counted.
_FLOORS = "SELECT tenant_id, max(at) AS at FROM inventory_stockperiod WHERE floor GROUP BY tenant_id"
_FLOOR = f"""
    LEFT JOIN ({_FLOORS}) f ON f.tenant_id = l.tenant_id
    LEFT JOIN LATERAL (
        SELECT b.* FROM inventory_stockbalance b
        WHERE b.tenant_id = l.tenant_id AND b.level_id = l.id AND b.at <= f.at ORDER BY b.at DESC LIMIT 1) b ON true
"""
# Documents are dated by another clock than the ledger.
_CLOCKS = "interval '1 hour'"
_SINCE = "m.tenant_id = l.tenant_id AND m.level_id = l.id AND m.version > coalesce(b.version, 0)"
_SUMS = (
    """
    SELECT l.tenant_id, 'level ' || l.id || ' {bucket}: ' || l.{column} || ', movements sum to ' || coalesce(b.{column}, 0) + coalesce(m.total, 0)
    FROM inventory_stocklevel l
"""
    + _FLOOR
    + f"""
    CROSS JOIN LATERAL (SELECT sum(quantity) AS total FROM inventory_stockmovement m WHERE {_SINCE} AND m.bucket = '{{bucket}}') m
"""
    + """
    WHERE {rows} AND l.{column} <> coalesce(b.{column}, 0) + coalesce(m.total, 0)
"""
)
for _bucket, _column in BUCKET_COLUMNS.items():
    always(
        f"stock.ledger_{_column}",
        format_lazy(_("{bucket}: the movements of a level sum to it."), bucket=Bucket(_bucket).label),
        **_LEVELS,
        sql=_SUMS.replace("{bucket}", _bucket).replace("{column}", _column),
    )
always(
    "stock.versions",
    _("Every movement of a level has its version, once and without a gap."),
    **_LEVELS,
    sql=f"""
    SELECT l.tenant_id, 'level ' || l.id || ': version ' || l.version || ', movements ' || m.rows || ' from ' || coalesce(m.first, 0)
           || ' to ' || coalesce(m.last, 0) || ', different ' || m.versions
    FROM inventory_stocklevel l
    {_FLOOR}
    CROSS JOIN LATERAL (SELECT count(*) AS rows, count(DISTINCT version) AS versions, min(version) AS first, max(version) AS last
                        FROM inventory_stockmovement m WHERE {_SINCE}) m
    WHERE {{rows}} AND (m.rows + coalesce(b.version, 0) <> l.version OR m.versions <> m.rows OR coalesce(m.last, l.version) <> l.version)
    """,
)
always(
    "stock.reserved",
    _("The open reservations of a level sum to what it has reserved."),
    **_LEVELS,
    sql="""
    SELECT l.tenant_id, 'level ' || l.id || ': reserved ' || l.reserved || ', reservations ' || coalesce(r.total, 0)
    FROM inventory_stocklevel l
    CROSS JOIN LATERAL (SELECT sum(quantity) AS total FROM inventory_reservation r
                        WHERE r.tenant_id = l.tenant_id AND r.level_id = l.id AND r.state IN ('SOFT', 'HARD', 'FIRM')) r
    WHERE {rows} AND l.reserved <> coalesce(r.total, 0)
    """,
)
always(
    "stock.no_oversell",
    _("No reservation was ever granted beyond what its level had on hand at that moment."),
    **_LEVELS,
    sql=f"""
    SELECT l.tenant_id, 'level ' || l.id || ', version ' || m.version || ': on hand ' || m.on_hand + coalesce(b.on_hand, 0)
           || ', reserved ' || m.balance
    FROM inventory_stocklevel l
    {_FLOOR}
    CROSS JOIN LATERAL (SELECT version, bucket, quantity, balance,
                               coalesce(sum(quantity) FILTER (WHERE bucket = 'ON_HAND') OVER (ORDER BY version), 0) AS on_hand
                        FROM inventory_stockmovement m WHERE {_SINCE}) m
    WHERE {{rows}} AND m.bucket = 'RESERVED' AND m.quantity > 0 AND m.balance > m.on_hand + coalesce(b.on_hand, 0)
    """,
)
always(
    "stock.kits",
    _("A kit has components, and a virtual one no stock of its own."),
    over="inventory_sku",
    row="s",
    sql="""
    SELECT s.tenant_id, 'SKU ' || s.id || ': ' || s.kind FROM inventory_sku s
    WHERE {rows} AND (
        (s.kind <> 'SIMPLE') <> EXISTS (SELECT 1 FROM inventory_kitcomponent c WHERE c.tenant_id = s.tenant_id AND c.kit_id = s.id)
        OR s.kind = 'VIRTUAL' AND (
            EXISTS (SELECT 1 FROM inventory_stocklevel l WHERE l.tenant_id = s.tenant_id AND l.sku_id = s.id)
            OR EXISTS (SELECT 1 FROM inventory_kitcomponent c WHERE c.tenant_id = s.tenant_id AND c.component_id = s.id)))
    """,
)
always(
    "stock.average_cost",
    _("An average cost is what its receipts make of it, one after the other."),
    over="inventory_skucost",
    row="c",
    sql="""
    SELECT c.tenant_id, 'cost ' || c.id || ': ' || coalesce(c.average::text, 'unknown') || ' after ' || c.version || ' receipts, kept are '
           || h.rows || ' that end at ' || coalesce(h.last::text, 'none')
    FROM inventory_skucost c
    CROSS JOIN LATERAL (
        SELECT count(*) AS rows, max(average) FILTER (WHERE version = c.version) AS last,
               bool_or(average_before IS DISTINCT FROM CASE version WHEN 1 THEN c.opening ELSE earlier END
                       OR average <> round(coalesce((quantity_before * average_before + received * unit_cost)
                                                    / (quantity_before + received), unit_cost), 4)) AS wrong
        FROM (SELECT *, lag(average) OVER (ORDER BY version) AS earlier FROM inventory_costchange h
              WHERE h.tenant_id = c.tenant_id AND h.sku_id = c.sku_id AND h.legal_entity_id = c.legal_entity_id) h) h
    WHERE {rows} AND (h.rows <> c.version OR h.wrong OR c.average IS DISTINCT FROM coalesce(h.last, c.opening))
    """,
)
_MOVED = ", ".join(
    f"sum(quantity) FILTER (WHERE bucket = '{bucket}') AS {column}" for bucket, column in BUCKET_COLUMNS.items()
)
_SUM = " OR ".join(
    f"{{0}}.{column} <> coalesce({{1}}.{column}, 0) + coalesce(m.{column}, 0)" for column in BUCKET_COLUMNS.values()
)
always(
    "stock.balances",
    _("A balance is the one before it and the movements between them."),
    over="inventory_stockbalance",
    row="b",
    sql=f"""
    SELECT b.tenant_id, 'balance ' || b.id || ' of level ' || b.level_id || ' at ' || b.at || ': on hand ' || b.on_hand || ', before '
           || coalesce(p.on_hand, 0) || ', moved ' || coalesce(m.on_hand, 0)
    FROM inventory_stockbalance b
    LEFT JOIN LATERAL (SELECT * FROM inventory_stockbalance p WHERE p.tenant_id = b.tenant_id AND p.level_id = b.level_id AND p.at < b.at
                       ORDER BY p.at DESC LIMIT 1) p ON true
    CROSS JOIN LATERAL (SELECT {_MOVED}, count(*) AS rows FROM inventory_stockmovement m
                        WHERE m.tenant_id = b.tenant_id AND m.level_id = b.level_id
                          AND m.recorded_at > coalesce(p.at, '-infinity') AND m.recorded_at <= b.at) m
    WHERE {{rows}} AND ({_SUM.format("b", "p")} OR b.version <> coalesce(p.version, 0) + m.rows)
      AND NOT EXISTS (SELECT 1 FROM inventory_stockperiod f WHERE f.tenant_id = b.tenant_id AND f.floor AND f.at >= b.at)
    """,
)
always(
    "stock.balanced",
    _("A level is its last balance and the movements since the last period."),
    **_LEVELS,
    sql=f"""
    SELECT l.tenant_id, 'level ' || l.id || ': on hand ' || l.on_hand || ', balance ' || coalesce(b.on_hand, 0) || ', moved since '
           || coalesce(m.on_hand, 0)
    FROM inventory_stocklevel l
    JOIN (SELECT tenant_id, max(at) AS at FROM inventory_stockperiod WHERE built_at IS NOT NULL GROUP BY tenant_id) p
      ON p.tenant_id = l.tenant_id
    LEFT JOIN LATERAL (SELECT * FROM inventory_stockbalance b WHERE b.tenant_id = l.tenant_id AND b.level_id = l.id AND b.at <= p.at
                       ORDER BY b.at DESC LIMIT 1) b ON true
    CROSS JOIN LATERAL (SELECT {_MOVED}, count(*) AS rows FROM inventory_stockmovement m
                        WHERE m.tenant_id = l.tenant_id AND m.level_id = l.id AND m.recorded_at > p.at) m
    WHERE {{rows}} AND ({_SUM.format("l", "b")} OR l.version <> coalesce(b.version, 0) + m.rows)
    """,
)
always(
    "inbound.received",
    _("A purchase order line has received what its receipts say; while the order is open, the ledger says so too."),
    over="inventory_purchaseorderline",
    row="l",
    sql=f"""
    SELECT l.tenant_id, 'line ' || l.id || ': received ' || l.received || ' (' || l.damaged || ' damaged), receipts '
           || coalesce(r.quantity, 0) || ' (' || coalesce(r.damaged, 0) || '), ledger ' || coalesce(m.quantity, 0)
    FROM inventory_purchaseorderline l
    JOIN inventory_purchaseorder o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
    LEFT JOIN ({_FLOORS}) f ON f.tenant_id = l.tenant_id
    CROSS JOIN LATERAL (SELECT sum(quantity) AS quantity, sum(damaged) AS damaged, min(recorded_at) AS first FROM inventory_receipt r
                        WHERE r.tenant_id = l.tenant_id AND r.line_id = l.id) r
    CROSS JOIN LATERAL (SELECT sum(m.quantity) AS quantity FROM inventory_stockmovement m
                        JOIN inventory_stocklevel v ON v.tenant_id = m.tenant_id AND v.id = m.level_id
                        WHERE v.tenant_id = l.tenant_id AND v.sku_id = l.sku_id AND v.location_id = o.location_id
                          AND m.cause_type = 'purchase_order_line' AND m.cause_id = l.id::text AND m.bucket IN ('ON_HAND', 'DAMAGED')) m
    WHERE {{rows}} AND (l.received <> coalesce(r.quantity, 0) OR l.damaged <> coalesce(r.damaged, 0)
                      OR (o.state = 'RECEIVING' AND (r.first <= f.at + {_CLOCKS}) IS NOT TRUE AND l.received <> coalesce(m.quantity, 0)))
    """,
)
always(
    "transfers.in_transit",
    _("What is in transit to a level is what transfers have dispatched there and nobody has accounted for."),
    over="inventory_stocklevel",
    row="v",
    sql="""
    SELECT v.tenant_id, 'SKU ' || v.sku_id || ' to ' || v.location_id || ': in transit ' || v.in_transit || ', transfers '
           || coalesce(d.units, 0)
    FROM inventory_stocklevel v
    CROSS JOIN LATERAL (SELECT sum(l.dispatched - (l.received - l.extra) - l.lost - l.returned) AS units
                        FROM inventory_transferline l JOIN inventory_transfer t ON t.tenant_id = l.tenant_id AND t.id = l.transfer_id
                        WHERE l.tenant_id = v.tenant_id AND l.sku_id = v.sku_id AND t.destination_id = v.location_id
                          AND l.dispatched > 0) d
    WHERE {rows} AND v.in_transit <> CASE v.pool WHEN '' THEN coalesce(d.units, 0) ELSE 0 END
    """,
)
always(
    "transfers.reserved",
    _("The units of a requested transfer are reserved at its source, and those of no other."),
    over="inventory_transferline",
    row="l",
    sql="""
    SELECT l.tenant_id, t.number || ' ' || t.state || ': ' || l.quantity || ', reserved ' || coalesce(r.units, 0)
    FROM inventory_transferline l JOIN inventory_transfer t ON t.tenant_id = l.tenant_id AND t.id = l.transfer_id
    CROSS JOIN LATERAL (SELECT sum(r.quantity) AS units, bool_and(v.location_id = t.source_id) AS there FROM inventory_reservation r
                        JOIN inventory_stocklevel v ON v.tenant_id = r.tenant_id AND v.id = r.level_id
                        WHERE r.tenant_id = l.tenant_id AND r.holder_id = l.id AND r.state IN ('SOFT', 'HARD', 'FIRM')) r
    WHERE {rows} AND (coalesce(r.units, 0) <> CASE WHEN t.state = 'REQUESTED' THEN l.quantity ELSE 0 END OR NOT r.there)
    """,
)
always(
    "counts.posted",
    _("A posted count has moved what it says, line by line."),
    over="inventory_countline",
    row="l",
    sql=f"""
    SELECT l.tenant_id, 'line ' || l.id || ': posted ' || l.posted || ', ledger ' || coalesce(m.quantity, 0)
    FROM inventory_countline l JOIN inventory_stockcount c ON c.tenant_id = l.tenant_id AND c.id = l.count_id
    LEFT JOIN ({_FLOORS}) f ON f.tenant_id = l.tenant_id
    CROSS JOIN LATERAL (SELECT sum(m.quantity) AS quantity FROM inventory_stockmovement m
                        JOIN inventory_stocklevel v ON v.tenant_id = m.tenant_id AND v.id = m.level_id
                        WHERE v.tenant_id = l.tenant_id AND v.sku_id = l.sku_id AND v.location_id = c.location_id
                          AND m.cause_type = 'count_line' AND m.cause_id = l.id::text) m
    WHERE {{rows}} AND (c.posted_at <= f.at + {_CLOCKS}) IS NOT TRUE
      AND (l.posted <> coalesce(m.quantity, 0) OR l.posted <> l.counted - l.expected OR (l.posted IS NULL AND m.quantity <> 0))
    """,
)
for _name, _over, _column, _coming in (
    (
        "inbound.promised",
        "inventory_purchaseorderline",
        "purchase_line_id",
        (
            "(SELECT CASE WHEN d.state IN ('CONFIRMED', 'RECEIVING') THEN l.quantity - l.received - l.cancelled ELSE 0 END"
            " FROM inventory_purchaseorder d WHERE d.tenant_id = l.tenant_id AND d.id = l.order_id)"
        ),
    ),
    (
        "transfers.promised",
        "inventory_transferline",
        "transfer_line_id",
        (
            "(SELECT CASE d.state WHEN 'REQUESTED' THEN l.quantity WHEN 'DISPATCHED' THEN"
            " l.dispatched - (l.received - l.extra) - l.lost - l.returned ELSE 0 END"
            " FROM inventory_transfer d WHERE d.tenant_id = l.tenant_id AND d.id = l.transfer_id)"
        ),
    ),
):
    always(
        _name,
        _("What is promised of a line is what orders wait for on it, and never more than is to come."),
        over=_over,
        row="l",
        sql=f"""
        SELECT l.tenant_id, 'line ' || l.id || ': promised ' || l.promised || ', waiting ' || coalesce(r.units, 0) || ', to come ' || {_coming}
        FROM {_over} l
        CROSS JOIN LATERAL (SELECT sum(r.quantity) AS units FROM inventory_supplyreservation r
                            WHERE r.tenant_id = l.tenant_id AND r.{_column} = l.id AND r.state = 'WAITING') r
        WHERE {{rows}} AND (l.promised <> coalesce(r.units, 0) OR l.promised > greatest({_coming}, 0))
        """,
    )
