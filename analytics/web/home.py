"""The home page: what came in, what asks for action, how fast stock reaches the channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from analytics.queries import home as figures
from analytics.web.chart import hours_chart
from oms.fulfilment.enums import RefusalReason
from oms.orders.enums import OrderStatus
from oms.tenancy.permissions import Permission
from oms.web import formats
from oms.web.navigation import address, start_page
from oms.web.pages import page
from orchestration.queries.board import Alert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse
    from django.utils.safestring import SafeString
    from django_stubs_ext import StrOrPromise

    from analytics.queries import Home, Publishing
    from oms.orders.models import SalesChannel
    from oms.tenancy.requests import TenantRequest

TARGET = timedelta(minutes=5)
MINUTES = 60
# The figures of every channel and of all: the key of the board, and the part of the list's address that counts it.
FIGURES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (Alert.LATE, (("alert", "late"),)),
    (Alert.TO_ACCEPT, (("alert", "to_accept"),)),
    (OrderStatus.UNROUTABLE, (("status", "UNROUTABLE"),)),
    (Alert.REFUSED, (("alert", "refused"),)),
    (OrderStatus.HELD, (("status", "HELD"),)),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the list that it counts."""

    value: int
    href: str
    id: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """One card: a number, how it compares, and its course."""

    label: str
    value: str
    href: str
    id: str
    delta: str = ""
    trend: str = ""
    tone: str = ""
    note: str = ""
    points: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class ChannelRow:
    channel: SalesChannel
    figures: list[Figure]


@dataclass(frozen=True, slots=True)
class RefusalRow:
    label: StrOrPromise
    figure: Figure
    share: float
    of_most: float


@dataclass(frozen=True, slots=True)
class PublishingRow:
    """One channel's delays in words, and whether they keep the target."""

    channel: SalesChannel
    href: str
    median: str
    p95: str
    state: str
    pushes: int


@page(None)
def home_page(request: TenantRequest) -> HttpResponse:
    """The start of the back office; whoever works in a store starts in the store app instead."""
    if not request.access.may(Permission.ORDERS_READ):
        return redirect(address("store:home") or start_page(request.access))
    found = figures(timezone.now())
    context = {
        "now": found.now,
        "kpis": kpis_of(found),
        "heads": [_("Today"), _("Late"), _("To accept"), _("Unroutable"), _("Refused"), _("On hold")],
        "rows": [_channel_row(each.channel, each.received, each.counts) for each in found.channels],
        "chart": _chart(found),
        "legend": [each.channel for each in found.channels if each.channel.pk in found.hours],
        "hours": _hours_table(found),
        "dotted": any(found.hours_before),
        "refusals": refusals_of(found),
        "refusal_total": sum(found.refusals.values()),
        "publishing": [publishing_of(each) for each in found.publishing]
        if request.access.may(Permission.CHANNELS_READ)
        else [],
    }
    return render(request, "home/home.html#board" if request.htmx else "home/home.html", context)


def orders_href(*pairs: tuple[str, str]) -> str:
    """The order list, narrowed."""
    return f"{reverse('orders:list')}?{urlencode(pairs)}"


def kpis_of(found: Home) -> list[Kpi]:
    """The six cards."""
    labels = (_("Late"), _("To accept"), _("Unroutable"), _("Refused by a location"), _("On hold"))
    notes = (
        _("the deadline is over"),
        _("a location must answer"),
        _("a person must place them"),
        _("and not finished since"),
        _("payment awaited, or held"),
    )
    today = (("received", "today"),)
    total = [sum(hour) for hour in zip(*found.hours.values(), strict=True)] if found.hours else []
    whole_hours = total[: timezone.localtime(found.now).hour]
    delta, trend = delta_of(found.received, found.received_before)
    note = _("than a week ago at this time") if delta else ""
    cards = [
        Kpi(
            _("Orders today"),
            formats.number(found.received),
            orders_href(*today),
            "kpi-received",
            delta,
            trend,
            note=note,
            points=whole_hours if len(whole_hours) > 1 else (),
        )
    ]
    for (key, pairs), label, what in zip(FIGURES, labels, notes, strict=True):
        cards.append(
            Kpi(label, formats.number(found.counts[key]), orders_href(*pairs), f"kpi-{key.lower()}", note=what)
        )
    return cards


def delta_of(now: int, before: int) -> tuple[str, str]:
    """How a number compares with an earlier one, in percent; nothing without an earlier one."""
    if not before:
        return "", ""
    change = round((now - before) / before, 2)
    sign = "+" if change > 0 else ""
    return f"{sign}{formats.percent(change, 0)}", "up" if change > 0 else "down" if change < 0 else "flat"


def _channel_row(channel: SalesChannel, received: int, counts: object) -> ChannelRow:
    known = counts if isinstance(counts, dict) else {}
    mine = ("channel", str(channel.pk))
    cells = [Figure(received, orders_href(mine, ("received", "today")), f"{channel.code}-received")]
    for key, pairs in FIGURES:
        cells.append(Figure(known.get(key, 0), orders_href(*pairs, mine), f"{channel.code}-{key.lower()}"))
    return ChannelRow(channel, cells)


def _chart(found: Home) -> SafeString | None:
    if not found.hours:
        return None
    local = timezone.localtime(found.now)
    series = [
        (each.channel.colour, found.hours[each.channel.pk]) for each in found.channels if each.channel.pk in found.hours
    ]
    return hours_chart(
        series, found.hours_before, hour=local.hour + local.minute / MINUTES, clock=date_format(local, "H:i")
    )


def _hours_table(found: Home) -> list[tuple[str, list[int], int, int]]:
    """The chart's figures: each hour that has some, by channel, in all, and a week ago."""
    shown = [found.hours[each.channel.pk] for each in found.channels if each.channel.pk in found.hours]
    rows = []
    for hour, before in enumerate(found.hours_before):
        values = [series[hour] for series in shown]
        if any(values) or before:
            rows.append((_("%(hour)s h") % {"hour": hour}, values, sum(values), before))
    return rows


def refusals_of(found: Home) -> list[RefusalRow]:
    """Why locations refused, the most frequent reason first."""
    total, most = sum(found.refusals.values()), max(found.refusals.values(), default=0)
    return [
        RefusalRow(
            RefusalReason(reason).label,
            Figure(count, orders_href(("refusal", reason)), f"refusal-{reason.lower()}"),
            round(count / total, 2),
            100 * count / most,
        )
        for reason, count in found.refusals.items()
    ]


def publishing_of(each: Publishing) -> PublishingRow:
    """A channel's delays in words."""
    delays, connection = each.delays, each.connection
    href = reverse("channels:page", args=[connection.pk])
    if delays is None or delays.p50 is None or delays.p95 is None:
        state = "ok" if connection.state == "ACTIVE" else "paused" if connection.state == "PAUSED" else "failed"
        return PublishingRow(connection.channel, href, "", "", state, 0)
    late = timedelta(milliseconds=delays.p95) > TARGET
    state = {"PAUSED": "paused", "REFUSED": "failed"}.get(connection.state, "late" if late else "ok")
    return PublishingRow(
        connection.channel, href, delay_words(delays.p50), delay_words(delays.p95), state, delays.count
    )


def delay_words(milliseconds: float) -> str:
    """`0,8 s` under ten seconds, else as any duration."""
    if milliseconds < 10_000:  # noqa: PLR2004 -- below ten seconds one decimal is worth reading
        return _("%(count)s s") % {"count": formats.number(round(milliseconds / 1000, 1), 1)}
    return formats.duration(timedelta(milliseconds=milliseconds))
