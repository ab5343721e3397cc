"""The states people see: one tone, one icon and one word for each, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TONES = ("neutral", "info", "good", "warn", "bad", "return")
# A person must act on these, so they keep their tint even in tables.
LOUD_TONES = frozenset({"warn", "bad"})


@dataclass(frozen=True, slots=True)
class State:
    """How one state looks. `label` is the word; colour never stands alone."""

    key: str
    tone: str
    icon: str
    label: StrOrPromise


STATES: dict[str, State] = {
    state.key: state
    for state in (
        State("pending", "neutral", icon="circle-dashed", label=_("To route")),
        State("unroutable", "bad", icon="route-off", label=_("Unroutable")),
        State("held", "warn", icon="player-pause", label=_("On hold")),
        State("backordered", "warn", icon="hourglass", label=_("Backordered")),
        State("assigned", "info", icon="inbox", label=_("To accept")),
        State("accepted", "info", icon="check", label=_("Accepted")),
        State("picking", "info", icon="progress", label=_("Picking")),
        State("picked", "info", icon="basket-check", label=_("Picked")),
        State("packed", "info", icon="package", label=_("Packed")),
        State("ready", "good", icon="building-store", label=_("Ready for pickup")),
        State("shipped", "good", icon="truck-delivery", label=_("Shipped")),
        State("delivered", "good", icon="circle-check", label=_("Delivered")),
        State("collected", "good", icon="user-check", label=_("Collected")),
        State("refused", "bad", icon="circle-x", label=_("Refused")),
        State("expired", "bad", icon="clock-x", label=_("Expired")),
        State("returned", "return", icon="arrow-back-up", label=_("Returned")),
        State("cancelled", "neutral", icon="ban", label=_("Cancelled")),
        # The words of fulfilment orders that differ from those of units.
        State("to_accept", "info", icon="inbox", label=_("To accept")),
        State("handed_over", "good", icon="truck-delivery", label=_("Handed over")),
        State("ready_to_collect", "good", icon="building-store", label=_("Ready for pickup")),
        # Health of a link, a job or a file.
        State("ok", "good", icon="circle-check", label=_("Normal")),
        State("holds", "good", icon="circle-check", label=_("Holds")),
        State("broken", "bad", icon="alert-triangle", label=_("Broken")),
        State("late", "bad", icon="alert-triangle", label=_("Late")),
        State("failed", "bad", icon="alert-triangle", label=_("Failed")),
        State("waiting", "neutral", icon="clock", label=_("Waiting")),
        State("running", "info", icon="progress", label=_("In progress")),
        State("paused", "warn", icon="player-pause", label=_("Paused")),
        State("draft", "neutral", icon="pencil", label=_("Draft")),
        State("published", "good", icon="circle-check", label=_("Published")),
        State("archived", "neutral", icon="archive", label=_("Archived")),
        # Purchase orders, transfers and counts.
        State("confirmed", "info", icon="circle-check", label=_("Confirmed")),
        State("receiving", "info", icon="progress", label=_("Partly received")),
        State("closed", "good", icon="circle-check", label=_("Closed")),
        State("proposed", "neutral", icon="bulb", label=_("Proposed")),
        State("requested", "info", icon="lock", label=_("Requested")),
        State("dispatched", "info", icon="truck-delivery", label=_("Dispatched")),
        State("received", "warn", icon="alert-triangle", label=_("Received with a difference")),
        State("counting", "info", icon="progress", label=_("Counting")),
        State("review", "warn", icon="list-check", label=_("To review")),
        State("posted", "good", icon="circle-check", label=_("Posted")),
    )
}


def state_of(key: str) -> State:
    """How the state looks; case does not matter. Raises KeyError for a state that nobody gave a word."""
    return STATES[key.lower()]
