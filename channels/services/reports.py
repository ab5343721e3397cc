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
from oms.fulfilment.events import FULFILMENT_READY
from oms.orders.enums import GONE, OPEN, UnitState
from oms.orders.events import UNITS_CANCELLED
from oms.orders.queries import lines_of, orders, unit_groups

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from oms.events.types import DeliveredEvent
    from oms.orders.models import UnitGroup

REASONS = {
    "channel": None,
    "customer": CancelReason.CUSTOMER,
    "fraud": CancelReason.FRAUD,
    "no_stock": CancelReason.NO_STOCK,
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What an order's channel calls it and its lines, and where the order's units are now."""

    channel_id: UUID
    external_id: str
    lines: dict[UUID, str] = field(default_factory=dict)
    groups: list[UnitGroup] = field(default_factory=list)


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
        if _can(connection, kind, payload):
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
    lines = lines_of(found).order_by().values_list("order_id", "pk", "external_id")
    for order_id, line_id, external_id in lines:
        found[order_id].lines[line_id] = external_id
    for group in unit_groups(found).select_related(None):
        found[group.order_id].groups.append(group)
    return found


def _can(connection: Connection, kind: str, payload: dict[str, Any]) -> bool:
    capabilities = connector_class(connection.kind).capabilities
    partial = kind == CommandKind.CANCELLATION and not payload.get("whole")
    return NEEDS[CommandKind(kind)] in capabilities and (not partial or Capability.PARTIAL_CANCELLATION in capabilities)


def _report(event: DeliveredEvent, order: _Told) -> tuple[str, dict[str, Any]]:
    if event.kind == UNITS_CANCELLED:
        return CommandKind.CANCELLATION, _cancellation(event, order)
    named = set(event.payload.get("groups", ()))
    if event.kind == FULFILMENT_READY:
        ready = [group for group in order.groups if str(group.work_id) == event.payload["fulfilment"]]
        return CommandKind.READY, {"lines": _lines(ready, order)}
    mine = [group for group in order.groups if str(group.pk) in named]
    parcel: dict[str, Any] = next(iter(event.payload.get("parcels", ())), {})
    complete = not any(group.state in OPEN for group in order.groups)
    return CommandKind.SHIPMENT, {**parcel, "lines": _lines(mine, order), "complete": complete}


def _lines(mine: Sequence[UnitGroup], order: _Told) -> list[dict[str, Any]]:
    quantities, shipped = Counter[UUID](), Counter[UUID]()
    for group in mine:
        quantities[group.line_id] += group.quantity
    for group in order.groups:
        if group.state in GONE:
            shipped[group.line_id] += group.quantity
    return [
        {"line_id": order.lines[line_id], "quantity": quantity, "total_shipped": shipped[line_id]}
        for line_id, quantity in quantities.items()
    ]


def _cancellation(event: DeliveredEvent, order: _Told) -> dict[str, Any]:
    whole = all(group.state == UnitState.CANCELLED for group in order.groups)
    reason = REASONS.get(event.payload["reason"]) or CancelReason.OTHER
    return {
        "whole": whole,
        "reason": str(reason),
        "note": event.payload["reason"],
        "lines": [
            {"line_id": order.lines[UUID(each["line"])], "quantity": each["quantity"]}
            for each in event.payload["units"]
        ],
    }
