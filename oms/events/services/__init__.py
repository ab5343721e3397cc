"""Writes of the room, one verb each."""

from oms.events.services.deliver import deliver
from oms.events.services.monitor import check_next
from oms.events.services.record import record, record_many
from oms.events.services.replay import discard_dead_letter, replay_all_dead_letters, replay_dead_letter

__all__ = [
    "check_next",
    "deliver",
    "discard_dead_letter",
    "record",
    "record_many",
    "replay_all_dead_letters",
    "replay_dead_letter",
]
