"""From what happened to an order to what its channel must be told."""

from __future__ import annotations

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
from oms.orders.queries import get_order, lines_of, unit_groups

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from oms.events.types import DeliveredEvent
    from oms.orders.models import OrderLine, UnitGroup

REASONS = {
    "channel": None,
    "customer": CancelReason.CUSTOMER,
    "fraud": CancelReason.FRAUD,
    "no_stock": CancelReason.NO_STOCK,
}


def reports_of(batch: Sequence[DeliveredEvent], *, now: datetime) -> list[ChannelCommand]:
    """One command per event that the channel of its order can be told; what the channel itself did is not told back."""
    made = []
    for event in batch:
        order = get_order(event.subject_id)
        connection = Connection.objects.filter(channel_id=order.channel_id).first()
        if connection is None or event.payload.get("reason") == "channel":
            continue
        lines = {line.pk: line for line in lines_of([order.pk])}
        groups = list(unit_groups([order.pk]))
        kind, payload = _report(event, lines, groups)
        if _can(connection, kind, payload):
            made.append(
                ChannelCommand(
                    connection_id=connection.pk,
                    order_id=order.pk,
                    kind=kind,
                    key=f"{event.id}",
                    payload={"order_id": order.external_id, **payload},
                    due_at=now,
                    created_at=now,
                )
            )
    return made


def _can(connection: Connection, kind: str, payload: dict[str, Any]) -> bool:
    capabilities = connector_class(connection.kind).capabilities
    partial = kind == CommandKind.CANCELLATION and not payload.get("whole")
    return NEEDS[CommandKind(kind)] in capabilities and (not partial or Capability.PARTIAL_CANCELLATION in capabilities)


def _report(
    event: DeliveredEvent, lines: dict[UUID, OrderLine], groups: Sequence[UnitGroup]
) -> tuple[str, dict[str, Any]]:
    if event.kind == UNITS_CANCELLED:
        return CommandKind.CANCELLATION, _cancellation(event, lines, groups)
    mine = [group for group in groups if str(group.pk) in set(event.payload.get("groups", ()))]
    if event.kind == FULFILMENT_READY:
        ready = [group for group in groups if str(group.work_id) == event.payload["fulfilment"]]
        return CommandKind.READY, {"lines": _lines(ready, lines, groups)}
    parcel: dict[str, Any] = next(iter(event.payload.get("parcels", ())), {})
    complete = not any(group.state in OPEN for group in groups)
    return CommandKind.SHIPMENT, {**parcel, "lines": _lines(mine, lines, groups), "complete": complete}


def _lines(
    mine: Sequence[UnitGroup], lines: dict[UUID, OrderLine], groups: Sequence[UnitGroup]
) -> list[dict[str, Any]]:
    quantities: dict[UUID, int] = {}
    for group in mine:
        quantities[group.line_id] = quantities.get(group.line_id, 0) + group.quantity
    return [
        {
            "line_id": lines[line_id].external_id,
            "quantity": quantity,
            "total_shipped": sum(
                group.quantity for group in groups if group.line_id == line_id and group.state in GONE
            ),
        }
        for line_id, quantity in quantities.items()
    ]


def _cancellation(event: DeliveredEvent, lines: dict[UUID, OrderLine], groups: Sequence[UnitGroup]) -> dict[str, Any]:
    units = event.payload["units"]
    whole = all(group.state == UnitState.CANCELLED for group in groups)
    reason = REASONS.get(event.payload["reason"]) or CancelReason.OTHER
    return {
        "whole": whole,
        "reason": str(reason),
        "note": event.payload["reason"],
        "lines": [{"line_id": lines[UUID(each["line"])].external_id, "quantity": each["quantity"]} for each in units],
    }
