"""What a list can be narrowed by. Several values of one filter mean or; different filters mean and."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.web import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet
    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

    from oms.tenancy.requests import TenantRequest

Pairs = tuple[tuple[str, str], ...]
MOST_VALUES = 50
LONGEST_VALUE = 200


class BadValue(Exception):
    """A value in the address means nothing; the message says which."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a filter reads: the address, who asks, and when."""

    params: QueryDict
    request: TenantRequest
    now: datetime


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice. `where` narrows by itself, and may depend on the present moment."""

    value: str
    label: StrOrPromise
    where: Q | Callable[[datetime], Q] | None = None
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Active:
    """A filter in use: its part of the address, what it says, and what it does to the query."""

    key: str
    label: StrOrPromise
    pairs: Pairs
    words: str
    narrow: Callable[[QuerySet[Any]], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Filter(ABC):
    """One thing a list can be narrowed by; `key` is its name in the address."""

    key: str
    label: StrOrPromise

    template: ClassVar[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters of the address that belong to this filter."""
        return (self.key,)

    @abstractmethod
    def read(self, asked: Asked) -> Active | None:
        """What the address asks of this filter, None when nothing. Raises BadValue."""

    @abstractmethod
    def widget(self, asked: Asked) -> dict[str, Any]:
        """What the filter's template needs to show its present values."""

    def _where(self, pairs: Pairs, words: str, where: Q) -> Active:
        return Active(self.key, self.label, pairs, words, lambda queryset: queryset.filter(where))


@dataclass(frozen=True, slots=True)
class ChoiceFilter(Filter):
    """One or several values of a known set: states, channels, locations."""

    options: Sequence[Option] | Callable[[TenantRequest], Sequence[Option]] = ()
    field: str = ""

    template: ClassVar[str] = "web/list/filters/choice.html"

    def read(self, asked: Asked) -> Active | None:
        values = list(dict.fromkeys(value for value in asked.params.getlist(self.key) if value))[:MOST_VALUES]
        if not values:
            return None
        known = {option.value: option for option in self._options(asked.request)}
        unknown = [value for value in values if value not in known]
        if unknown:
            raise BadValue(_("%(filter)s has no value “%(value)s”.") % {"filter": self.label, "value": unknown[0][:40]})
        chosen = [known[value] for value in values]
        words = ", ".join(str(option.label) for option in chosen)
        return self._where(tuple((self.key, value) for value in values), words, self._condition(chosen, asked.now))

    def widget(self, asked: Asked) -> dict[str, Any]:
        values = set(asked.params.getlist(self.key))
        return {"options": [(option, option.value in values) for option in self._options(asked.request)]}

    def _options(self, request: TenantRequest) -> Sequence[Option]:
        return self.options(request) if callable(self.options) else self.options

    def _condition(self, chosen: Sequence[Option], now: datetime) -> Q:
        plain = [option.value for option in chosen if option.where is None]
        conditions = [
            option.where(now) if callable(option.where) else option.where
            for option in chosen
            if option.where is not None
        ]
        if plain:
            conditions.append(Q(**{f"{self.field}__in": plain}))
        return reduce(or_, conditions)


PRESETS: tuple[tuple[str, StrOrPromise], ...] = (
    ("today", gettext_lazy("today")),
    ("yesterday", gettext_lazy("yesterday")),
    ("7d", gettext_lazy("last 7 days")),
    ("30d", gettext_lazy("last 30 days")),
    ("month", gettext_lazy("this month")),
)


@dataclass(frozen=True, slots=True)
class DateFilter(Filter):
    """A period, by a preset or by its first and last day, in the zone of the request."""

    field: str = ""

    template: ClassVar[str] = "web/list/filters/date.html"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key, f"{self.key}_from", f"{self.key}_to")

    def read(self, asked: Asked) -> Active | None:
        preset, first, last = (asked.params.get(name, "") for name in self.names)
        if first or last:
            return self._between(first, last)
        if not preset:
            return None
        if preset not in dict(PRESETS):
            raise BadValue(_("%(filter)s has no period “%(value)s”.") % {"filter": self.label, "value": preset[:40]})
        begin, end = preset_days(preset, timezone.localtime(asked.now).date())
        return self._where(((self.key, preset),), str(dict(PRESETS)[preset]), self._days(begin, end))

    def widget(self, asked: Asked) -> dict[str, Any]:
        preset, first, last = (asked.params.get(name, "") for name in self.names)
        return {"presets": PRESETS, "preset": "" if first or last else preset, "first": first, "last": last}

    def _between(self, first: str, last: str) -> Active:
        begin, end = self._date(first), self._date(last)
        pairs = tuple((name, value) for name, value in zip(self.names[1:], (first, last), strict=True) if value)
        if begin and end:
            words = _("%(first)s to %(last)s") % {"first": formats.day(begin), "last": formats.day(end)}
        elif begin:
            words = _("from %(first)s") % {"first": formats.day(begin)}
        else:
            words = _("until %(last)s") % {"last": formats.day(end) if end else ""}
        return self._where(pairs, words, self._days(begin, end))

    def _date(self, text: str) -> date | None:
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise BadValue(
                _("%(filter)s: “%(value)s” is not a date.") % {"filter": self.label, "value": text[:40]}
            ) from None

    def _days(self, begin: date | None, end: date | None) -> Q:
        where = Q()
        if begin is not None:
            where &= Q(**{f"{self.field}__gte": _midnight(begin)})
        if end is not None:
            where &= Q(**{f"{self.field}__lt": _midnight(end + timedelta(days=1))})
        return where


def preset_days(preset: str, today: date) -> tuple[date, date]:
    """The first and last day of a preset period."""
    yesterday = today - timedelta(days=1)
    return {
        "today": (today, today),
        "yesterday": (yesterday, yesterday),
        "7d": (today - timedelta(days=6), today),
        "30d": (today - timedelta(days=29), today),
        "month": (today.replace(day=1), today),
    }[preset]


def _midnight(value: date) -> datetime:
    return timezone.make_aware(datetime.combine(value, time.min))


@dataclass(frozen=True, slots=True)
class RangeFilter(Filter):
    """A number between two bounds, each of which may be left out."""

    field: str = ""
    unit: StrOrPromise = ""

    template: ClassVar[str] = "web/list/filters/range.html"

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.key}_min", f"{self.key}_max")

    def read(self, asked: Asked) -> Active | None:
        pairs = tuple((name, value) for name in self.names if (value := asked.params.get(name, "").strip()))
        if not pairs:
            return None
        bounds = {name: self._number(value) for name, value in pairs}
        least, most = (bounds.get(name) for name in self.names)
        where = Q()
        if least is not None:
            where &= Q(**{f"{self.field}__gte": least})
        if most is not None:
            where &= Q(**{f"{self.field}__lte": most})
        return self._where(pairs, self._words(least, most), where)

    def widget(self, asked: Asked) -> dict[str, Any]:
        least, most = (asked.params.get(name, "") for name in self.names)
        return {"least": least, "most": most, "unit": self.unit}

    def _number(self, text: str) -> Decimal:
        try:
            found = Decimal(text.replace(",", ".").replace("\N{NO-BREAK SPACE}", ""))
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite():
            raise BadValue(_("%(filter)s: “%(value)s” is not a number.") % {"filter": self.label, "value": text[:40]})
        return found

    def _words(self, least: Decimal | None, most: Decimal | None) -> str:
        shown = [f"{formats.number(bound)} {self.unit}".strip() if bound is not None else "" for bound in (least, most)]
        if least is not None and most is not None:
            return _("%(least)s to %(most)s") % {"least": shown[0], "most": shown[1]}
        return (
            _("at least %(least)s") % {"least": shown[0]}
            if least is not None
            else _("at most %(most)s") % {"most": shown[1]}
        )


@dataclass(frozen=True, slots=True)
class TextFilter(Filter):
    """Free text; commas separate values. `where` makes the condition of one value, else it is equality."""

    field: str = ""
    where: Callable[[str], Q] | None = None
    placeholder: StrOrPromise = ""

    template: ClassVar[str] = "web/list/filters/text.html"

    def read(self, asked: Asked) -> Active | None:
        text = asked.params.get(self.key, "").strip()[:LONGEST_VALUE]
        values = [part.strip() for part in text.split(",") if part.strip()][:MOST_VALUES]
        if not values:
            return None
        condition = reduce(or_, (self.where(v) if self.where else Q(**{self.field: v}) for v in values))
        return self._where(((self.key, ",".join(values)),), ", ".join(values), condition)

    def widget(self, asked: Asked) -> dict[str, Any]:
        return {"value": asked.params.get(self.key, ""), "placeholder": self.placeholder}
