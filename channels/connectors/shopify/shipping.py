"""Report parcels: find the work Shopify still has open for the units, then close it, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError
from channels.connectors.shopify import queries
from channels.connectors.shopify.client import Client
from channels.connectors.shopify.orders import parcel_lines, parcels
from channels.connectors.types import CommandResult, PushedLine, ReadyPush, ShipmentPush

_OPEN = frozenset({"OPEN", "IN_PROGRESS"})
_LINES = 100
_NOTHING_TO_PREPARE = "NO_LINE_ITEMS_TO_PREPARE_FOR_FULFILLMENT_ORDER"
_Record = Mapping[str, Any]


@dataclass(slots=True)
class Work:
    """Units of one order line that wait in one fulfilment order."""

    order_id: str
    location_id: str
    entry_id: str
    line_id: str
    total: int
    remaining: int


def ship(client: Client, shipment: ShipmentPush, order_id: str, location_id: str) -> CommandResult:
    """Dispatch the units, at the given place where one is named."""
    order, sent = parcels(client, order_id)
    if order is None:
        raise ConnectorError(f"Shopify no longer has the order {order_id}.", kind=ErrorKind.GONE)
    wanted, known = _still_wanted(client, shipment, sent)
    if not wanted:
        return CommandResult(external_id=known, repeated=True)
    if order.get("cancelledAt"):
        raise ConnectorError("The order is cancelled at Shopify.", kind=ErrorKind.CONFLICT, payload=dict(order))
    work = open_work(client, order_id)
    if not shipment.tracking_number and _totals_reached(shipment.lines, work):
        return CommandResult(external_id=order_id, repeated=True)
    if location_id:
        work = _moved(client, order_id, work, wanted, location_id)
    chosen = _allocate(work, wanted)
    made = [_create(client, shipment, entries) for entries in _by_location(chosen)]
    return CommandResult(external_id=made[0])


def ready(client: Client, push: ReadyPush, order_id: str) -> CommandResult:
    """Tell the customer that the goods wait; Shopify sends the message."""
    heads = _open_heads(client, order_id)
    waiting = [each for each in heads if (each.get("deliveryMethod") or {}).get("methodType") == "PICK_UP"]
    if not waiting:
        raise ConnectorError("Nothing of this order waits to be collected at Shopify.", kind=ErrorKind.CONFLICT)
    entries = [{"fulfillmentOrderId": each["id"]} for each in waiting]
    payload = client.mutate("ready", queries.READY, {"input": {"lineItemsByFulfillmentOrder": entries}})
    errors = payload["userErrors"]
    if errors and all(each.get("code") == _NOTHING_TO_PREPARE for each in errors):
        return CommandResult(external_id=push.order_id, repeated=True)
    refuse_user_errors(errors)
    return CommandResult(external_id=push.order_id)


def open_work(client: Client, order_id: str) -> list[Work]:
    """Every line of every open fulfilment order."""
    found: list[Work] = []
    for head in _open_heads(client, order_id):
        place = str(((head.get("assignedLocation") or {}).get("location") or {}).get("id") or "")
        variables = {"id": head["id"], "first": _LINES}
        entries = client.pages("work.lines", queries.WORK_LINES, variables, "node", "lineItems")
        found.extend(_work(str(head["id"]), place, each) for each in entries)
    return found


def _work(order_id: str, location_id: str, entry: _Record) -> Work:
    return Work(
        order_id=order_id,
        location_id=location_id,
        entry_id=str(entry["id"]),
        line_id=str(entry["lineItem"]["id"]),
        total=int(entry["totalQuantity"]),
        remaining=int(entry["remainingQuantity"]),
    )


def refuse_user_errors(errors: Sequence[_Record]) -> None:
    """Raises ConnectorError VALIDATION with Shopify's own words."""
    if errors:
        told = "; ".join(str(each.get("message") or each.get("code")) for each in errors)
        code = str(errors[0].get("code") or "")
        raise ConnectorError(f"Shopify: {told}", kind=ErrorKind.VALIDATION, code=code, payload=list(errors))


def _open_heads(client: Client, order_id: str) -> list[_Record]:
    order = client.run("work", queries.WORK, {"id": order_id}).get("order")
    if not isinstance(order, Mapping):
        raise ConnectorError(f"Shopify no longer has the order {order_id}.", kind=ErrorKind.GONE)
    nodes = (order.get("fulfillmentOrders") or {}).get("nodes", [])
    return [each for each in nodes if each.get("status") in _OPEN]


def _still_wanted(client: Client, shipment: ShipmentPush, sent: Sequence[_Record]) -> tuple[dict[str, int], str]:
    """The units less those that already left under this tracking number, and the parcel that has them."""
    wanted = {each.line_id: each.quantity for each in shipment.lines if each.quantity > 0}
    known = ""
    for parcel in sent:
        numbers = {each.get("number") for each in parcel.get("trackingInfo", [])}
        if shipment.tracking_number and shipment.tracking_number in numbers:
            known = str(parcel["id"])
            for line_id, quantity in parcel_lines(client, known).items():
                wanted[line_id] = wanted.get(line_id, 0) - quantity
    return {line_id: quantity for line_id, quantity in wanted.items() if quantity > 0}, known


def _totals_reached(lines: Sequence[PushedLine], work: Sequence[Work]) -> bool:
    """Without tracking number a repeat shows in the totals, when the caller tells them."""
    if not lines or any(each.total_shipped is None for each in lines):
        return False
    left = {each.line_id: 0 for each in lines}
    total = dict(left)
    for each in work:
        if each.line_id in left:
            left[each.line_id] += each.remaining
            total[each.line_id] += each.total
    return all(
        left[each.line_id] == 0 or total[each.line_id] - left[each.line_id] >= (each.total_shipped or 0)
        for each in lines
    )


def _allocate(work: Sequence[Work], wanted: Mapping[str, int]) -> list[tuple[Work, int]]:
    """Raises ConnectorError CONFLICT when Shopify has fewer units open than left."""
    missing, chosen = dict(wanted), []
    for each in work:
        units = min(each.remaining, missing.get(each.line_id, 0))
        if units > 0:
            chosen.append((each, units))
            missing[each.line_id] -= units
    short = {line_id: units for line_id, units in missing.items() if units > 0}
    if short:
        told = ", ".join(f"{units} of {line_id}" for line_id, units in short.items())
        raise ConnectorError(f"Shopify has no open work for {told}.", kind=ErrorKind.CONFLICT, payload=short)
    return chosen


def _moved(client: Client, order_id: str, work: list[Work], wanted: Mapping[str, int], location_id: str) -> list[Work]:
    """The work, once the units that another place was to send are moved to where they are."""
    here = [each for each in work if each.location_id == location_id]
    have = {line_id: sum(each.remaining for each in here if each.line_id == line_id) for line_id in wanted}
    missing = {line_id: units - have[line_id] for line_id, units in wanted.items() if units > have[line_id]}
    if not missing:
        return here
    elsewhere = [each for each in work if each.location_id != location_id]
    chosen = _allocate(elsewhere, missing)
    for source in dict.fromkeys(each.order_id for each, _ in chosen):
        lines = [{"id": each.entry_id, "quantity": units} for each, units in chosen if each.order_id == source]
        payload = client.mutate("move", queries.MOVE, {"id": source, "location": location_id, "lines": lines})
        refuse_user_errors(payload["userErrors"])
    return [each for each in open_work(client, order_id) if each.location_id == location_id]


def _by_location(chosen: Sequence[tuple[Work, int]]) -> list[list[tuple[Work, int]]]:
    """One parcel call takes work of one place only."""
    places: dict[str, list[tuple[Work, int]]] = {}
    for each, units in chosen:
        places.setdefault(each.location_id, []).append((each, units))
    return list(places.values())


def _create(client: Client, shipment: ShipmentPush, entries: Sequence[tuple[Work, int]]) -> str:
    orders: dict[str, list[dict[str, Any]]] = {}
    for each, units in entries:
        orders.setdefault(each.order_id, []).append({"id": each.entry_id, "quantity": units})
    body: dict[str, Any] = {
        "notifyCustomer": shipment.notify_customer,
        "lineItemsByFulfillmentOrder": [
            {"fulfillmentOrderId": order_id, "fulfillmentOrderLineItems": lines} for order_id, lines in orders.items()
        ],
    }
    if shipment.tracking_number:
        tracking = {"number": shipment.tracking_number, "company": shipment.carrier, "url": shipment.tracking_url}
        body["trackingInfo"] = {name: value for name, value in tracking.items() if value}
    payload = client.mutate("ship", queries.SHIP, {"fulfillment": body})
    refuse_user_errors(payload["userErrors"])
    return str((payload.get("fulfillment") or {}).get("id") or "")
