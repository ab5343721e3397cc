"""What operators watch. Labels are few: never a tenant, never an id."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

DELIVERED = Counter("baton_outbox_delivered_total", "Deliveries handed to their subscriber", ["subscriber"])
FAILED = Counter("baton_outbox_failed_total", "Deliveries that raised", ["subscriber"])
CLAIMED = Counter("baton_outbox_claimed_total", "Deliveries claimed by the relay")
LAG = Gauge("baton_outbox_lag_seconds", "Age of the oldest delivery that is due", multiprocess_mode="livemax")
PENDING = Gauge("baton_outbox_pending", "Deliveries owed and not dead", multiprocess_mode="livemax")
DEAD = Gauge("baton_outbox_dead", "Dead letters", multiprocess_mode="livemax")
CHECKED = Counter("baton_invariant_rows_total", "Rows that the monitor has checked", ["invariant"])
VIOLATED = Counter("baton_invariant_violated_total", "Times that the monitor found a first difference", ["invariant"])
BROKEN = Gauge(
    "baton_invariants_broken", "Invariants that are broken now, over all tenants", multiprocess_mode="livemax"
)
QUEUE_AGE = Histogram(
    "baton_outbox_queue_seconds",
    "From the event to its delivery",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
