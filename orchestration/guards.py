"""The room's invariants."""

from __future__ import annotations

from oms.events.invariants import always

always(
    "routing.explained",
    "Every order with work at a location, but for one a person forced, has a stored decision.",
    """
    SELECT f.tenant_id, f.number || ' without a decision' FROM fulfilment_fulfilmentorder f
    WHERE NOT EXISTS (SELECT 1 FROM orchestration_routingdecision d WHERE d.tenant_id = f.tenant_id AND d.order_id = f.order_id)
      AND NOT EXISTS (SELECT 1 FROM events_event e WHERE e.tenant_id = f.tenant_id AND e.subject_type = 'order'
                      AND e.subject_id = f.order_id AND e.kind = 'order.forced')
    """,
)
