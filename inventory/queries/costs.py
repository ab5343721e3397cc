"""What a unit costs: the moving average of its SKU for the legal entity of its location (docs/valuation.md), as parts of statements."""

from __future__ import annotations

# Beside inventory_sku `s` and inventory_skucost, or what it was at an instant, `c`.
AVERAGE = "CASE WHEN c.sku_id IS NULL THEN s.cost ELSE c.average END"
# Each average with the time it held: what moves is priced by the one that held when it was recorded.
HELD = """
held AS (
    SELECT sku_id, legal_entity_id, average, recorded_at AS since,
           lead(recorded_at, 1, 'infinity') OVER (PARTITION BY sku_id, legal_entity_id ORDER BY version) AS until
    FROM inventory_costchange WHERE tenant_id = %(tenant)s
    UNION ALL SELECT sku_id, legal_entity_id, average_before, '-infinity', recorded_at
    FROM inventory_costchange WHERE tenant_id = %(tenant)s AND version = 1
)
"""
# `s` is its SKU, `p` its location, `t` what moved with `recorded_at`.
_OF_ENTITY = "c.tenant_id = %(tenant)s AND c.sku_id = s.id AND c.legal_entity_id = p.legal_entity_id"
JOIN_AVERAGE = f"LEFT JOIN inventory_skucost c ON {_OF_ENTITY}"
JOIN_HELD = f"""
LEFT JOIN held h ON h.sku_id = s.id AND h.legal_entity_id = p.legal_entity_id AND t.recorded_at >= h.since AND t.recorded_at < h.until
{JOIN_AVERAGE}
"""
HELD_COST = "coalesce(h.average, c.opening, s.cost)"
