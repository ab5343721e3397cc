from oms.events.models.check import InvariantCheck
from oms.events.models.event import Event, StreamPosition
from oms.events.models.outbox import Delivery

__all__ = ["Delivery", "Event", "InvariantCheck", "StreamPosition"]
