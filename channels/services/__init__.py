"""Writes of the room, one verb each. Those that talk to a channel open their own tenant scopes, never around a call."""

from channels.services.commands import queue_commands, send_commands
from channels.services.connect import create_connection, pause, resume, test_connection, update_connection, wake
from channels.services.ingest import ingest
from channels.services.listings import adopt_listings, link_listing, sync_listings
from channels.services.parked import discard_parked, replay_parked
from channels.services.poll import poll
from channels.services.prune import prune
from channels.services.publish import mark_all_dirty, mark_dirty, publish
from channels.services.webhook import receive_webhook

__all__ = [
    "adopt_listings",
    "create_connection",
    "discard_parked",
    "ingest",
    "link_listing",
    "mark_all_dirty",
    "mark_dirty",
    "pause",
    "poll",
    "prune",
    "publish",
    "queue_commands",
    "receive_webhook",
    "replay_parked",
    "resume",
    "send_commands",
    "sync_listings",
    "test_connection",
    "update_connection",
    "wake",
]
