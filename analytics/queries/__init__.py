"""Reads of the room."""

from analytics.queries.home import ChannelFigures, Home, Publishing, home

__all__ = ["ChannelFigures", "Home", "Publishing", "home"]
