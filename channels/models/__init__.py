from channels.models.command import ChannelCommand
from channels.models.connection import Connection, ExchangeLog
from channels.models.listing import Listing, Publication
from channels.models.parked import ParkedItem

__all__ = ["ChannelCommand", "Connection", "ExchangeLog", "Listing", "ParkedItem", "Publication"]
