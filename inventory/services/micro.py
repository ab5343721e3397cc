from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import CountKind
from inventory.errors import InvalidLine
from inventory.queries.doubts import micro_counts
from inventory.services.counts import create_count
from inventory.types import CountScope
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from inventory.models import StockCount


@transaction.atomic
def create_micro_count(*, location_id: UUID, most: int, now: datetime, actor: Actor = SYSTEM) -> StockCount:
    """Begin a blind count of the SKUs of a location where doubt costs most; they are not proposed again meanwhile.

    Raises InvalidLine where nothing is worth it.
    """
    proposed = micro_counts(now=now, most=most, location_ids=[location_id])
    if not proposed:
        raise InvalidLine(_("Nothing there is worth counting now."))
    return create_count(
        location_id=location_id,
        now=now,
        kind=CountKind.CYCLE,
        scope=CountScope(tuple(line.sku_id for line in proposed[0].lines)),
        note=_("Micro-count"),
        actor=actor,
    )
