"""Counts, their differences, and what shrinks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from inventory.errors import DocumentNotFound
from inventory.models import CountLine, CountTally, SkuCost, StockCount
from inventory.queries.as_of import refuse_not_kept
from inventory.queries.costs import AVERAGE, HELD, HELD_COST, JOIN_AVERAGE, JOIN_HELD
from oms.database.rows import select

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from django.db.models import QuerySet


class Variance(NamedTuple):
    """What a count found: lines, how many were counted and differ, units and value over and short (at the average cost)."""

    lines: int
    counted: int
    differing: int
    units_over: int
    units_short: int
    value_over: Decimal
    value_short: Decimal
    uncosted: int

    @property
    def units(self) -> int:
        """Net units."""
        return self.units_over + self.units_short

    @property
    def value(self) -> Decimal:
        """Net value."""
        return self.value_over + self.value_short

    @property
    def missing(self) -> int:
        """Lines that nobody counted."""
        return self.lines - self.counted


class Shrinkage(NamedTuple):
    """What left or came for one reason other than trade; value at the SKUs' cost."""

    reason: str
    location: str
    movements: int
    units_lost: int
    units_found: int
    value: Decimal


_VARIANCE = f"""
SELECT count(*), count(l.counted), count(*) FILTER (WHERE l.counted <> l.expected),
       coalesce(sum(l.counted - l.expected) FILTER (WHERE l.counted > l.expected), 0),
       coalesce(sum(l.counted - l.expected) FILTER (WHERE l.counted < l.expected), 0),
       coalesce(sum((l.counted - l.expected) * ({AVERAGE})) FILTER (WHERE l.counted > l.expected), 0),
       coalesce(sum((l.counted - l.expected) * ({AVERAGE})) FILTER (WHERE l.counted < l.expected), 0),
       count(*) FILTER (WHERE l.counted <> l.expected AND ({AVERAGE}) IS NULL)
FROM inventory_countline l JOIN inventory_sku s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id
JOIN inventory_stockcount d ON d.tenant_id = l.tenant_id AND d.id = l.count_id
JOIN inventory_location p ON p.tenant_id = d.tenant_id AND p.id = d.location_id {JOIN_AVERAGE}
WHERE l.tenant_id = %(tenant)s AND l.count_id = %(count)s
"""
# Units that move between two buckets of one level are damaged, not gone: only what leaves on hand for these reasons counts.
SHRINKING = ("COUNT", "SHRINKAGE", "NOT_FOUND", "MISMATCH", "DAMAGE", "ADJUSTMENT")
_SHRINKAGE = f"""
WITH {HELD}
SELECT t.reason, p.name, count(*), coalesce(-sum(t.quantity) FILTER (WHERE t.quantity < 0), 0),
       coalesce(sum(t.quantity) FILTER (WHERE t.quantity > 0), 0), coalesce(sum(t.quantity * {HELD_COST}), 0)
FROM inventory_stockmovement t
JOIN inventory_stocklevel l ON l.tenant_id = t.tenant_id AND l.id = t.level_id
JOIN inventory_location p ON p.tenant_id = l.tenant_id AND p.id = l.location_id
JOIN inventory_sku s ON s.tenant_id = l.tenant_id AND s.id = l.sku_id {JOIN_HELD}
WHERE t.tenant_id = %(tenant)s AND t.recorded_at >= %(since)s AND t.recorded_at < %(until)s
  AND t.bucket IN ('ON_HAND', 'IN_TRANSIT') AND t.reason = ANY(%(reasons)s::text[])
  AND (%(everywhere)s OR l.location_id = ANY(%(places)s::uuid[]))
GROUP BY t.reason, p.name ORDER BY sum(t.quantity * {HELD_COST}), t.reason, p.name
"""


def counts() -> QuerySet[StockCount]:
    """Every count with its location, newest first; `lines`, `counted` and `differing` count its lines."""
    lines = CountLine.objects.filter(count_id=OuterRef("pk")).order_by().values("count_id")

    def number(**where: Any) -> Any:
        return Coalesce(Subquery(lines.annotate(total=Count("pk", **where)).values("total")), 0)

    return (
        StockCount.objects.select_related("location")
        .annotate(
            lines=number(),
            counted=number(filter=Q(counted__isnull=False)),
            differing=number(filter=Q(counted__isnull=False) & ~Q(counted=F("expected"))),
        )
        .order_by("-created_at", "-pk")
    )


def get_count(count_id: UUID) -> StockCount:
    """One count with its location and sums. Raises DocumentNotFound."""
    found = counts().filter(pk=count_id).first()
    if found is None:
        raise DocumentNotFound(_("There is no such count."))
    return found


def count_lines(count_id: UUID) -> QuerySet[CountLine]:
    """The lines of a count with their SKUs, by SKU; `unit_cost` is what a unit costs there."""
    costs = SkuCost.objects.filter(
        sku_id=OuterRef("sku_id"), legal_entity_id=OuterRef("count__location__legal_entity_id")
    ).order_by()
    unit_cost = Case(When(Exists(costs), then=Subquery(costs.values("average"))), default=F("sku__cost"))
    lines = CountLine.objects.filter(count_id=count_id).select_related("sku").annotate(unit_cost=unit_cost)
    return lines.order_by("sku__code", "pk")


def tallies_of(line_ids: Collection[UUID]) -> dict[UUID, list[CountTally]]:
    """Who counted what of these lines, the latest round first."""
    found: dict[UUID, list[CountTally]] = {}
    for row in CountTally.objects.filter(line_id__in=list(line_ids)).order_by("-round", "label", "pk"):
        found.setdefault(row.line_id, []).append(row)
    return found


def counted_by(count_id: UUID, person: str) -> dict[UUID, int]:
    """What a person has counted in the present round of each line."""
    rows = CountTally.objects.filter(line__count_id=count_id, person=person, round=F("line__round"))
    return dict(rows.values_list("line_id").annotate(Sum("quantity")))


def variance_of(count_id: UUID) -> Variance:
    """What a count found so far."""
    return Variance._make(select(_VARIANCE, {"count": count_id})[0])


def shrinkage(*, since: datetime, until: datetime, location_ids: Collection[UUID] | None = None) -> list[Shrinkage]:
    """What was lost and found in a period by reason and place, the costliest loss first. Raises NotKept."""
    parameters = {
        "since": since,
        "until": until,
        "reasons": list(SHRINKING),
        "everywhere": location_ids is None,
        "places": list(location_ids or ()),
    }
    found = [Shrinkage._make(row) for row in select(_SHRINKAGE, parameters)]
    refuse_not_kept(since)
    return found
