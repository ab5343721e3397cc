"""Cancellations and refunds, each with a mark by which a repeat is recognised."""

import time
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from channels.connectors.enums import CancelReason, ErrorKind
from channels.connectors.errors import ConnectorError
from channels.connectors.shopify import queries
from channels.connectors.shopify.client import Client
from channels.connectors.shopify.shipping import open_work, refuse_user_errors
from channels.connectors.types import CancellationPush, CommandResult, RefundPush

_REASONS = {
    CancelReason.CUSTOMER: "CUSTOMER",
    CancelReason.NO_STOCK: "INVENTORY",
    CancelReason.FRAUD: "FRAUD",
    CancelReason.PAYMENT: "DECLINED",
    CancelReason.STAFF: "STAFF",
    CancelReason.OTHER: "OTHER",
}
_LOOKS = 6
_LOOK_SECONDS = 0.5
_Record = Mapping[str, Any]


def cancel(client: Client, push: CancellationPush, order_id: str) -> CommandResult:
    """Cancel the whole order. Shopify works on it for a moment; done is when the order says so."""
    if _cancelled(client, order_id):
        return CommandResult(external_id=order_id, repeated=True)
    payload = client.mutate(
        "cancel",
        queries.CANCEL,
        {
            "id": order_id,
            "reason": _REASONS[push.reason],
            "note": _marked(push.note, push.key)[:255],
            "notify": push.notify_customer,
        },
        errors="orderCancelUserErrors",
    )
    errors = payload["orderCancelUserErrors"]
    if errors and errors[0].get("code") == "INVALID":
        raise ConnectorError(f"Shopify: {errors[0].get('message')}", kind=ErrorKind.CONFLICT, payload=list(errors))
    refuse_user_errors(errors)
    for _ in range(_LOOKS):
        if _cancelled(client, order_id):
            return CommandResult(external_id=order_id, stock_touched=True)
        time.sleep(_LOOK_SECONDS)
    raise ConnectorError(
        "Shopify is still cancelling the order.", kind=ErrorKind.TRANSIENT, retry_after=5.0, outcome_unknown=True
    )


def cancel_lines(client: Client, push: CancellationPush, order_id: str) -> CommandResult:
    """Take units off the order. Shopify puts them back to sale itself, at the place that was to send them."""
    known = _refund_with(client, order_id, push.key)
    if known:
        return CommandResult(external_id=known, repeated=True)
    places = {each.line_id: each.location_id for each in open_work(client, order_id)}
    lines = [
        {"lineItemId": each.line_id, "quantity": each.quantity, "restockType": "CANCEL", **_place(places, each.line_id)}
        for each in push.lines
    ]
    made = _create(
        client,
        {
            "orderId": order_id,
            "note": _marked(push.note, push.key),
            "notify": push.notify_customer,
            "refundLineItems": lines,
        },
        push.key,
    )
    return CommandResult(external_id=made, stock_touched=True)


def refund(client: Client, push: RefundPush, order_id: str) -> CommandResult:
    """Record a refund; the money moves only where the caller says so."""
    known = _refund_with(client, order_id, push.key)
    if known:
        return CommandResult(external_id=known, repeated=True)
    body: dict[str, Any] = {
        "orderId": order_id,
        "note": _marked(push.reason, push.key),
        "notify": push.notify_customer,
        "refundLineItems": [
            {"lineItemId": each.line_id, "quantity": each.quantity, "restockType": "NO_RESTOCK"}
            for each in push.lines
            if each.quantity > 0
        ],
    }
    shipping = push.shipping_net + push.shipping_tax
    if shipping:
        body["shipping"] = {"amount": _amount(shipping)}
    if push.through_gateway:
        body["transactions"] = [_transaction(client, push, order_id)]
    return CommandResult(external_id=_create(client, body, push.key))


def _create(client: Client, body: _Record, key: str) -> str:
    own_key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"refund/{body['orderId']}/{key}"))
    payload = client.mutate("refund", queries.REFUND, {"input": body, "key": own_key})
    refuse_user_errors(payload["userErrors"])
    return str((payload.get("refund") or {}).get("id") or "")


def _transaction(client: Client, push: RefundPush, order_id: str) -> dict[str, Any]:
    """The payment to give back from: the one that took the money."""
    order = client.run("refunds", queries.REFUNDS, {"id": order_id}).get("order") or {}
    taken = [
        each
        for each in order.get("transactions", [])
        if each.get("kind") in {"SALE", "CAPTURE"} and each.get("status") == "SUCCESS"
    ]
    if not taken:
        raise ConnectorError("Shopify took no payment for this order.", kind=ErrorKind.VALIDATION)
    return {
        "orderId": order_id,
        "kind": "REFUND",
        "gateway": taken[0]["gateway"],
        "parentId": taken[0]["id"],
        "amount": _amount(push.amount),
    }


def _refund_with(client: Client, order_id: str, key: str) -> str:
    """The refund that carries this key's mark; raises GONE when there is no order."""
    order = client.run("refunds", queries.REFUNDS, {"id": order_id}).get("order")
    if not isinstance(order, Mapping):
        raise ConnectorError(f"Shopify no longer has the order {order_id}.", kind=ErrorKind.GONE)
    return next((str(each["id"]) for each in order.get("refunds", []) if _mark(key) in str(each.get("note") or "")), "")


def _cancelled(client: Client, order_id: str) -> bool:
    order = client.run("cancelled", queries.CANCELLED, {"id": order_id}).get("order")
    if not isinstance(order, Mapping):
        raise ConnectorError(f"Shopify no longer has the order {order_id}.", kind=ErrorKind.GONE)
    return order.get("cancelledAt") is not None


def _place(places: Mapping[str, str], line_id: str) -> dict[str, str]:
    return {"locationId": places[line_id]} if places.get(line_id) else {}


def _mark(key: str) -> str:
    return f"[baton:{key}]"


def _marked(note: str, key: str) -> str:
    return f"{_mark(key)} {note}".strip()


def _amount(value: Decimal) -> str:
    return format(value.quantize(Decimal("0.01")), "f")
