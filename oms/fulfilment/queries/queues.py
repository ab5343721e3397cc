"""What waits at locations, for the people who do the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, Count, F, Sum, When

from oms.fulfilment.enums import OPEN_STATES, REFUSABLE, FulfilmentState
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.queries.fulfilments import fulfilments

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from django.db.models import QuerySet


def queue(location_id: UUID, states: Collection[str]) -> QuerySet[FulfilmentOrder]:
    """The location's work in these states, the nearest deadline first; what waits for its customer comes last, oldest first."""
    due = Case(
        When(state=FulfilmentState.TO_ACCEPT, then=F("accept_by")),
        When(state=FulfilmentState.READY_TO_COLLECT, then=None),
        default=F("ready_by"),
    )
    rows = fulfilments([location_id]).filter(state__in=list(states))
    return rows.order_by(due.asc(nulls_last=True), F("ready_at").asc(nulls_first=True), "pk")


def open_work(location_ids: Collection[UUID] | None = None) -> dict[UUID, dict[str, int]]:
    """How many open fulfilment orders each location has by state; `location_ids` None means all."""
    rows = FulfilmentOrder.objects.filter(state__in=OPEN_STATES).order_by()
    if location_ids is not None:
        rows = rows.filter(location_id__in=location_ids)
    found: dict[UUID, dict[str, int]] = {}
    for row in rows.values("location_id", "state").annotate(count=Count("pk")):
        found.setdefault(row["location_id"], {})[row["state"]] = row["count"]
    return found


def unpicked_elsewhere(fulfilment: FulfilmentOrder, sku_ids: Collection[UUID]) -> dict[UUID, dict[UUID, int]]:
    """Units of these SKUs that the location's other open work has not picked, by fulfilment order and SKU."""
    rows = FulfilmentLine.objects.filter(
        fulfilment__location_id=fulfilment.location_id,
        fulfilment__state__in=REFUSABLE,
        sku_id__in=list(sku_ids),
        quantity__gt=F("picked"),
    ).exclude(fulfilment_id=fulfilment.pk)
    found: dict[UUID, dict[UUID, int]] = {}
    for row in rows.order_by().values("fulfilment_id", "sku_id").annotate(left=Sum(F("quantity") - F("picked"))):
        found.setdefault(row["fulfilment_id"], {})[row["sku_id"]] = row["left"]
    return found
