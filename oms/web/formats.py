"""Numbers, money and time as people of a language write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from datetime import date

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "CHF": "CHF", "PLN": "zł", "SEK": "kr", "DKK": "kr"}
# ISO 4217 currencies that do not have two decimals.
DECIMALS = {
    "JPY": 0,
    "KRW": 0,
    "CLP": 0,
    "VND": 0,
    "ISK": 0,
    "XOF": 0,
    "XAF": 0,
    "TND": 3,
    "KWD": 3,
    "BHD": 3,
    "JOD": 3,
    "OMR": 3,
}
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
MINUTE, HOUR, DAY = 60, 3600, 86400

# Tokens of the User-Agent header; a browser also names those it descends from, which stand after it here.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def money(amount: Decimal | float, currency: str) -> str:
    """`1 488,00 €` in French, `€1,488.00` in English; the decimals are the currency's own."""
    places = DECIMALS.get(currency, 2)
    exact = Decimal(str(amount)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    figure = formats.number_format(Decimal(abs(exact)), places, force_grouping=True)
    sign = MINUS if exact < 0 else ""
    symbol = SYMBOLS.get(currency, currency)
    if (get_language() or "en").startswith("en"):
        gap = "" if len(symbol) == 1 else NBSP
        return f"{sign}{symbol}{gap}{figure}"
    return f"{sign}{figure}{NBSP}{symbol}"


def number(value: Decimal | float, places: int | None = None) -> str:
    """A number with grouped thousands and a true minus sign, rounded to so many places."""
    if places is not None:
        # Django cuts what is beyond.
        value = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    size: Decimal | float = -value if value < 0 else value
    figure = formats.number_format(size, places, force_grouping=True)
    return f"{MINUS}{figure}" if value < 0 else str(figure)


def percent(share: Decimal | float, places: int = 1) -> str:
    """0.942 becomes `94,2 %` in French and `94.2%` in English."""
    gap = "" if (get_language() or "en").startswith("en") else NBSP
    return f"{number(Decimal(str(share)) * 100, places)}{gap}%"


def duration(span: timedelta) -> str:
    """The two largest units, without a sign: `2 d 07 h`, `1 h 12`, `42 min`, `38 s`. Scripts do the same sum."""
    seconds = int(abs(span.total_seconds()))
    if seconds < MINUTE:
        return _("%(count)s s") % {"count": seconds}
    if seconds < HOUR:
        return _("%(count)s min") % {"count": seconds // MINUTE}
    if seconds < DAY:
        return _("%(hours)s h %(minutes)s") % {"hours": seconds // HOUR, "minutes": f"{seconds % HOUR // MINUTE:02}"}
    return _("%(days)s d %(hours)s h") % {"days": seconds // DAY, "hours": f"{seconds % DAY // HOUR:02}"}


def moment(when: datetime, now: datetime) -> str:
    """Today `10:42`, yesterday `yesterday 16:58`, this year `3 Nov. 09:12`, else the date."""
    local, today = timezone.localtime(when), timezone.localtime(now).date()
    clock = formats.date_format(local, "H:i")
    if local.date() == today:
        return clock
    if local.date() == today - timedelta(days=1):
        return _("yesterday %(time)s") % {"time": clock}
    if local.date() == today + timedelta(days=1):
        return _("tomorrow %(time)s") % {"time": clock}
    if local.year == today.year:
        return f"{formats.date_format(local, 'j N')} {clock}".replace(" ", NBSP)
    return day(local.date())


def exact(when: datetime) -> str:
    """The whole moment with weekday and zone, for titles: `Thu 19 Nov. 2026 10:42:07 CET`."""
    return formats.date_format(timezone.localtime(when), "D j N Y H:i:s T")


def day(value: date) -> str:
    """`19 Nov. 2026`."""
    return formats.date_format(value, "j N Y").replace(" ", NBSP)


def counted(total: int, *, capped: bool = False) -> str:
    """`1 284`, or `10 000+` when the count stopped there."""
    return f"{number(total)}+" if capped else number(total)


def units(count: int) -> str:
    """`1 unit`, `3 units`."""
    return ngettext("%(count)s unit", "%(count)s units", count) % {"count": number(count)}


def browser(user_agent: str) -> str:
    """`Firefox, Windows` of a User-Agent header; its first words where it is no browser that we know."""
    name = next((name for token, name in _BROWSERS if token in user_agent), "")
    system = next((name for token, name in _SYSTEMS if token in user_agent), "")
    return ", ".join(each for each in (name, system) if each) or user_agent[:40]
