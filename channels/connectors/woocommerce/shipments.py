"""Parcels reported together: the orders read in one call, written in another, then a note for each customer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from channels.connectors.base import attempt
from channels.connectors.errors import ConnectorError
from channels.connectors.reading import text
from channels.connectors.types import CommandResult, ShipmentPush
from channels.connectors.woocommerce import commands
from channels.connectors.woocommerce.client import Client

_Result = CommandResult | ConnectorError


def push_together(
    client: Client, shipments: Sequence[ShipmentPush], alone: Callable[[ShipmentPush], CommandResult]
) -> list[_Result]:
    """One result per parcel. What is not plain (an order that is gone, closed or refused, a second parcel of the same
    order, a parcel reported before) goes `alone`, after the others.
    """
    found = client.orders_by_id(sorted({each.order_id for each in shipments if each.order_id.isdecimal()}))
    updates: dict[str, tuple[ShipmentPush, Mapping[str, Any]]] = {}
    for each in shipments:
        order = found.get(each.order_id)
        if order is not None and each.order_id not in updates and _is_plain(order, each):
            updates[each.order_id] = (each, {"id": int(each.order_id), **commands.shipment_update(order, each)})
    written = _write(client, list(updates.values())) if updates else {}
    return [
        attempt(alone, each) if each.key not in written else _with_note(client, each, written[each.key])
        for each in shipments
    ]


def _is_plain(order: Mapping[str, Any], shipment: ShipmentPush) -> bool:
    told = any(each.get("key") == shipment.key for each in commands.parcels_of(order))
    return not told and text(order, "status") not in commands.CLOSED


def _write(client: Client, updates: Sequence[tuple[ShipmentPush, Mapping[str, Any]]]) -> dict[str, _Result]:
    """The parcels that were written, or may have been, by key."""
    try:
        answers = client.update_orders([body for _shipment, body in updates])
    except ConnectorError as problem:
        return {} if problem.permanent else {each.key: problem for each, _body in updates}
    done = {text(answer, "id") for answer in answers if "error" not in answer}
    return {each.key: CommandResult(external_id=each.order_id) for each, _body in updates if each.order_id in done}


def _with_note(client: Client, shipment: ShipmentPush, written: _Result) -> _Result:
    """The parcel is new to the shop, so that no note of it can be there yet."""
    note = commands.shipment_note(shipment)
    if isinstance(written, ConnectorError) or not note:
        return written
    try:
        client.create_note(shipment.order_id, note, for_customer=shipment.notify_customer)
    except ConnectorError as problem:
        return problem
    return written
