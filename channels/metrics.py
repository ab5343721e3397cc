"""What operators watch."""

from __future__ import annotations

from prometheus_client import Histogram

DELAY = Histogram(
    "baton_publication_delay_seconds",
    "From a stock movement to the channel's acknowledgement",
    ["kind"],
    buckets=(0.25, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
