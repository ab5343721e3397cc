from datetime import UTC, datetime, timedelta

import pytest

from oms.web.deadlines import Deadline, Urgency

NOW = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)


def due_in(minutes, *, total=None, **fields):
    due = NOW + timedelta(minutes=minutes)
    since = due - timedelta(minutes=total) if total else None
    return Deadline(due, since=since, **fields)


@pytest.mark.parametrize(
    ("deadline", "urgency"),
    [
        (due_in(300), Urgency.OK),
        (due_in(60), Urgency.OK),
        (due_in(59), Urgency.SOON),
        (due_in(0), Urgency.SOON),
        (due_in(-1), Urgency.LATE),
        # Nine hours in all: the last three of them are near.
        (due_in(179, total=540), Urgency.SOON),
        (due_in(181, total=540), Urgency.OK),
        # A quarter of an hour to answer: near at once, and a last call in the last five minutes.
        (due_in(12, total=15, answer=True), Urgency.SOON),
        (due_in(5, total=15, answer=True), Urgency.LATE),
        (due_in(5, total=15), Urgency.SOON),
        (due_in(-30, done=NOW - timedelta(minutes=40)), Urgency.DONE),
    ],
)
def test_urgency(deadline, urgency):
    assert deadline.urgency(NOW) is urgency
