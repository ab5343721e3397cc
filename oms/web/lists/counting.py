from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 10_000


def capped_count(queryset: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows there are, counting no further than 10,000; and whether it stopped there."""
    found = queryset.order_by()[: MOST + 1].count()
    return min(found, MOST), found > MOST
