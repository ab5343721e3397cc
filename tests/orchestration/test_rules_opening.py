"""Opening hours across nights, closures, changes of hour and time zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orchestration.rules.opening import always_open, is_open, opening_hours, opens_at
from orchestration.types import OpeningHours

PARIS = ZoneInfo("Europe/Paris")
SHOP = opening_hours(
    "Europe/Paris",
    {
        "mon": [["14:00", "19:00"]],
        "tue": [["14:00", "19:00"], ["09:30", "12:30"]],
        "fri": [["09:30", "19:00"]],
        "sat": [["20:00", "24:00"]],
        "sun": [["00:00", "02:00"]],
    },
    [(date(2026, 12, 25), date(2027, 1, 3))],
)


def at(day, clock):
    return datetime.combine(date.fromisoformat(day), datetime.strptime(clock, "%H:%M").time(), PARIS)  # noqa: DTZ007 -- the zone is given beside


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at("2026-11-20", "09:29"), at("2026-11-20", "09:30")),
        (at("2026-11-20", "19:00"), at("2026-11-21", "20:00")),
        (at("2026-11-24", "12:30"), at("2026-11-24", "14:00")),
        (at("2026-11-24", "19:00"), at("2026-11-27", "09:30")),
        (at("2026-11-25", "10:00"), at("2026-11-27", "09:30")),
        (at("2026-12-24", "10:00"), at("2027-01-04", "14:00")),
        (at("2026-12-25", "10:00"), at("2027-01-04", "14:00")),
    ],
)
def test_a_closed_place_says_when_it_opens(now, opens):
    assert opens_at(SHOP, now.astimezone(UTC)) == opens
    assert not is_open(SHOP, now)


@pytest.mark.parametrize(
    "now",
    [
        at("2026-11-20", "09:30"),
        at("2026-11-20", "18:59"),
        at("2026-11-24", "09:30"),
        at("2026-11-24", "18:00"),
        at("2026-11-21", "23:59"),
        at("2026-11-22", "00:00"),
        at("2026-11-22", "01:59"),
    ],
)
def test_an_open_place_says_now(now):
    assert opens_at(SHOP, now) == now
    assert is_open(SHOP, now)


def test_the_zone_of_the_place_counts_not_the_one_of_the_clock():
    reunion = opening_hours("Indian/Reunion", {"mon": [["09:00", "10:00"]]})

    assert is_open(reunion, datetime(2026, 11, 23, 5, 30, tzinfo=UTC))
    assert opens_at(reunion, datetime(2026, 11, 23, 8, 30, tzinfo=UTC)) == datetime(2026, 11, 30, 5, 0, tzinfo=UTC)


def test_opening_holds_on_both_sides_of_a_change_of_hour():
    sunday = opening_hours("Europe/Paris", {"sun": [["09:00", "18:00"]]})
    saturday = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)

    assert opens_at(sunday, saturday) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    assert opens_at(sunday, saturday + timedelta(days=210)) == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)


def test_a_place_that_never_opens_and_one_that_never_closes():
    now = at("2026-11-20", "03:00")

    assert opens_at(opening_hours("Europe/Paris", {}), now) is None
    assert opens_at(always_open("Europe/Paris"), now) == now


@pytest.mark.parametrize(
    ("week", "match"),
    [
        ({"monday": [["09:00", "10:00"]]}, "Unknown day 'monday'"),
        ({"mon": [["10:00", "09:00"]]}, "must run forward"),
        ({"mon": [["10:00", "10:00"]]}, "must run forward"),
        ({"mon": [["10", "11h"]]}, "11h"),
        ({"mon": [["10:00"]]}, "unpack"),
    ],
)
def test_hours_that_make_no_sense_are_refused(week, match):
    with pytest.raises(ValueError, match=match):
        opening_hours("Europe/Paris", week)


def test_hours_are_plain_values():
    assert opening_hours("Europe/Paris", {}) == OpeningHours("Europe/Paris", ((),) * 7)
