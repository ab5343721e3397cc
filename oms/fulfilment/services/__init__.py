"""Writes of the room, one verb each."""

from oms.fulfilment.services.accept import accept
from oms.fulfilment.services.create import create_fulfilments
from oms.fulfilment.services.dispatch import collect, mark_ready, ship
from oms.fulfilment.services.expire import expire_unanswered
from oms.fulfilment.services.prepare import pack, pick
from oms.fulfilment.services.refuse import refuse
from oms.fulfilment.services.scan import scan
from oms.fulfilment.services.withdraw import withdraw

__all__ = [
    "accept",
    "collect",
    "create_fulfilments",
    "expire_unanswered",
    "mark_ready",
    "pack",
    "pick",
    "refuse",
    "scan",
    "ship",
    "withdraw",
]
