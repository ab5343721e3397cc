"""What a refusal's declared reason does to the stock that could not be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from inventory.enums import Bucket, MovementReason
from inventory.models import StockLevel
from inventory.services.ledger import apply_deltas
from inventory.types import Delta
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


@transaction.atomic(savepoint=False)
def write_off(
    *,
    location_id: UUID,
    quantities: Mapping[UUID, int],
    reason: str,
    cause_type: str,
    cause_id: str,
    actor: Actor = SYSTEM,
) -> None:
    """Take units that a location does not really have, or cannot sell, off what is on hand; call after their release.

    NOT_FOUND empties the level: what is left there is doubtful. MISMATCH takes the quantity. DAMAGE and DISPLAY move it
    to the damaged and the quarantined bucket. The common stock goes first, then what is ring-fenced. No level falls under
    zero: a smaller level is emptied. What others have reserved there stays theirs: the location says itself what it gives up.
    """
    levels = StockLevel.objects.filter(location_id=location_id, sku_id__in=list(quantities)).select_for_update(
        no_key=True
    )
    left = dict(quantities)
    deltas = []
    for level in levels.order_by("sku_id", "location_id", "pool"):
        off = level.on_hand if reason == MovementReason.NOT_FOUND else min(level.on_hand, left[level.sku_id])
        left[level.sku_id] -= off
        deltas.append(Delta(level.pk, Bucket.ON_HAND, -off, reason, cause_type, cause_id))
        kept_as = {MovementReason.DAMAGE: Bucket.DAMAGED, MovementReason.DISPLAY: Bucket.QUARANTINED}.get(
            MovementReason(reason)
        )
        if kept_as:
            deltas.append(Delta(level.pk, kept_as, off, reason, cause_type, cause_id))
    apply_deltas(deltas=deltas, actor=actor, tell_short=False)
