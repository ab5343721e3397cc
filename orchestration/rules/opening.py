"""Opening hours: is a location open at an instant, and when does it open next."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from orchestration.types import MINUTES_PER_DAY, Closure, OpeningHours, Slot

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 60


def always_open(time_zone: str) -> OpeningHours:
    """Return the hours of a place that never closes."""
    return OpeningHours(time_zone, ((Slot(0, MINUTES_PER_DAY),),) * len(DAYS))


def opening_hours(
    time_zone: str,
    week: Mapping[str, Sequence[Sequence[str]]],
    closures: Sequence[tuple[date, date]] = (),
) -> OpeningHours:
    """Build hours from `{"mon": [["09:00", "12:30"], ["14:00", "24:00"]], ...}`; a missing day is closed.

    Raises ValueError for an unknown day, a malformed clock or a slot that runs backwards.
    """
    strangers = set(week) - set(DAYS)
    if strangers:
        msg = f"Unknown day {min(strangers)!r}: use {', '.join(DAYS)}."
        raise ValueError(msg)
    slots = tuple(tuple(sorted(map(_slot, week.get(day, ())))) for day in DAYS)
    return OpeningHours(time_zone, slots, tuple(Closure(first, last) for first, last in closures))


def opens_at(hours: OpeningHours, now: datetime) -> datetime | None:
    """Return `now` when open, else the next opening in local time; None when it stays closed for 60 days."""
    zone = zone_of(hours.time_zone)
    return opens_at_local(hours, now, now.astimezone(zone))


def opens_at_local(hours: OpeningHours, now: datetime, local: datetime) -> datetime | None:
    """Do the same with the local time already known: many locations share a zone."""
    today = local.date()
    minute = local.hour * 60 + local.minute
    for offset in range(HORIZON_DAYS + 1):
        day = today + timedelta(days=offset) if offset else today
        if hours.closures and any(closure.first <= day <= closure.last for closure in hours.closures):
            continue
        for slot in hours.week[day.weekday()]:
            if offset or minute < slot.opens:
                return _local(day, slot.opens, local.tzinfo)
            if minute < slot.closes:
                return now
    return None


def is_open(hours: OpeningHours, now: datetime) -> bool:
    return opens_at(hours, now) == now


@cache
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(day: date, minute: int, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)


def _slot(clocks: Sequence[str]) -> Slot:
    opens, closes = clocks
    return Slot(_minutes(opens), _minutes(closes))


def _minutes(clock: str) -> int:
    if clock == "24:00":
        return MINUTES_PER_DAY
    at = time.fromisoformat(clock)
    return at.hour * 60 + at.minute
