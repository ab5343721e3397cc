"""What this room tells. The subject is the order for commands, the connection for the rest."""

from __future__ import annotations

from oms.events.registry import declare

CHANNEL_CONFIRMED = declare("channel.confirmed", "The channel confirmed a shipment, a collection or a cancellation.")
CHANNEL_REJECTED = declare("channel.rejected", "The channel rejected what was reported; a person must look.")
CONNECTION_PAUSED = declare("connection.paused", "A connection was paused because its credentials were refused.")
ITEM_PARKED = declare("channel.item_parked", "Something from a channel waits for a person, with its reason.")
