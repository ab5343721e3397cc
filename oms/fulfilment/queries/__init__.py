"""Reads of the room."""

from oms.fulfilment.queries.fulfilments import (
    fulfilments,
    get_fulfilment,
    lines_of,
    parcels_of,
    queue_sizes,
    refused_recently,
)
from oms.fulfilment.queries.queues import open_work, queue, unpicked_elsewhere

__all__ = [
    "fulfilments",
    "get_fulfilment",
    "lines_of",
    "open_work",
    "parcels_of",
    "queue",
    "queue_sizes",
    "refused_recently",
    "unpicked_elsewhere",
]
