"""How near a deadline is. Pure: the clock and the deadline come from the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(hours=1)
# The last minutes of a delay to answer are shown as late ones, so that they are not missed.
LAST_CALL = timedelta(minutes=5)
LAST_PART = 3


class Urgency(StrEnum):
    OK = "ok"
    SOON = "soon"
    LATE = "late"
    DONE = "done"


ICONS = {Urgency.OK: "clock", Urgency.SOON: "clock-exclamation", Urgency.LATE: "alert-triangle", Urgency.DONE: "check"}


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment to keep. `since` is when its delay began; `answer` marks a delay that someone must answer within."""

    due: datetime
    since: datetime | None = None
    done: datetime | None = None
    answer: bool = False

    def left(self, now: datetime) -> timedelta:
        return self.due - now

    def urgency(self, now: datetime) -> Urgency:
        """Late past the deadline; soon under one hour, or in the last third of a longer delay."""
        left = self.left(now)
        if self.done is not None:
            return Urgency.DONE
        if left < timedelta(0) or (self.answer and left <= LAST_CALL):
            return Urgency.LATE
        return Urgency.SOON if left < self.soon_below() else Urgency.OK

    def soon_below(self) -> timedelta:
        """The time left under which the deadline is near."""
        return SOON if self.since is None else max(SOON, (self.due - self.since) / LAST_PART)
