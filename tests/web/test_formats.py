from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from oms.web import formats

NOW = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("language", "amount", "currency", "text"),
    [
        ("en", Decimal("1488.00"), "EUR", "€1,488.00"),
        ("en", Decimal("-12.5"), "GBP", f"{MINUS}£12.50"),
        ("en", Decimal("1488.4"), "JPY", "¥1,488"),
        ("en", Decimal(3), "CHF", f"CHF{NBSP}3.00"),
        ("fr", Decimal("1488.00"), "EUR", f"1{NBSP}488,00{NBSP}€"),
        ("fr", Decimal("-0.125"), "TND", f"{MINUS}0,125{NBSP}TND"),
    ],
)
def test_money(language, amount, currency, text):
    with translation.override(language):
        assert formats.money(amount, currency) == text


@pytest.mark.parametrize(
    ("language", "span", "text"),
    [
        ("en", timedelta(seconds=38), "38 s"),
        ("en", timedelta(minutes=42), "42 min"),
        ("en", timedelta(hours=1, minutes=3), "1 h 03"),
        ("en", timedelta(days=-2, hours=-7), "2 d 07 h"),
        ("fr", timedelta(days=2, hours=7), f"2{NBSP}j{NBSP}07{NBSP}h"),
    ],
)
def test_duration(language, span, text):
    with translation.override(language):
        assert formats.duration(span) == text


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (NOW - timedelta(hours=2), "09:42"),
        (NOW - timedelta(days=1), "yesterday 11:42"),
        (NOW + timedelta(days=1), "tomorrow 11:42"),
        # In Paris it is already the 20th.
        (datetime(2026, 11, 19, 23, 30, tzinfo=UTC), "tomorrow 00:30"),
        (datetime(2026, 3, 3, 8, 12, tzinfo=UTC), f"3{NBSP}March{NBSP}09:12"),
        (datetime(2025, 3, 3, 8, 12, tzinfo=UTC), f"3{NBSP}March{NBSP}2025"),
    ],
)
def test_moment_is_said_in_the_zone_of_the_reader(when, text):
    with timezone.override("Europe/Paris"), translation.override("en"):
        assert formats.moment(when, NOW) == text


def test_numbers_and_shares():
    with translation.override("fr"):
        assert formats.number(-1284) == f"{MINUS}1{NBSP}284"
        assert formats.percent(Decimal("0.942")) == f"94,2{NBSP}%"
        assert formats.counted(10_000, capped=True) == f"10{NBSP}000+"
        assert formats.day(date(2026, 11, 19)) == f"19{NBSP}nov.{NBSP}2026"
    with translation.override("en"):
        assert formats.percent(0.942) == "94.2%"
        assert formats.percent(0.597, 0) == "60%"
        assert (formats.number(Decimal("2.346"), 2), formats.number(-0.001, 2)) == ("2.35", "0.00")


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36",
            "Chrome, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.1; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, macOS"),
        ("curl/8.11.0", "curl/8.11.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_two_words(user_agent, words):
    assert formats.browser(user_agent) == words
