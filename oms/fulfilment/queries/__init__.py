"""Reads of the room."""

from oms.fulfilment.queries.fulfilments import (
    fulfilments,
    get_fulfilment,
    lines_of,
    parcels_of,
    queue_sizes,
    refused_recently,
)

__all__ = ["fulfilments", "get_fulfilment", "lines_of", "parcels_of", "queue_sizes", "refused_recently"]
