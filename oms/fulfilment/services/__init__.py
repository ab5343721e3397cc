"""Writes of the room, one verb each."""

from oms.fulfilment.services.accept import accept, accept_wave
from oms.fulfilment.services.create import create_fulfilments
from oms.fulfilment.services.dispatch import collect, mark_ready, ship, ship_wave
from oms.fulfilment.services.expire import expire_unanswered
from oms.fulfilment.services.learn import learn_from_work
from oms.fulfilment.services.prepare import pack, pack_wave, pick, pick_wave
from oms.fulfilment.services.refuse import refuse
from oms.fulfilment.services.scan import scan
from oms.fulfilment.services.withdraw import withdraw

__all__ = [
    "accept",
    "accept_wave",
    "collect",
    "create_fulfilments",
    "expire_unanswered",
    "learn_from_work",
    "mark_ready",
    "pack",
    "pack_wave",
    "pick",
    "pick_wave",
    "refuse",
    "scan",
    "ship",
    "ship_wave",
    "withdraw",
]
