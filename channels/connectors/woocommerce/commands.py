"""The bodies that tell WooCommerce what happened, and the marks by which a repeated command is recognised.

WooCommerce has no idempotency key and no parcels: Baton keeps the parcels it reported in a field of the order.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from channels.connectors.reading import count, money, records, text
from channels.connectors.types import RefundLine, RefundPush, ShipmentPush

PARCELS = "_baton_parcels"
READY = "_baton_ready"
CANCELLATION = "_baton_cancellation"
REFUND = "_baton_refund"
CLOSED = frozenset({"cancelled", "trash", "refunded", "failed"})
_CENT = Decimal("0.01")
_Record = Mapping[str, Any]


def parcels_of(order: _Record) -> list[dict[str, Any]]:
    """The parcels reported so far."""
    return [each for each in _listed(order, PARCELS) if isinstance(each, dict)]


def ready_keys(order: _Record) -> list[str]:
    return [str(each) for each in _listed(order, READY)]


def shipment_update(order: _Record, shipment: ShipmentPush) -> dict[str, Any]:
    """The parcel added to the order, and the order completed when nothing remains to be sent."""
    parcel = {
        "key": shipment.key,
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "tracking_url": shipment.tracking_url,
        "lines": {each.line_id: each.quantity for each in shipment.lines},
    }
    parcels = [*parcels_of(order), parcel]
    meta = [_meta(order, PARCELS, _text(parcels))]
    if shipment.tracking_number:
        meta.append(_meta(order, "_tracking_number", shipment.tracking_number))
        meta.append(_meta(order, "_tracking_provider", shipment.carrier))
    update: dict[str, Any] = {"meta_data": meta}
    if shipment.complete or _all_shipped(order, parcels):
        update["status"] = "completed"
    return update


def ready_update(order: _Record, key: str) -> dict[str, Any]:
    return {"meta_data": [_meta(order, READY, _text([*ready_keys(order), key]))]}


def cancellation_update(order: _Record, key: str, reason: str) -> dict[str, Any]:
    return {"status": "cancelled", "meta_data": [_meta(order, CANCELLATION, _text({"key": key, "reason": reason}))]}


def shipment_note(shipment: ShipmentPush) -> str:
    """What the customer reads; empty when there is nothing to follow."""
    if not shipment.tracking_number:
        return ""
    return " ".join(filter(None, (shipment.carrier, shipment.tracking_number, shipment.tracking_url)))


def refund_with_key(refunds: Sequence[_Record], key: str) -> _Record | None:
    return next((each for each in refunds if _find(each, REFUND) == key), None)


def refund_body(order: _Record, refund: RefundPush) -> dict[str, Any]:
    """Amounts net with the tax beside; stock stays where it is."""
    taxed = {text(each, "id"): each for key in ("line_items", "shipping_lines") for each in records(order, key)}
    lines = [_refund_line(taxed.get(each.line_id, {}), each) for each in refund.lines]
    shipping = _refund_shipping(order, refund)
    return {
        "amount": _amount(refund.amount),
        "reason": refund.reason,
        "api_refund": refund.through_gateway,
        "api_restock": False,
        "line_items": lines if shipping is None else [*lines, shipping],
        "meta_data": [{"key": REFUND, "value": refund.key}],
    }


def _refund_shipping(order: _Record, refund: RefundPush) -> dict[str, Any] | None:
    if not refund.shipping_net and not refund.shipping_tax:
        return None
    line = next(iter(records(order, "shipping_lines")), None)
    if line is None:
        return None
    wanted = RefundLine(line_id=text(line, "id"), quantity=0, net=refund.shipping_net, tax=refund.shipping_tax)
    return _refund_line(line, wanted)


def _refund_line(line: _Record, wanted: RefundLine) -> dict[str, Any]:
    return {
        "id": int(wanted.line_id),
        "quantity": wanted.quantity,
        "refund_total": float(wanted.net),
        "refund_tax": _split_tax(line, wanted.tax),
    }


def _split_tax(line: _Record, tax: Decimal) -> list[dict[str, Any]]:
    """The tax over the line's own tax rates in proportion; the last one takes what rounding leaves."""
    rates = [(text(each, "id"), money(each, "total")) for each in records(line, "taxes")]
    whole = sum((share for _, share in rates), Decimal(0))
    left, found = tax, []
    for number, (rate_id, share) in enumerate(rates, start=1):
        mine = left if number == len(rates) or not whole else (tax * share / whole).quantize(_CENT, ROUND_HALF_UP)
        left -= mine
        found.append({"id": int(rate_id), "refund_total": float(mine)})
    return found


def _all_shipped(order: _Record, parcels: Sequence[_Record]) -> bool:
    sent: dict[str, int] = {}
    for parcel in parcels:
        for line_id, quantity in dict(parcel.get("lines", {})).items():
            sent[line_id] = sent.get(line_id, 0) + int(quantity)
    return all(sent.get(text(line, "id"), 0) >= count(line, "quantity") for line in records(order, "line_items"))


def _listed(order: _Record, key: str) -> list[Any]:
    try:
        found = json.loads(_find(order, key) or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _find(body: _Record, key: str) -> str:
    return next((str(each.get("value")) for each in records(body, "meta_data") if each.get("key") == key), "")


def _meta(order: _Record, key: str, value: str) -> dict[str, Any]:
    """A field of the order, naming the one that is there so that it is replaced."""
    known = next((each.get("id") for each in records(order, "meta_data") if each.get("key") == key), None)
    return {"key": key, "value": value} if known is None else {"id": known, "key": key, "value": value}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _amount(value: Decimal) -> str:
    return format(value.quantize(_CENT, ROUND_HALF_UP), "f")
