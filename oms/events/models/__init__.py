from oms.events.models.event import Event, StreamPosition
from oms.events.models.outbox import Delivery

__all__ = ["Delivery", "Event", "StreamPosition"]
