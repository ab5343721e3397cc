"""From what happened to an order to what its channel must be told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from channels.connectors.enums import CancelReason, Capability
from channels.connectors.registry import connector_class
from channels.enums import CommandKind
from channels.models import ChannelCommand, Connection
from channels.services.commands import NEEDS
from oms.events.queries import timeline
from oms.fulfilment.events import FULFILMENT_COLLECTED, FULFILMENT_READY, FULFILMENT_SHIPPED
from oms.orders.enums import GONE, OPEN, UnitState
from oms.orders.events import SUBJECT, UNITS_CANCELLED
from oms.orders.queries import orders, sold_lines, unit_groups, units_by_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from oms.events.models import Event
    from oms.events.types import DeliveredEvent
    from oms.orders.models import UnitGroup
    from oms.orders.queries import SoldLine

REASONS = {
    "channel": None,
    "customer": CancelReason.CUSTOMER,
    "fraud": CancelReason.FRAUD,
    "no_stock": CancelReason.NO_STOCK,
    "not_in_view": CancelReason.NO_STOCK,
}


# What adds up to the units that the channel was told of: a kit has left with the last of its parts, whatever they left with.
SAME = {
    UNITS_CANCELLED: (UNITS_CANCELLED,),
    FULFILMENT_READY: (FULFILMENT_READY,),
    FULFILMENT_SHIPPED: (FULFILMENT_SHIPPED, FULFILMENT_COLLECTED),
    FULFILMENT_COLLECTED: (FULFILMENT_SHIPPED, FULFILMENT_COLLECTED),
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What an order's channel calls it, its lines as they were sold, where the order's units are now, and what happened to it."""

    channel_id: UUID
    external_id: str
    lines: list[SoldLine] = field(default_factory=list)
    groups: list[UnitGroup] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def reports_of(batch: Sequence[DeliveredEvent], *, now: datetime) -> list[ChannelCommand]:
    """One command per event that the channel of its order can be told; what the channel itself did is not told back."""
    told = [event for event in batch if event.payload.get("reason") != "channel"]
    found = _orders({event.subject_id for event in told})
    connected = {
        row.channel_id: row
        for row in Connection.objects.filter(channel_id__in={each.channel_id for each in found.values()})
    }
    made = []
    for event in told:
        order = found[event.subject_id]
        connection = connected.get(order.channel_id)
        if connection is None:
            continue
        kind, payload = _report(event, order)
        if _can(connection, kind, payload) and (payload["lines"] or payload.get("whole")):
            made.append(
                ChannelCommand(
                    connection_id=connection.pk,
                    order_id=event.subject_id,
                    kind=kind,
                    key=f"{event.id}",
                    payload={"order_id": order.external_id, **payload},
                    due_at=now,
                    created_at=now,
                )
            )
    return made


def _orders(order_ids: Collection[UUID]) -> dict[UUID, _Told]:
    rows = orders().filter(pk__in=list(order_ids)).order_by().values_list("pk", "channel_id", "external_id")
    found = {pk: _Told(channel_id, external_id) for pk, channel_id, external_id in rows}
    for sold in sold_lines(found):
        found[sold.row.order_id].lines.append(sold)
    for group in unit_groups(found).select_related(None):
        found[group.order_id].groups.append(group)
    for order_id, order in found.items():
        if any(sold.is_kit for sold in order.lines):
            order.events.extend(timeline(subject_type=SUBJECT, subject_id=order_id))
    return found


def _can(connection: Connection, kind: str, payload: dict[str, Any]) -> bool:
    capabilities = connector_class(connection.kind).capabilities
    partial = kind == CommandKind.CANCELLATION and not payload.get("whole")
    return NEEDS[CommandKind(kind)] in capabilities and (not partial or Capability.PARTIAL_CANCELLATION in capabilities)


def _report(event: DeliveredEvent, order: _Told) -> tuple[str, dict[str, Any]]:
    if event.kind == UNITS_CANCELLED:
        return CommandKind.CANCELLATION, _cancellation(event, order)
    if event.kind == FULFILMENT_READY:
        return CommandKind.READY, {"lines": _moved(event, order)}
    parcel: dict[str, Any] = next(iter(event.payload.get("parcels", ())), {})
    complete = not any(group.state in OPEN for group in order.groups)
    return CommandKind.SHIPMENT, {**parcel, "lines": _moved(event, order), "complete": complete}


def _moved(event: DeliveredEvent, order: _Told) -> list[dict[str, Any]]:
    gone = units_by_line(group for group in order.groups if group.state in GONE)
    return [
        {"line_id": sold.row.external_id, "quantity": quantity, "total_shipped": sold.whole(gone)}
        for sold, quantity in _quantities(event, order)
    ]


def _quantities(event: DeliveredEvent, order: _Told) -> Iterator[tuple[SoldLine, int]]:
    """How many of each line, as it was sold, the event is about: of a kit, those that are whole by it and were not before."""
    earlier: Counter[UUID] = Counter()
    for each in order.events:
        if each.kind in SAME[event.kind] and each.sequence < event.sequence:
            earlier += _units(each.payload)
    together = earlier + _units(event.payload)
    for sold in order.lines:
        quantity = sold.whole(together) - sold.whole(earlier)
        if quantity:
            yield sold, quantity


def _units(payload: Mapping[str, Any]) -> Counter[UUID]:
    units: Counter[UUID] = Counter()
    for each in payload["units"] if "units" in payload else payload["lines"]:
        units[UUID(each["line"])] += each["quantity"]
    return units


def _cancellation(event: DeliveredEvent, order: _Told) -> dict[str, Any]:
    whole = all(group.state == UnitState.CANCELLED for group in order.groups)
    reason = REASONS.get(event.payload["reason"]) or CancelReason.OTHER
    return {
        "whole": whole,
        "reason": str(reason),
        "note": event.payload["reason"],
        "lines": [
            {"line_id": sold.row.external_id, "quantity": quantity} for sold, quantity in _quantities(event, order)
        ],
    }
