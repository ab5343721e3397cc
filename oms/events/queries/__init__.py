"""Reads of the room."""

from oms.events.queries.feed import FeedPage, feed
from oms.events.queries.log import dead_letters, events, timeline
from oms.events.queries.monitor import Watched, broken_count, checks_to_make, watched

__all__ = [
    "FeedPage",
    "Watched",
    "broken_count",
    "checks_to_make",
    "dead_letters",
    "events",
    "feed",
    "timeline",
    "watched",
]
