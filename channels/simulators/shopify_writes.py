"""Shopify's mutations over the shop, with their user errors and side effects."""

import json
from typing import Any

from channels.simulators.shop import Order, Shop
from channels.simulators.shopify_bodies import Body, Drawing, gid, number_of

_MOST_QUANTITIES = 250
_CANCEL_SECONDS = 0.3
_OPEN = frozenset({"OPEN", "IN_PROGRESS"})
_REASONS = frozenset({"correction", "cycle_count_available", "received", "restock", "other", "shrinkage"})


class BadRequestError(Exception):
    """An error of the whole request, beside data."""

    code = "BAD_REQUEST"


def open_order(shop: Shop, order: Order, place: int) -> None:
    """A new order has its work assigned to a place at once."""
    if "work" in order.facts:
        return
    lines = [
        {"id": shop.new_id(), "line": line.id, "total": line.quantity, "remaining": line.quantity}
        for line in order.lines
    ]
    order.facts |= {
        "work": [{"id": shop.new_id(), "status": "OPEN", "place": place, "lines": lines}],
        "parcels": [],
        "refunds": [],
        "ready": False,
    }


def settle(shop: Shop, order: Order) -> None:
    """A cancellation asked for takes effect a moment later."""
    due = order.facts.get("cancel_at")
    if due is None or order.cancelled_at is not None or shop.clock.now() < due:
        return
    order.cancelled_at = due
    for work in order.facts["work"]:
        work["status"] = "CANCELLED"
        for entry in work["lines"]:
            entry["remaining"] = 0
    for line in order.lines:
        line.cancelled = line.quantity - line.shipped
        line.refunded = max(line.refunded, line.cancelled)
    if order.facts.get("cancel_restocks"):
        shop.give_back_stock(order)
    shop.touch(order)


class Writes:
    """`remembered`: answers by idempotency key, with the request they belong to."""

    def __init__(self, shop: Shop, drawing: Drawing) -> None:
        self._shop = shop
        self._drawing = drawing
        self._remembered: dict[str, tuple[str, Body]] = {}
        self._holders: dict[int, int] = {}
        self._cancelling = {each.id for each in shop.orders.values() if "cancel_at" in each.facts}

    def set_quantities(self, key: str | None, request: Body) -> Body:
        """All of them or none; the same key answers the same again."""
        known = self._recall(key, request)
        if known is not None:
            return known
        errors = self._stock_errors(request)
        if not errors:
            for each in request["quantities"]:
                product = self._shop.products[number_of(each["inventoryItemId"])]
                if number_of(each["locationId"]) == min(self._drawing.places):
                    self._shop.set_stock(product, each["quantity"])
        group = {"__typename": "InventoryAdjustmentGroup", "id": gid("InventoryAdjustmentGroup", self._shop.new_id())}
        payload: Body = {
            "inventoryAdjustmentGroup": None if errors else {**group, "reason": request["reason"]},
            "userErrors": errors,
        }
        return self._remember(key, request, payload)

    def _stock_errors(self, request: Body) -> list[Body]:
        quantities = request["quantities"]
        if len(quantities) > _MOST_QUANTITIES:
            raise BadRequestError("The input array size is greater than the maximum allowed of 250.")
        if request["name"] not in {"available", "on_hand"}:
            return [_stock_error("INVALID_NAME", "The quantity name is invalid.", "name")]
        if request["reason"] not in _REASONS:
            return [_stock_error("INVALID_REASON", "The reason is invalid.", "reason")]
        found, seen = [], set()
        for place, each in enumerate(quantities):
            pair = (each["inventoryItemId"], each["locationId"])
            code, field = self._quantity_error(each, repeated=pair in seen)
            seen.add(pair)
            if code:
                found.append(_stock_error(code, code.replace("_", " ").capitalize(), "quantities", str(place), field))
        return found

    def _quantity_error(self, each: Body, *, repeated: bool) -> tuple[str, str]:
        product = self._shop.products.get(number_of(each["inventoryItemId"]))
        if product is None:
            return "INVALID_INVENTORY_ITEM", "inventoryItemId"
        if number_of(each["locationId"]) not in self._drawing.places:
            return "INVALID_LOCATION", "locationId"
        if "changeFromQuantity" not in each:
            return "COMPARE_QUANTITY_REQUIRED", "changeFromQuantity"
        expected = each["changeFromQuantity"]
        if expected is not None and expected != product.stock:
            return "CHANGE_FROM_QUANTITY_STALE", "changeFromQuantity"
        if each["quantity"] < 0:
            return "INVALID_QUANTITY_NEGATIVE", "quantity"
        return ("NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "inventoryItemId") if repeated else ("", "")

    def ship(self, request: Body) -> Body:
        chosen: list[tuple[Order, Body, Body, int]] = []
        for wanted in request["lineItemsByFulfillmentOrder"]:
            order, work = self._work(wanted["fulfillmentOrderId"])
            if order is None or work is None:
                return _shipped(None, "Fulfillment order does not exist.")
            if work["status"] not in _OPEN:
                return _shipped(None, f"Fulfillment order {work['id']} has an unfulfillable status= {work['status']}.")
            for entry, units in _entries(work, wanted.get("fulfillmentOrderLineItems")):
                if entry is None or units < 1 or units > entry["remaining"]:
                    return _shipped(None, "Invalid fulfillment order line item quantity requested.")
                chosen.append((order, work, entry, units))
        places = {work["place"] for _, work, _, _ in chosen}
        if len({order.id for order, *_ in chosen}) != 1 or len(places) != 1:
            return _shipped(None, "All fulfillment orders must belong to the same order and location.")
        return self._dispatch(chosen, request)

    def _dispatch(self, chosen: list[tuple[Order, Body, Body, int]], request: Body) -> Body:
        order = chosen[0][0]
        units_by_line: dict[int, int] = {}
        for _, _, entry, units in chosen:
            entry["remaining"] -= units
            units_by_line[entry["line"]] = units_by_line.get(entry["line"], 0) + units
        for work in order.facts["work"]:
            if work["status"] in _OPEN and not any(entry["remaining"] for entry in work["lines"]):
                work["status"] = "CLOSED"
        for line in order.lines:
            line.shipped += units_by_line.get(line.id, 0)
        parcel = {
            "id": self._shop.new_id(),
            "status": "SUCCESS",
            "tracking": [request["trackingInfo"]] if request.get("trackingInfo") else [],
            "lines": [{"line": line_id, "quantity": units} for line_id, units in units_by_line.items()],
            "notified": bool(request.get("notifyCustomer")),
        }
        order.facts["parcels"].append(parcel)
        if not any(entry["remaining"] for work in order.facts["work"] for entry in work["lines"]):
            order.completed_at = self._shop.clock.now()
        self._shop.touch(order)
        return _shipped(self._drawing.parcel(order, parcel))

    def move(self, name: str, place_name: str, wanted: list[Body] | None) -> Body:
        order, work = self._work(name)
        place = number_of(place_name)
        if order is None or work is None or place not in self._drawing.places or work["status"] not in _OPEN:
            error = {"field": ["id"], "message": "Fulfillment order cannot be moved."}
            return {"movedFulfillmentOrder": None, "userErrors": [error]}
        moved: Body = {"id": self._shop.new_id(), "status": "OPEN", "place": place, "lines": []}
        for entry, units in _entries(work, wanted):
            if entry is None or units > entry["remaining"]:
                return {"movedFulfillmentOrder": None, "userErrors": [{"field": ["id"], "message": "Too many units."}]}
            entry["remaining"] -= units
            entry["total"] -= units
            moved["lines"].append(
                {"id": self._shop.new_id(), "line": entry["line"], "total": units, "remaining": units}
            )
        if not any(entry["remaining"] for entry in work["lines"]):
            work["status"] = "CLOSED"
        order.facts["work"].append(moved)
        self._shop.touch(order)
        return {"movedFulfillmentOrder": self._drawing.work(order, moved), "userErrors": []}

    def prepare(self, request: Body) -> Body:
        for wanted in request["lineItemsByFulfillmentOrder"]:
            order, work = self._work(wanted["fulfillmentOrderId"])
            if order is None or work is None or order.delivery != "pickup" or work["status"] not in _OPEN:
                return _prepared("FULFILLMENT_ORDER_INVALID", "Invalid fulfillment order.")
            if order.facts["ready"]:
                return _prepared("NO_LINE_ITEMS_TO_PREPARE_FOR_FULFILLMENT_ORDER", "Nothing left to prepare.")
            order.facts["ready"] = True
            self._shop.touch(order)
        return {"userErrors": []}

    def cancel(self, name: str, reason: str, *, restock: bool) -> Body:
        order = self._shop.orders.get(number_of(name))
        if order is None:
            return _cancelled(None, "NOT_FOUND", "Order does not exist.")
        if order.cancelled_at or order.facts["parcels"]:
            return _cancelled(None, "INVALID", "Cannot cancel an order that is cancelled or fulfilled.")
        order.facts |= {
            "cancel_at": self._shop.clock.now() + _CANCEL_SECONDS,
            "cancel_restocks": restock,
            "cancel_reason": reason,
        }
        self._cancelling.add(order.id)
        return _cancelled({"id": gid("Job", self._shop.new_id()), "done": False})

    def refund(self, key: str | None, request: Body) -> Body:
        known = self._recall(key, request)
        if known is not None:
            return known
        order = self._shop.orders.get(number_of(request["orderId"]))
        if order is None:
            return {"refund": None, "userErrors": [{"field": ["orderId"], "message": "Order does not exist."}]}
        error = self._take_off(order, request.get("refundLineItems") or [])
        if error:
            return {"refund": None, "userErrors": [{"field": ["refundLineItems"], "message": error}]}
        cents = sum(round(float(each["amount"]) * 100) for each in request.get("transactions") or [])
        refund = {"id": gid("Refund", self._shop.new_id()), "note": request.get("note"), "cents": cents}
        order.facts["refunds"].append(refund)
        self._shop.touch(order)
        return self._remember(key, request, {"refund": {"__typename": "Refund", **refund}, "userErrors": []})

    def _take_off(self, order: Order, entries: list[Body]) -> str:
        lines = {line.id: line for line in order.lines}
        for entry in entries:
            line = lines.get(number_of(entry["lineItemId"]))
            if line is None or entry["quantity"] > line.quantity - line.refunded:
                return "Refund line items quantity cannot refund more items than were purchased."
        for entry in entries:
            line = lines[number_of(entry["lineItemId"])]
            line.refunded += entry["quantity"]
            if entry.get("restockType") == "CANCEL":
                line.cancelled += entry["quantity"]
                _shrink(order, line.id, entry["quantity"])
                self._shop.restock(line, entry["quantity"])
            elif entry.get("restockType") == "RETURN":
                self._shop.restock(line, entry["quantity"])
        return ""

    def find(self, facts: str, number: int) -> tuple[Order | None, Body | None]:
        """The order that holds a fulfilment order ("work") or a fulfilment ("parcels") of that number."""
        order = self._shop.orders.get(self._holders.get(number, 0))
        for each in [order] if order else self._shop.orders.values():
            for found in each.facts[facts]:
                self._holders[found["id"]] = each.id
                if found["id"] == number:
                    return each, found
        return None, None

    def settle_due(self) -> None:
        """Let the cancellations asked for take effect whose moment has come."""
        for order_id in list(self._cancelling):
            settle(self._shop, self._shop.orders[order_id])
            if self._shop.orders[order_id].cancelled_at is not None:
                self._cancelling.discard(order_id)

    def _work(self, name: str) -> tuple[Order | None, Body | None]:
        return self.find("work", number_of(name))

    def _recall(self, key: str | None, request: Body) -> Body | None:
        if key is None:
            raise BadRequestError("The @idempotent directive is required for this mutation but was not provided.")
        known = self._remembered.get(key)
        if known is None:
            return None
        if known[0] != json.dumps(request, sort_keys=True):
            raise BadRequestError("The same idempotency key cannot be used with different operation parameters.")
        return known[1]

    def _remember(self, key: str | None, request: Body, payload: Body) -> Body:
        if key is not None and not payload["userErrors"]:
            self._remembered[key] = (json.dumps(request, sort_keys=True), payload)
        return payload


def _entries(work: Body, wanted: list[Body] | None) -> list[tuple[Body | None, int]]:
    """The lines asked for, or all that remain when none is named."""
    if wanted is None:
        return [(entry, entry["remaining"]) for entry in work["lines"] if entry["remaining"]]
    by_id = {entry["id"]: entry for entry in work["lines"]}
    return [(by_id.get(number_of(each["id"])), each["quantity"]) for each in wanted]


def _shrink(order: Order, line_id: int, units: int) -> None:
    for work in order.facts["work"]:
        for entry in work["lines"]:
            if entry["line"] == line_id:
                taken = min(units, entry["remaining"])
                entry["remaining"] -= taken
                entry["total"] -= taken
                units -= taken
        if work["status"] in _OPEN and not any(entry["remaining"] for entry in work["lines"]):
            work["status"] = "CLOSED"


def _stock_error(code: str, message: str, *path: str) -> Body:
    return {"code": code, "field": ["input", *path], "message": message}


def _shipped(parcel: Body | None, error: str = "") -> Body:
    return {"fulfillment": parcel, "userErrors": [{"field": ["fulfillment"], "message": error}] if error else []}


def _prepared(code: str, message: str) -> Body:
    return {"userErrors": [{"code": code, "field": None, "message": message}]}


def _cancelled(job: Body | None, code: str = "", message: str = "") -> Body:
    errors = [{"code": code, "field": ["orderId"], "message": message}] if code else []
    return {"job": job, "orderCancelUserErrors": errors}


def summary(order: Order) -> dict[str, Any]:
    return {
        "tracking": [each.get("number") for parcel in order.facts["parcels"] for each in parcel["tracking"]],
        "parcels": [
            {"tracking": [each.get("number") for each in parcel["tracking"]], "lines": parcel["lines"]}
            for parcel in order.facts["parcels"]
        ],
        "refunds": [{"amount": each["cents"] / 100, "note": each["note"]} for each in order.facts["refunds"]],
        "ready": order.facts["ready"],
        "cancelled": order.cancelled_at is not None,
    }
