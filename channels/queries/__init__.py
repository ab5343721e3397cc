"""Reads of the room."""

from channels.queries.connections import (
    commands_of,
    connections,
    exchanges_of,
    get_connection,
    listings_of,
    parked_items,
    publication_delays,
    publications_of,
    shown_settings,
)

__all__ = [
    "commands_of",
    "connections",
    "exchanges_of",
    "get_connection",
    "listings_of",
    "parked_items",
    "publication_delays",
    "publications_of",
    "shown_settings",
]
