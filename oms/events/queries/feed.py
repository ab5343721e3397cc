"""The feed that integrators page through: every event once, although transactions commit out of order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.expressions import RawSQL

from oms.events.models import Event

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class FeedPage:
    """`position` is where the next page begins; it is given even when nothing followed."""

    events: list[Event]
    position: tuple[int, UUID] | None


def feed(*, after: tuple[int, UUID] | None, limit: int, kinds: Collection[str] = ()) -> FeedPage:
    """The next events after a position, oldest first.

    Only those whose transaction can no longer be preceded by one that still runs are shown, so a reader that keeps
    `position` misses nothing and sees nothing twice.
    """
    barrier = RawSQL("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", [])
    rows = Event.objects.filter(transaction__lt=barrier).order_by("transaction", "pk")
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    if after is not None:
        rows = rows.filter(Q(transaction__gt=after[0]) | Q(transaction=after[0], pk__gt=after[1]))
    found = list(rows[:limit])
    return FeedPage(found, (found[-1].transaction, found[-1].pk) if found else after)
