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
from channels.queries.view_effect import ChannelEffect, channel_effects
from channels.queries.wanted import listings_of_sku, wanted_quantities

__all__ = [
    "ChannelEffect",
    "channel_effects",
    "commands_of",
    "connections",
    "exchanges_of",
    "get_connection",
    "listings_of",
    "listings_of_sku",
    "parked_items",
    "publication_delays",
    "publications_of",
    "shown_settings",
    "wanted_quantities",
]
