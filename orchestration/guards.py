"""The room's invariants."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.events.invariants import always

always(
    "routing.explained",
    _("Every piece of work names the stored decision that placed units there, or the person who forced it."),
    over="fulfilment_fulfilmentorder",
    row="f",
    sql="""
    SELECT f.tenant_id, f.number || ' without a decision that places units there' FROM fulfilment_fulfilmentorder f
    WHERE {rows} AND NOT EXISTS (
        SELECT 1 FROM events_event e JOIN orchestration_routingdecision d
          ON d.tenant_id = e.tenant_id AND d.order_id = e.subject_id AND d.id::text = e.payload ->> 'decision'
        WHERE e.tenant_id = f.tenant_id AND e.subject_type = 'order' AND e.subject_id = f.order_id AND e.kind = 'order.routed'
          AND e.payload -> 'fulfilments' @> to_jsonb(f.id::text)
          AND d.document -> 'placements' @> jsonb_build_array(jsonb_build_object('location_id', f.location_id::text)))
      AND NOT EXISTS (
        SELECT 1 FROM events_event e
        WHERE e.tenant_id = f.tenant_id AND e.subject_type = 'order' AND e.subject_id = f.order_id AND e.kind = 'order.forced'
          AND e.payload ->> 'fulfilment' = f.id::text)
    """,
)
