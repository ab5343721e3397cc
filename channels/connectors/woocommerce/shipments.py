"""Parcels reported together: the orders read in one call, written in another, then a note for each customer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from channels.connectors.base import attempt
from channels.connectors.errors import ConnectorError
from channels.connectors.reading import records, text
from channels.connectors.types import CommandResult, ShipmentPush
from channels.connectors.woocommerce import commands
from channels.connectors.woocommerce.client import Client

_Result = CommandResult | ConnectorError


def push_together(
    client: Client, shipments: Sequence[ShipmentPush], alone: Callable[[ShipmentPush], CommandResult]
) -> list[_Result]:
    """One result per parcel. What is not plain (an order that is gone, closed or refused, a parcel reported before) goes
    `alone`, after the others.
    """
    found = client.orders_by_id(sorted({each.order_id for each in shipments if each.order_id.isdecimal()}))
    plain, updates = [], dict[str, dict[str, Any]]()
    for each in shipments:
        order = found.get(each.order_id)
        if order is None or not _is_plain(order, each):
            continue
        update = commands.shipment_update(order, each)
        # A second parcel of the order is added to what this one writes.
        found[each.order_id] = _after(order, update)
        updates[each.order_id] = _joined(updates.get(each.order_id, {"id": int(each.order_id)}), update)
        plain.append(each)
    written = _write(client, plain, list(updates.values())) if plain else {}
    return [
        attempt(alone, each) if each.key not in written else _with_note(client, each, written[each.key])
        for each in shipments
    ]


def _after(order: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """The order as it will be read: the first field of a name counts."""
    return {**order, **update, "meta_data": [*update["meta_data"], *records(order, "meta_data")]}


def _joined(before: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    fields = {each["key"]: each for each in [*before.get("meta_data", ()), *update["meta_data"]]}
    return {**before, **update, "meta_data": list(fields.values())}


def _is_plain(order: Mapping[str, Any], shipment: ShipmentPush) -> bool:
    told = any(each.get("key") == shipment.key for each in commands.parcels_of(order))
    return not told and text(order, "status") not in commands.CLOSED


def _write(
    client: Client, shipments: Sequence[ShipmentPush], updates: Sequence[Mapping[str, Any]]
) -> dict[str, _Result]:
    """The parcels that were written, or may have been, by key."""
    try:
        answers = client.update_orders(updates)
    except ConnectorError as problem:
        return {} if problem.permanent else {each.key: problem for each in shipments}
    done = {text(answer, "id") for answer in answers if "error" not in answer}
    return {each.key: CommandResult(external_id=each.order_id) for each in shipments if each.order_id in done}


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
