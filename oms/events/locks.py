from __future__ import annotations

from typing import TYPE_CHECKING

from oms.events.models import Delivery, InvariantCheck

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def lock_deliveries(ids: Iterable[UUID]) -> list[Delivery]:
    """The deliveries that still exist and nobody else holds, with their events, oldest first."""
    rows = Delivery.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=list(ids), dead_at=None)
    return list(rows.select_related("event").order_by("pk"))


def lock_check(name: str) -> InvariantCheck | None:
    """The monitor's place in an invariant, unless another has it."""
    rows = InvariantCheck.objects.select_for_update(of=("self",), skip_locked=True).filter(name=name)
    return rows.order_by("pk").first()
