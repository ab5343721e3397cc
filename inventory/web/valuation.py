"""What stock is worth, how fast it turns and how old it is, on screen and as a file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import Clock, GroupBy
from inventory.errors import NotKept
from inventory.queries import stock_ages, stock_turnover, stock_value
from inventory.rules.turnover import AGES
from oms.tenancy.permissions import Permission
from oms.web import formats
from oms.web.fields import DayInput
from oms.web.lists.export import BYTE_ORDER_MARK, as_text, delimiter_of
from oms.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from oms.tenancy.requests import TenantRequest

REFUSED = 422
CENT = Decimal("0.01")
MOST_SHOWN = 500
MOST_DRAWN = 12
PERIOD = timedelta(days=90)
TITLES = (
    ("value", gettext_lazy("Value of the stock")),
    ("turnover", gettext_lazy("Turnover and cover")),
    ("ageing", gettext_lazy("Age of the stock")),
)


@dataclass(frozen=True, slots=True)
class Table:
    """A report: headings, rows of one name and figures, the last row summed where that means something, and its drawing.

    `kinds` says of each column how its figures are written: text, number, money or ratio.
    """

    heads: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    chart: dict[str, Any]
    lines: tuple[tuple[str, str], ...] = ()


class ReportForm(forms.Form):
    """Which report, of when, by what."""

    report = forms.ChoiceField(label=gettext_lazy("Report"), choices=TITLES)
    by = forms.ChoiceField(label=gettext_lazy("By"), choices=GroupBy.choices)
    begin = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput())
    at = forms.DateField(label=gettext_lazy("On"), widget=DayInput())
    clock = forms.ChoiceField(label=gettext_lazy("Reckoned by"), choices=Clock.choices)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        at, begin = given.get("at"), given.get("begin")
        if given.get("report") == "ageing" and given.get("by") == GroupBy.LOCATION:
            self.add_error(
                "by", _("Age is reckoned for a legal entity as a whole: moving a unit does not make it new.")
            )
        if given.get("report") == "turnover" and at and (begin is None or begin > at):
            self.add_error("begin", _("A period begins before it ends, and lasts ten years at most."))
        return given


@page(Permission.STOCK_READ)
def valuation(request: TenantRequest) -> HttpResponse:
    """One report; the end of the day that is chosen is the instant, or now."""
    today = timezone.localdate()
    first = {
        "report": "value",
        "by": str(GroupBy.LEGAL_ENTITY),
        "begin": (today - PERIOD).isoformat(),
        "at": today.isoformat(),
        "clock": str(Clock.RECORDED),
    }
    asked = {name: request.GET.get(name) or value for name, value in first.items()}
    form = ReportForm(asked)
    if not form.is_valid():
        return render(request, "inventory/valuation.html", {"form": form}, status=REFUSED)
    given = form.cleaned_data
    try:
        table = _REPORTS[given["report"]](given, request.tenant.currency)
    except NotKept as refused:
        form.add_error("begin" if given["report"] == "turnover" else "at", refused.message)
        return render(request, "inventory/valuation.html", {"form": form}, status=REFUSED)
    if request.GET.get("export") == "csv":
        return _file(table, f"{given['report']}-{given['at']:%Y-%m-%d}.csv")
    context = {
        "form": form,
        "table": table,
        "rows": [_shown(row, table.kinds, request.tenant.currency) for row in table.rows[:MOST_SHOWN]],
        "columns": list(zip(table.heads, table.kinds, strict=True)),
        "more": len(table.rows) > MOST_SHOWN,
        "title": dict(TITLES)[given["report"]],
    }
    return render(request, "inventory/valuation.html", context)


def _value(given: dict[str, Any], currency: str) -> Table:
    found = stock_value(_end_of(given["at"]), by=GroupBy(given["by"]), clock=Clock(given["clock"]))
    total = sum((row.value for row in found), Decimal(0))
    rows = [
        (row.code, row.name, row.units, row.in_transit, row.quarantined + row.damaged, row.value, row.uncosted)
        for row in sorted(found, key=lambda row: (-row.value, row.code))
    ]
    heads = (
        _("Code"),
        _("Name"),
        _("Units"),
        _("In transit"),
        _("Quarantined or damaged"),
        _("Value"),
        _("Units of no known cost"),
    )
    lines = (
        (_("Value"), formats.money(total, currency)),
        (_("Units"), formats.number(sum(row.units for row in found))),
        (_("Units of no known cost"), formats.number(sum(row.uncosted for row in found))),
    )
    kinds = ("text", "text", "number", "number", "number", "money", "number")
    return Table(heads, kinds, rows, _bars([(row[1] or row[0], row[5]) for row in rows], _("Value")), lines)


def _turnover(given: dict[str, Any], currency: str) -> Table:
    begin, end = _begin_of(given["begin"]), _end_of(given["at"])
    found, means = stock_turnover(begin, end, by=GroupBy(given["by"]), clock=Clock(given["clock"]))
    rows = [
        (row.code, row.name, row.units, row.cost, row.mean_value, row.turnover, row.days_of_cover)
        for row in sorted(found, key=lambda row: (-row.cost, row.code))
    ]
    heads = (
        _("Code"),
        _("Name"),
        _("Units that left"),
        _("Cost"),
        _("Mean value"),
        _("Turnover a year"),
        _("Days of cover"),
    )
    cost = sum((row.cost for row in found), Decimal(0))
    mean = sum((value for _at, value in means), Decimal(0)) / len(means)
    lines = ((_("Cost of what left"), formats.money(cost, currency)), (_("Mean value"), formats.money(mean, currency)))
    chart = {
        "kind": "line",
        "labels": [formats.day(timezone.localtime(at).date()) for at, _worth in means],
        "series": [{"name": _("Value"), "values": [float(worth) for _at, worth in means]}],
    }
    return Table(heads, ("text", "text", "number", "money", "money", "ratio", "ratio"), rows, chart, lines)


def _ageing(given: dict[str, Any], _currency: str) -> Table:
    found = stock_ages(_end_of(given["at"]), by=GroupBy(given["by"]), clock=Clock(given["clock"]))
    days = [0, *(age.days for age in AGES)]
    spans = [_("%(begin)s to %(end)s days") % {"begin": begin, "end": end} for begin, end in pairwise(days)]
    spans.append(_("over %(days)s days") % {"days": days[-1]})
    rows = [(row.code, row.name, *row.values) for row in sorted(found, key=lambda row: (-sum(row.values), row.code))]
    totals = [sum((row.values[place] for row in found), Decimal(0)) for place in range(len(spans))]
    kinds = ("text", "text", *("money" for _span in spans))
    return Table((_("Code"), _("Name"), *spans), kinds, rows, _bars(list(zip(spans, totals, strict=True)), _("Value")))


_REPORTS: dict[str, Callable[[dict[str, Any], str], Table]] = {
    "value": _value,
    "turnover": _turnover,
    "ageing": _ageing,
}


def _bars(pairs: Sequence[tuple[str, Decimal]], name: str) -> dict[str, Any]:
    drawn = pairs[:MOST_DRAWN]
    return {
        "kind": "bar",
        "labels": [str(label) for label, _value in drawn],
        "series": [{"name": name, "values": [float(value) for _label, value in drawn]}],
    }


def _begin_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _end_of(day: date) -> datetime:
    return _begin_of(day + timedelta(days=1))


def _shown(row: Sequence[Any], kinds: Sequence[str], currency: str) -> list[tuple[str, str]]:
    """Each cell as it is written, with its kind."""
    return [(_written(value, kind, currency), kind) for value, kind in zip(row, kinds, strict=True)]


def _written(value: Any, kind: str, currency: str) -> str:
    if value is None:
        return "\N{EM DASH}"
    if kind == "money":
        return formats.money(value, currency)
    return str(value) if kind == "text" else formats.number(value)


def _file(table: Table, name: str) -> HttpResponse:
    language = translation.get_language() or "en"
    buffer = io.StringIO()
    buffer.write(BYTE_ORDER_MARK)
    writer = csv.writer(buffer, delimiter=delimiter_of(language))
    writer.writerow(table.heads)
    for row in table.rows:
        cells = (_rounded(value) if kind == "money" else value for value, kind in zip(row, table.kinds, strict=True))
        writer.writerow([as_text(value, language) for value in cells])
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(buffer.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
