"""How the connections do: what waits, what is owed, what is not recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from channels.models import Listing, ParkedItem

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts of one connection: parked items, and listings in all, owed a quantity, without a SKU."""

    parked: int = 0
    listings: int = 0
    owed: int = 0
    loose: int = 0


def waiting() -> dict[UUID, Waiting]:
    """What waits at every connection, in two queries; a connection at which nothing waits may be left out."""
    parked = dict(
        ParkedItem.objects.filter(resolved_at=None)
        .order_by()
        .values_list("connection_id")
        .annotate(Count("pk"))
        .values_list("connection_id", "pk__count")
    )
    counted = (
        Listing.objects.filter(withdrawn_at=None)
        .order_by()
        .values("connection_id")
        .annotate(
            listings=Count("pk"),
            owed=Count("pk", filter=Q(dirty_since__isnull=False, sku__isnull=False)),
            loose=Count("pk", filter=Q(sku=None)),
        )
    )
    rows = {row["connection_id"]: row for row in counted}
    return {
        each: Waiting(
            parked.get(each, 0),
            *((rows[each]["listings"], rows[each]["owed"], rows[each]["loose"]) if each in rows else (0, 0, 0)),
        )
        for each in {*parked, *rows}
    }
