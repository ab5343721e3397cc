"""Shopify's objects, drawn from the shop: for GraphQL with resolvers for the lists, for webhooks in the REST shape."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.simulators.shop import VAT, Line, Order, Product, Shop, split_tax

Body = dict[str, Any]
_CURRENCY = "EUR"
_GATEWAYS = {"card": "shopify_payments", "transfer": "Bank Deposit", "cod": "Cash on Delivery (COD)"}


def gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_of(name: str) -> int:
    text = name.rpartition("/")[2]
    return int(text) if text.isdecimal() else 0


def iso(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def bag(cents: int) -> Body:
    money = {"amount": f"{cents / 100:.2f}", "currencyCode": _CURRENCY}
    return {"shopMoney": money, "presentmentMoney": money}


def cursor_of(key: object) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def key_of(cursor: str) -> Any:
    return json.loads(base64.b64decode(cursor))


def connection(rows: Sequence[Body]) -> Callable[..., Body]:
    """A list with cursors by position, for lists that do not move."""

    def resolve(_info: Any, first: int | None = None, after: str | None = None, **_ignored: Any) -> Body:
        start = int(key_of(after)) + 1 if after else 0
        shown = rows[start : start + (first or len(rows))]
        last = start + len(shown) - 1
        return {
            "nodes": shown,
            "pageInfo": {"hasNextPage": last + 1 < len(rows), "endCursor": cursor_of(last) if shown else None},
        }

    return resolve


def financial_status(order: Order) -> str:
    paid_back = sum(each["cents"] for each in order.facts["refunds"])
    if order.paid_at is None:
        return "VOIDED" if order.cancelled_at else "PENDING"
    if paid_back >= order.gross > 0:
        return "REFUNDED"
    return "PARTIALLY_REFUNDED" if paid_back else "PAID"


def fulfilment_status(order: Order) -> str:
    shipped = sum(line.shipped for line in order.lines)
    waiting = sum(entry["remaining"] for work in order.facts["work"] for entry in work["lines"])
    if not shipped:
        return "UNFULFILLED"
    return "PARTIALLY_FULFILLED" if waiting else "FULFILLED"


class Drawing:
    """The objects of one shop. `places` are its locations by number."""

    def __init__(self, shop: Shop, places: dict[int, str]) -> None:
        self.shop = shop
        self.places = places

    def number_of_place(self, name: str) -> int:
        """The place of that name, or the first."""
        return next((number for number, known in self.places.items() if known == name), min(self.places))

    def place(self, number: int) -> Body:
        return {"__typename": "Location", "id": gid("Location", number), "name": self.places[number], "isActive": True}

    def item(self, product: Product) -> Body:
        def level(_info: Any, locationId: str, **_ignored: Any) -> Body | None:  # noqa: N803 -- the API's own name
            number = number_of(locationId)
            if number not in self.places:
                return None
            quantity = product.stock if number == min(self.places) else 0
            return {"quantities": lambda _i, names: [{"name": each, "quantity": quantity} for each in names]}

        return {
            "__typename": "InventoryItem",
            "id": gid("InventoryItem", product.id),
            "sku": product.sku,
            "tracked": product.manage_stock,
            "inventoryLevel": level,
        }

    def variant(self, product: Product) -> Body:
        parent = self.shop.products.get(product.parent_id, product)
        return {
            "__typename": "ProductVariant",
            "id": gid("ProductVariant", product.id),
            "sku": product.sku,
            "barcode": product.barcode or None,
            "displayName": product.name,
            "price": f"{product.price / 100:.2f}",
            "product": {"__typename": "Product", "id": gid("Product", parent.id), "title": parent.name},
            "inventoryItem": self.item(product),
        }

    def line(self, line: Line) -> Body:
        product = self.shop.products.get(line.product_id)
        variant = self.variant(product) if product else None
        return {
            "__typename": "LineItem",
            "id": gid("LineItem", line.id),
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "currentQuantity": line.quantity - line.refunded,
            "unfulfilledQuantity": max(line.quantity - line.shipped - line.cancelled, 0),
            "requiresShipping": True,
            "originalUnitPriceSet": bag(line.unit),
            "discountAllocations": [{"allocatedAmountSet": bag(line.discount)}] if line.discount else [],
            "taxLines": [_tax(line.gross, line.vat)],
            "variant": variant,
            "product": variant["product"] if variant else None,
            "customAttributes": [],
        }

    def work(self, order: Order, work: Body) -> Body:
        pickup = order.delivery == "pickup"
        return {
            "__typename": "FulfillmentOrder",
            "id": gid("FulfillmentOrder", work["id"]),
            "status": work["status"],
            "requestStatus": "UNSUBMITTED",
            "fulfillBy": None,
            "assignedLocation": {"name": self.places[work["place"]], "location": self.place(work["place"])},
            "deliveryMethod": {
                "id": gid("DeliveryMethod", work["id"]),
                "methodType": "PICK_UP" if pickup else "SHIPPING",
                "presentedName": "Retrait en magasin" if pickup else "Colissimo",
                "minDeliveryDateTime": None,
                "maxDeliveryDateTime": None,
            },
            "lineItems": connection([self._work_line(order, entry) for entry in work["lines"]]),
        }

    def _work_line(self, order: Order, entry: Body) -> Body:
        line = next(each for each in order.lines if each.id == entry["line"])
        return {
            "__typename": "FulfillmentOrderLineItem",
            "id": gid("FulfillmentOrderLineItem", entry["id"]),
            "totalQuantity": entry["total"],
            "remainingQuantity": entry["remaining"],
            "lineItem": self.line(line),
        }

    def parcel(self, order: Order, parcel: Body) -> Body:
        lines = {each.id: each for each in order.lines}
        entries = [
            {
                "__typename": "FulfillmentLineItem",
                "id": gid("FulfillmentLineItem", parcel["id"] * 100 + place),
                "quantity": entry["quantity"],
                "lineItem": self.line(lines[entry["line"]]),
            }
            for place, entry in enumerate(parcel["lines"])
        ]
        return {
            "__typename": "Fulfillment",
            "id": gid("Fulfillment", parcel["id"]),
            "status": parcel["status"],
            "trackingInfo": lambda _info, **_ignored: parcel["tracking"],
            "fulfillmentLineItems": connection(entries),
        }

    def order(self, order: Order) -> Body:
        parcels = [self.parcel(order, each) for each in order.facts["parcels"]]
        refunds = [{"__typename": "Refund", **each} for each in order.facts["refunds"]]
        return {
            **self._head(order),
            **_amounts(order),
            "customer": _customer(order),
            "purchasingEntity": None,
            "billingAddress": _address(order),
            "shippingAddress": _address(order),
            "transactions": lambda _info, **_ignored: _transactions(order),
            "refunds": lambda _info, **_ignored: refunds,
            "fulfillments": lambda _info, **_ignored: parcels,
            "shippingLines": connection([_shipping(order)]),
            "fulfillmentOrders": connection([self.work(order, each) for each in order.facts["work"]]),
            "lineItems": connection([self.line(each) for each in order.lines]),
        }

    def _head(self, order: Order) -> Body:
        return {
            "__typename": "Order",
            "id": gid("Order", order.id),
            "legacyResourceId": order.id,
            "name": f"#{order.number}",
            "createdAt": iso(order.placed_at),
            "processedAt": iso(order.placed_at),
            "updatedAt": iso(order.modified_at),
            "cancelledAt": iso(order.cancelled_at),
            "cancelReason": order.facts.get("cancel_reason"),
            "test": False,
            "edited": False,
            "currencyCode": _CURRENCY,
            "presentmentCurrencyCode": _CURRENCY,
            "taxesIncluded": True,
            "displayFinancialStatus": financial_status(order),
            "displayFulfillmentStatus": fulfilment_status(order),
            "email": order.customer["email"],
            "phone": order.customer["phone"],
            "note": order.note or None,
            "tags": [],
            "poNumber": None,
            "customerLocale": "fr",
            "discountCodes": [],
            "paymentGatewayNames": [_GATEWAYS[order.payment]],
            "requiresShipping": True,
            "sourceName": "web",
            "customAttributes": [],
        }


def _amounts(order: Order) -> Body:
    tax = sum(split_tax(line.gross, line.vat)[1] for line in order.lines) + split_tax(order.shipping, VAT)[1]
    return {
        "totalPriceSet": bag(order.gross),
        "totalTaxSet": bag(tax),
        "totalTipReceivedSet": bag(0),
        "totalRefundedSet": bag(sum(each["cents"] for each in order.facts["refunds"])),
        "originalTotalDutiesSet": None,
        "additionalFees": [],
    }


def _tax(gross: int, vat: int) -> Body:
    return {
        "title": "TVA",
        "ratePercentage": vat / 100,
        "channelLiable": False,
        "priceSet": bag(split_tax(gross, vat)[1]),
    }


def _shipping(order: Order) -> Body:
    pickup = order.delivery == "pickup"
    return {
        "id": gid("ShippingLine", order.id),
        "title": "Retrait en magasin" if pickup else "Colissimo",
        "code": "pickup" if pickup else "colissimo",
        "discountedPriceSet": bag(order.shipping),
        "taxLines": [_tax(order.shipping, VAT)] if order.shipping else [],
    }


def _transactions(order: Order) -> list[Body]:
    taken: Body = {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", order.id),
        "kind": "SALE",
        "status": "SUCCESS" if order.paid_at else "PENDING",
        "gateway": _GATEWAYS[order.payment],
        "processedAt": iso(order.paid_at or order.placed_at),
        "paymentId": f"r{order.id}",
        "amountSet": bag(order.gross),
    }
    return [taken]


def _customer(order: Order) -> Body:
    person = order.customer
    return {
        "__typename": "Customer",
        "id": gid("Customer", order.id),
        "firstName": person["first_name"],
        "lastName": person["last_name"],
        "displayName": f"{person['first_name']} {person['last_name']}",
        "defaultEmailAddress": {"emailAddress": person["email"]},
        "defaultPhoneNumber": {"phoneNumber": person["phone"]},
    }


def _address(order: Order) -> Body:
    person = order.customer
    return {
        "name": f"{person['first_name']} {person['last_name']}",
        "firstName": person["first_name"],
        "lastName": person["last_name"],
        "company": person["company"] or None,
        "address1": person["address1"],
        "address2": person["address2"] or None,
        "zip": person["postcode"],
        "city": person["city"],
        "province": None,
        "provinceCode": None,
        "countryCodeV2": person["country"],
        "phone": person["phone"],
    }


def rest_body(order: Order) -> Body:
    """What an orders/* webhook carries: the older REST names."""
    status = {"UNFULFILLED": None, "PARTIALLY_FULFILLED": "partial", "FULFILLED": "fulfilled"}[fulfilment_status(order)]
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "name": f"#{order.number}",
        "created_at": iso(order.placed_at),
        "processed_at": iso(order.placed_at),
        "updated_at": iso(order.modified_at),
        "cancelled_at": iso(order.cancelled_at),
        "currency": _CURRENCY,
        "taxes_included": True,
        "test": False,
        "financial_status": financial_status(order).lower(),
        "fulfillment_status": status,
        "email": order.customer["email"],
        "total_price": f"{order.gross / 100:.2f}",
        "total_tax": _amounts(order)["totalTaxSet"]["shopMoney"]["amount"],
        "payment_gateway_names": [_GATEWAYS[order.payment]],
        "line_items": [
            {
                "id": line.id,
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "current_quantity": line.quantity - line.refunded,
                "fulfillable_quantity": max(line.quantity - line.shipped - line.cancelled, 0),
                "price": f"{line.unit / 100:.2f}",
                "variant_id": line.product_id or None,
                "product_id": line.product_id or None,
                "requires_shipping": True,
                "tax_lines": [
                    {
                        "title": "TVA",
                        "rate": line.vat / 10000,
                        "price": f"{split_tax(line.gross, line.vat)[1] / 100:.2f}",
                    }
                ],
                "discount_allocations": [{"amount": f"{line.discount / 100:.2f}"}] if line.discount else [],
            }
            for line in order.lines
        ],
        "shipping_lines": [
            {
                "id": order.id,
                "title": "Colissimo",
                "code": "colissimo",
                "price": f"{order.shipping / 100:.2f}",
                "tax_lines": [
                    {"title": "TVA", "rate": VAT / 10000, "price": f"{split_tax(order.shipping, VAT)[1] / 100:.2f}"}
                ],
            }
        ],
        "refunds": [],
        "fulfillments": [],
    }
