from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Min

from oms.fulfilment.enums import OPEN_STATES, FulfilmentState
from oms.fulfilment.errors import FulfilmentNotFound
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet


def fulfilments(location_ids: Collection[UUID] | None = None) -> QuerySet[FulfilmentOrder]:
    """Every fulfilment order with its order, channel and location, newest first; `location_ids` None means all."""
    rows = FulfilmentOrder.objects.select_related("order", "order__channel", "location").order_by("-created_at", "-pk")
    return rows if location_ids is None else rows.filter(location_id__in=location_ids)


def get_fulfilment(fulfilment_id: UUID, location_ids: Collection[UUID] | None = None) -> FulfilmentOrder:
    """One fulfilment order of these locations. Raises FulfilmentNotFound."""
    found = fulfilments(location_ids).filter(pk=fulfilment_id).first()
    if found is None:
        raise FulfilmentNotFound
    return found


def lines_of(fulfilment_ids: Iterable[UUID]) -> QuerySet[FulfilmentLine]:
    """The lines of fulfilment orders with their SKU, in the order of the order's lines."""
    rows = FulfilmentLine.objects.select_related("sku", "line__kit__sku").filter(fulfilment_id__in=list(fulfilment_ids))
    return rows.order_by("fulfilment_id", "line__position", "pk")


def parcels_of(fulfilment_ids: Iterable[UUID]) -> QuerySet[Parcel]:
    """The parcels of fulfilment orders, oldest first."""
    return Parcel.objects.filter(fulfilment_id__in=list(fulfilment_ids)).order_by("shipped_at", "pk")


def queue_sizes(location_id: UUID) -> dict[str, tuple[int, datetime]]:
    """How many open fulfilment orders the location has in each state, and since when the oldest waits."""
    rows = FulfilmentOrder.objects.filter(location_id=location_id, state__in=OPEN_STATES).order_by()
    return {
        row["state"]: (row["count"], row["oldest"])
        for row in rows.values("state").annotate(count=Count("pk"), oldest=Min("created_at"))
    }


def refused_recently(since: datetime) -> int:
    """Fulfilment orders refused or left unanswered since then."""
    return FulfilmentOrder.objects.filter(
        state__in=[FulfilmentState.REFUSED, FulfilmentState.EXPIRED], closed_at__gte=since
    ).count()
