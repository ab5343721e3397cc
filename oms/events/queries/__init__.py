"""Reads of the room."""

from oms.events.queries.feed import FeedPage, feed
from oms.events.queries.log import dead_letters, events, timeline

__all__ = ["FeedPage", "dead_letters", "events", "feed", "timeline"]
