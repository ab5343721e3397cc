"""What WooCommerce does when it is written to: statuses, stock, notes and refunds with its own side effects."""

from typing import Any

from channels.simulators.shop import Line, Order, Product, Shop
from channels.simulators.woo_bodies import amount, gmt, local

STATUSES = frozenset({"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"})
_TAKES_STOCK = frozenset({"processing", "on-hold", "completed"})
_GIVES_STOCK = frozenset({"cancelled", "pending"})


class WooError(Exception):
    """A refusal in WooCommerce's words."""

    def __init__(self, status: int, code: str, message: str, *, bare: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "data": status if bare else {"status": status}}


def open_order(shop: Shop, order: Order) -> None:
    """Give a new order its status; an unpaid one holds no stock."""
    order.facts.setdefault("meta", [])
    order.facts.setdefault("notes", [])
    order.facts.setdefault("refunds", [])
    if "status" in order.facts:
        return
    if order.paid_at or order.payment == "cod":
        order.facts["status"] = "processing"
    else:
        order.facts["status"] = "on-hold" if order.payment == "transfer" else "pending"
    if order.facts["status"] == "pending":
        shop.give_back_stock(order)


def update_order(shop: Shop, order: Order, body: dict[str, Any]) -> None:
    status = body.get("status", order.facts["status"])
    if status not in STATUSES:
        raise WooError(400, "rest_invalid_param", "Invalid parameter(s): status")
    for entry in body.get("meta_data", []):
        _set_meta(shop, order, entry)
    if body.get("set_paid") and order.paid_at is None:
        order.paid_at = shop.clock.now()
    _set_status(shop, order, status)
    shop.touch(order)


def _set_status(shop: Shop, order: Order, status: str) -> None:
    before = order.facts["status"]
    if status == before:
        return
    order.facts["status"] = status
    now = shop.clock.now()
    if status in _TAKES_STOCK:
        shop.take_stock(order)
    elif status in _GIVES_STOCK:
        shop.give_back_stock(order)
    if status in {"processing", "completed"} and order.paid_at is None:
        order.paid_at = now if order.payment != "cod" or status == "completed" else None
    if status == "completed":
        order.completed_at = now
    if status == "cancelled":
        order.cancelled_at = now
    add_note(shop, order, f"Order status changed from {before} to {status}.", for_customer=False)


def trash(shop: Shop, order: Order) -> None:
    """The bin keeps the stock it took."""
    order.facts["status"] = "trash"
    shop.touch(order)


def _set_meta(shop: Shop, order: Order, entry: dict[str, Any]) -> None:
    metas: list[dict[str, Any]] = order.facts["meta"]
    by_id = next((each for each in metas if entry.get("id") is not None and each["id"] == entry["id"]), None)
    known = by_id or next((each for each in metas if each["key"] == entry.get("key")), None)
    if known is None:
        metas.append({"id": shop.new_id(), "key": str(entry.get("key", "")), "value": entry.get("value")})
    else:
        known["value"] = entry.get("value")


def add_note(shop: Shop, order: Order, text: str, *, for_customer: bool) -> dict[str, Any]:
    now = shop.clock.now()
    note = {
        "id": shop.new_id(),
        "author": "WooCommerce",
        "date_created": local(now),
        "date_created_gmt": gmt(now),
        "note": text,
        "customer_note": for_customer,
    }
    order.facts["notes"].insert(0, note)
    return note


def create_refund(shop: Shop, order: Order, body: dict[str, Any]) -> dict[str, Any]:
    cents = round(float(body.get("amount") or 0) * 100)
    refunded = sum(round(float(each["amount"]) * 100) for each in order.facts["refunds"])
    if body.get("api_refund", True) and order.payment != "card":
        raise _cannot_refund("The payment gateway for this order does not support automatic refunds.")
    if cents <= 0 or cents > order.gross - refunded:
        raise _cannot_refund("Invalid refund amount.")
    lines = [_refund_line(shop, order, entry, body) for entry in body.get("line_items", []) if entry.get("quantity")]
    now = shop.clock.now()
    refund = {
        "id": shop.new_id(),
        "date_created": local(now),
        "date_created_gmt": gmt(now),
        "amount": amount(cents),
        "reason": str(body.get("reason") or ""),
        "meta_data": [{"id": shop.new_id(), **entry} for entry in body.get("meta_data", [])],
        "line_items": lines,
    }
    order.facts["refunds"].insert(0, refund)
    if cents == order.gross - refunded:
        order.facts["status"] = "refunded"
    shop.touch(order)
    return refund


def _refund_line(shop: Shop, order: Order, entry: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    line = next((each for each in order.lines if each.id == entry["id"]), None)
    if line is None:
        raise _cannot_refund("Invalid order item.")
    quantity = int(entry["quantity"])
    line.refunded += quantity
    if body.get("api_restock", True):
        shop.restock(line, quantity)
    total = float(entry.get("refund_total") or 0)
    tax = sum(float(each.get("refund_total") or 0) for each in entry.get("refund_tax", []))
    return {
        "id": shop.new_id(),
        "name": line.name,
        "product_id": line.product_id,
        "variation_id": 0,
        "quantity": -quantity,
        "total": f"{-total:.2f}",
        "total_tax": f"{-tax:.2f}",
        "meta_data": [{"id": shop.new_id(), "key": "_refunded_item_id", "value": str(line.id)}],
        "sku": line.sku,
    }


def set_product(shop: Shop, product: Product, entry: dict[str, Any]) -> None:
    """A batch checks nothing: what is no number becomes 0. Unmanaged products keep no stock."""
    if "manage_stock" in entry:
        product.manage_stock = bool(entry["manage_stock"])
    if "stock_quantity" in entry and product.manage_stock:
        value = entry["stock_quantity"]
        shop.set_stock(product, int(value) if isinstance(value, int | float) else 0)


def line_of(order: Order, line_id: int) -> Line | None:
    return next((each for each in order.lines if each.id == line_id), None)


def _cannot_refund(message: str) -> WooError:
    return WooError(500, "woocommerce_rest_cannot_create_order_refund", message, bare=True)
