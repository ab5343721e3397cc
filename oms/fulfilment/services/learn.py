"""What the work of a location showed about its stock."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from inventory.enums import Evidence
from inventory.services import learn
from inventory.types import Observed
from oms.events.queries import events
from oms.fulfilment.enums import StockEffect
from oms.fulfilment.events import FULFILMENT_PACKED, FULFILMENT_REFUSED, SUBJECT
from oms.fulfilment.models import FulfilmentLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from oms.events.types import DeliveredEvent


def learn_from_work(*, batch: Sequence[DeliveredEvent]) -> list[UUID]:
    """Take packed and refused work into account, a SKU of a fulfilment order once; return the SKUs that were learned of.

    What was packed whole was there. What was refused because it could not be had was not, and then the rest of that SKU in
    the same parcel shows nothing more. A look at the shelf that several orders give up for is one.
    """
    packed = [event for event in batch if event.kind == FULFILMENT_PACKED]
    missing = [
        Observed(sku_id, place, Evidence.MISSING, f"missing:{work}:{sku_id}", event.recorded_at)
        for event in batch
        if event.kind == FULFILMENT_REFUSED and not event.payload.get("cascaded")
        for work, place, sku_id in _not_to_be_had(event.payload)
    ]
    return learn(observations=[*missing, *_picked_whole(packed)])


def _not_to_be_had(payload: Mapping[str, Any]) -> Iterable[tuple[str, UUID, UUID]]:
    if payload.get("effect", StockEffect.NONE) == StockEffect.NONE:
        return ()
    return [(payload["fulfilment"], UUID(payload["location"]), UUID(sku)) for sku in payload["skus"]]


def _picked_whole(packed: Sequence[DeliveredEvent]) -> list[Observed]:
    if not packed:
        return []
    refused = events().filter(
        subject_type=SUBJECT, subject_id__in={event.subject_id for event in packed}, kind=FULFILMENT_REFUSED
    )
    short = {
        (work, sku)
        for payload in refused.values_list("payload", flat=True)
        for work, _at, sku in _not_to_be_had(payload)
    }
    lines: dict[str, set[UUID]] = {}
    work_ids = [event.payload["fulfilment"] for event in packed]
    for work, sku_id in FulfilmentLine.objects.filter(fulfilment_id__in=work_ids, picked__gt=0).values_list(
        "fulfilment_id", "sku_id"
    ):
        lines.setdefault(str(work), set()).add(sku_id)
    return [
        Observed(sku_id, UUID(event.payload["location"]), Evidence.PICKED, f"picked:{work}:{sku_id}", event.recorded_at)
        for event in packed
        for work in [event.payload["fulfilment"]]
        for sku_id in sorted(lines.get(work, ()))
        if (work, sku_id) not in short
    ]
