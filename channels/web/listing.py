"""The list of channels."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from channels.enums import ConnectionState
from channels.queries import connections, publication_delays
from channels.queries.health import Waiting, waiting
from channels.web.looks import delay, is_late, kind_label, state_pill
from channels.web.told import told
from oms.tenancy.permissions import Permission
from oms.web import elements, formats
from oms.web.lists import Button, ChoiceFilter, Column, Empty, ListSpec, Option, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from channels.models import Connection
    from channels.types import Delays
    from oms.tenancy.requests import TenantRequest

MEASURED_OVER = timedelta(hours=24)


def attach_health(rows: list[Connection]) -> None:
    """Read what waits and the delays of all rows at once."""
    counts, delays = waiting(), publication_delays(timezone.now() - MEASURED_OVER)
    for row in rows:
        vars(row).update(waiting=counts.get(row.pk, Waiting()), delays=delays.get(row.pk))


def waiting_of(row: Connection) -> Waiting:
    """What `attach_health` read."""
    return cast("Waiting", vars(row)["waiting"])


def delays_of(row: Connection) -> Delays | None:
    return cast("Delays | None", vars(row)["delays"])


def _channel_cell(row: Connection) -> SafeString:
    return elements.channel(row.channel.name, colour=row.channel.colour)


def _delay_cell(row: Connection) -> SafeString:
    found = delays_of(row)
    if found is None:
        return elements.NOTHING
    return format_html(
        '{} / <span class="{}">{}</span>', delay(found.p50), "bt-t-bad" if is_late(found.p95) else "", delay(found.p95)
    )


def _count_cell(count: int, tone: str) -> SafeString:
    if not count:
        return elements.NOTHING
    return format_html('<b class="bt-t-{}">{}</b>', tone, formats.number(count))


def _error_cell(row: Connection) -> SafeString:
    if not row.last_error:
        return elements.NOTHING
    return format_html(
        '<span class="bt-truncate" title="{}">{}</span> <span class="bt-3">{}</span>',
        told(row.last_error),
        told(row.last_error)[:80],
        elements.time_of(row.last_error_at),
    )


def page_of(row: Connection) -> str:
    """The page of a connection."""
    return reverse("channels:page", args=[row.pk])


def _noun(count: int, figure: str) -> str:
    return ngettext("%(count)s channel", "%(count)s channels", count) % {"count": figure}


CONNECT = Button(
    _("Connect a channel"), "channels:new", icon="plus", permission=Permission.CHANNELS_WRITE, primary=True
)
COLUMNS: tuple[Column[Connection], ...] = (
    Column("channel", _("Channel"), value=lambda c: c.channel.name, cell=_channel_cell, sort="channel__position"),
    Column("kind", _("Connector"), value=lambda c: kind_label(c.kind), priority=2),
    Column(
        "state",
        _("State"),
        value=lambda c: str(ConnectionState(c.state).label),
        cell=lambda c: state_pill(c, quiet=True),
    ),
    Column("polled", _("Last poll"), value=lambda c: c.last_polled_at, priority=2),
    Column(
        "delay",
        _("Publication, p50 / p95 over 24 h"),
        value=lambda c: delay(found.p95) if (found := delays_of(c)) else "",
        cell=_delay_cell,
        short=_("Publication"),
        align="right",
        priority=2,
    ),
    Column(
        "parked",
        _("Parked orders"),
        value=lambda c: waiting_of(c).parked,
        cell=lambda c: _count_cell(waiting_of(c).parked, "bad"),
        short=_("Parked"),
        align="right",
    ),
    Column(
        "owed",
        _("Listings that are owed a quantity"),
        value=lambda c: waiting_of(c).owed,
        cell=lambda c: _count_cell(waiting_of(c).owed, "warn"),
        short=_("Owed"),
        align="right",
        phone=False,
    ),
    Column("error", _("Last error"), value=lambda c: told(c.last_error), cell=_error_cell, priority=3, wide=True),
)
CHANNELS = ListSpec(
    key="channels",
    title=_("Channels"),
    columns=COLUMNS,
    default_sort="channel",
    filters=(
        ChoiceFilter(
            "state",
            _("State"),
            options=tuple(Option(value, label) for value, label in ConnectionState.choices),
            field="state",
        ),
    ),
    buttons=(CONNECT,),
    row_label=lambda row: row.channel.name,
    row_url=page_of,
    prepare=attach_health,
    noun=_noun,
    empty=Empty(
        _("No channel yet"),
        _("Connect a shop or a marketplace: its orders arrive within seconds, and its stock follows yours."),
        icon="plug",
        action=CONNECT,
    ),
)


@page(Permission.CHANNELS_READ)
def channel_list(request: TenantRequest) -> HttpResponseBase:
    """Every connection and how it does."""
    return render_list(request, CHANNELS, connections())
