"""The figures of the home page, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from channels.queries import connections, publication_delays
from oms.orders.queries import channels
from orchestration.queries.board import (
    board_counts,
    board_counts_by_channel,
    received_by_channel,
    received_by_hour,
    refusal_counts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from channels.models import Connection
    from channels.types import Delays
    from oms.orders.models import SalesChannel

HOURS = 24
WEEK = timedelta(days=7)
PUBLISHED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """One sales channel today: orders received, and its counts of the board."""

    channel: SalesChannel
    received: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Publishing:
    """How long a channel waits for a change of stock; `delays` is None when nothing was published."""

    connection: Connection
    delays: Delays | None


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page shows. `hours` are the orders of each hour of today, by channel."""

    now: datetime
    midnight: datetime
    received: int
    received_before: int
    counts: Mapping[str, int]
    channels: Sequence[ChannelFigures]
    hours: Mapping[UUID, Sequence[int]]
    hours_before: Sequence[int]
    refusals: Mapping[str, int]
    publishing: Sequence[Publishing]


def home(now: datetime) -> Home:
    """The figures of today, in the active time zone; comparisons are with the same time a week ago."""
    midnight = timezone.make_aware(datetime.combine(timezone.localtime(now).date(), time.min))
    tomorrow = timezone.make_aware(datetime.combine(timezone.localtime(now).date() + timedelta(days=1), time.min))
    received = received_by_channel(since=midnight, until=tomorrow)
    before = received_by_hour(since=midnight - WEEK, until=tomorrow - WEEK)
    by_channel = board_counts_by_channel(now)
    rows = [ChannelFigures(each, received.get(each.pk, 0), by_channel.get(each.pk, {})) for each in channels()]
    return Home(
        now=now,
        midnight=midnight,
        received=sum(received.values()),
        received_before=sum(received_by_channel(since=midnight - WEEK, until=now - WEEK).values()),
        counts=board_counts(now),
        channels=[row for row in rows if row.channel.active or row.received],
        hours=_hours(received_by_hour(since=midnight, until=tomorrow)),
        hours_before=_sum(_hours(before).values()),
        refusals=refusal_counts(now),
        publishing=_publishing(now),
    )


def _hours(found: Mapping[UUID, Mapping[datetime, int]]) -> dict[UUID, list[int]]:
    rows: dict[UUID, list[int]] = {}
    for channel_id, by_hour in found.items():
        row = rows.setdefault(channel_id, [0] * HOURS)
        for hour, count in by_hour.items():
            row[timezone.localtime(hour).hour] += count
    return rows


def _sum(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(hour) for hour in zip([0] * HOURS, *rows, strict=True)]


def _publishing(now: datetime) -> list[Publishing]:
    delays = publication_delays(now - PUBLISHED_WITHIN)
    return [Publishing(each, delays.get(each.pk)) for each in connections()]
