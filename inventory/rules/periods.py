"""The periods at whose ends balances are kept, and the instants that stand for a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAYS_KEPT = timedelta(days=62)


def day_end(at: datetime) -> datetime:
    """The last end of a day, in UTC, that is not after a moment."""
    return datetime.combine(at.astimezone(UTC).date(), datetime.min.time(), UTC)


def month_end(at: datetime) -> datetime:
    """The last end of a month, in UTC, that is not after a moment."""
    return day_end(at).replace(day=1)


def period_end(after: datetime, *, upto: datetime) -> datetime:
    """The end of the period that begins at a moment: of its month as long as that is long before `upto`, then of its day."""
    month = month_end(month_end(after) + timedelta(days=31))
    return month if month <= upto - DAYS_KEPT else day_end(after) + timedelta(days=1)


def sample_instants(begin: datetime, end: datetime) -> list[datetime]:
    """The instants whose values make the mean of a period: its beginning, each end of a month within, its end."""
    instants = [begin]
    while (month := month_end(month_end(instants[-1]) + timedelta(days=31))) < end:
        instants.append(month)
    return [*instants, end]
