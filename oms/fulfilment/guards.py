"""The room's invariants."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.events.invariants import always

always(
    "fulfilment.units",
    _(
        "A fulfilment order counts exactly the units that name it, unless its order's cancellation or hold is being told."
    ),
    over="fulfilment_fulfilmentorder",
    row="f",
    sql="""
    SELECT f.tenant_id, f.number || ' ' || f.state || ': ' || f.units || ', units ' || coalesce(g.units, 0)
    FROM fulfilment_fulfilmentorder f
    CROSS JOIN LATERAL (SELECT sum(quantity) AS units FROM orders_unitgroup g
                        WHERE g.tenant_id = f.tenant_id AND g.work_id = f.id AND g.state <> 'CANCELLED') g
    WHERE {rows} AND f.state IN ('TO_ACCEPT', 'ACCEPTED', 'PICKING', 'PACKED', 'READY_TO_COLLECT', 'HANDED_OVER', 'COLLECTED')
      AND f.units <> coalesce(g.units, 0)
      AND NOT EXISTS (SELECT 1 FROM events_delivery d JOIN events_event e ON e.tenant_id = d.tenant_id AND e.id = d.event_id
                      WHERE d.tenant_id = f.tenant_id AND d.subscriber = 'fulfilment.withdraw' AND d.dead_at IS NULL
                        AND e.subject_id = f.order_id)
    """,
)
