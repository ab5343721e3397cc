"""The body of an orders/* webhook, which keeps the older REST shape, turned into the GraphQL one.

A webhook only wakes the poll; this serves to show what a stored message said, and to try real bodies.
"""

from collections.abc import Mapping
from typing import Any

from channels.connectors.errors import MappingError
from channels.connectors.reading import amount_of, count, part, records, text
from channels.connectors.shopify.config import gid
from channels.connectors.shopify.mapping import map_order
from channels.connectors.types import ChannelOrder, UnmappableOrder

_STATUSES = {"": "UNFULFILLED", "partial": "PARTIALLY_FULFILLED", "fulfilled": "FULFILLED", "restocked": "RESTOCKED"}
_SENT = frozenset({"success", "open", "pending"})


def map_webhook_order(body: Mapping[str, Any]) -> ChannelOrder | UnmappableOrder:
    """The order in the message, or why it cannot be brought into the model."""
    try:
        found = map_order(_order(body), _sent(body) if _is_partly_sent(body) else None)
    except MappingError as problem:
        return UnmappableOrder(external_id=_own_id(body), reason=str(problem), raw=dict(body))
    if isinstance(found, UnmappableOrder):
        return UnmappableOrder(external_id=_own_id(body), reason=found.reason, raw=dict(body))
    return found


def _own_id(body: Mapping[str, Any]) -> str:
    """Other messages have ids of other things."""
    number = body.get("id")
    is_order = "financial_status" in body or "total_price" in body
    return gid("Order", str(number)) if is_order and isinstance(number, int | str) and number != "" else ""


def _order(body: Mapping[str, Any]) -> dict[str, Any]:
    if "DraftOrder" in text(body, "admin_graphql_api_id") or "invoice_sent_at" in body:
        raise MappingError("This is a draft order: it is not an order yet.")
    if "line_items" not in body or "financial_status" not in body:
        raise MappingError("This is not a whole order: it has no line items or no payment status.")
    status = text(body, "fulfillment_status")
    refunded = sum(
        (amount_of(each.get("amount"), "amount") for refund in records(body, "refunds") for each in _paid_back(refund)),
        start=amount_of(None, "amount"),
    )
    return {
        "id": _own_id(body),
        "name": text(body, "name"),
        "createdAt": body.get("created_at"),
        "processedAt": body.get("processed_at"),
        "updatedAt": body.get("updated_at"),
        "cancelledAt": body.get("cancelled_at"),
        "test": body.get("test"),
        "currencyCode": body.get("currency"),
        "taxesIncluded": body.get("taxes_included"),
        "displayFinancialStatus": text(body, "financial_status").upper(),
        "displayFulfillmentStatus": _STATUSES.get(status, status.upper()),
        "email": body.get("email"),
        "phone": body.get("phone"),
        "note": body.get("note"),
        "tags": [each.strip() for each in text(body, "tags").split(",") if each.strip()],
        "customerLocale": body.get("customer_locale"),
        "discountCodes": [text(each, "code") for each in records(body, "discount_codes")],
        "paymentGatewayNames": body.get("payment_gateway_names"),
        "customAttributes": _attributes(body, "note_attributes"),
        "totalPriceSet": _money(body, "total_price"),
        "totalTaxSet": _money(body, "total_tax"),
        "totalTipReceivedSet": _money(body, "total_tip_received"),
        "totalRefundedSet": {"shopMoney": {"amount": str(refunded)}},
        "originalTotalDutiesSet": _money(body, "original_total_duties"),
        "customer": _customer(part(body, "customer")),
        "billingAddress": _address(part(body, "billing_address")),
        "shippingAddress": _address(part(body, "shipping_address")),
        "shippingLines": {"nodes": [_shipping(each) for each in records(body, "shipping_lines")]},
        "lineItems": {"nodes": [_line(each) for each in records(body, "line_items")]},
        "requiresShipping": any(each.get("requires_shipping") is not False for each in records(body, "line_items")),
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    variant, product = line.get("variant_id"), line.get("product_id")
    return {
        "id": gid("LineItem", text(line, "id")) if text(line, "id") else "",
        "sku": line.get("sku"),
        "name": line.get("name") or line.get("title"),
        "quantity": line.get("quantity"),
        "currentQuantity": line.get("current_quantity", line.get("quantity")),
        "unfulfilledQuantity": line.get("fulfillable_quantity", 0),
        "requiresShipping": line.get("requires_shipping"),
        "originalUnitPriceSet": _money(line, "price"),
        "discountAllocations": [
            {"allocatedAmountSet": _money(each, "amount")} for each in records(line, "discount_allocations")
        ],
        "taxLines": _taxes(line),
        "variant": {"id": gid("ProductVariant", str(variant))} if variant else None,
        "product": {"id": gid("Product", str(product))} if product else None,
        "customAttributes": _attributes(line, "properties"),
    }


def _shipping(line: Mapping[str, Any]) -> dict[str, Any]:
    key = "discounted_price" if line.get("discounted_price") is not None else "price"
    return {
        "id": text(line, "id"),
        "title": line.get("title"),
        "code": line.get("code"),
        "discountedPriceSet": _money(line, key),
        "taxLines": _taxes(line),
    }


def _taxes(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "title": each.get("title"),
            "ratePercentage": str(amount_of(each.get("rate"), "rate") * 100),
            "channelLiable": each.get("channel_liable"),
            "priceSet": _money(each, "price"),
        }
        for each in records(body, "tax_lines")
    ]


def _money(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Older bodies have the plain amount only, newer ones also both currencies."""
    both = part(body, f"{key}_set")
    shop = part(both, "shop_money")
    if not shop:
        return {"shopMoney": {"amount": body.get(key)}}
    customer = part(both, "presentment_money")
    return {
        "shopMoney": {"amount": shop.get("amount")},
        "presentmentMoney": {"amount": customer.get("amount"), "currencyCode": customer.get("currency_code")},
    }


def _customer(body: Mapping[str, Any]) -> dict[str, Any] | None:
    if not body:
        return None
    return {
        "id": gid("Customer", text(body, "id")),
        "firstName": body.get("first_name"),
        "lastName": body.get("last_name"),
        "defaultEmailAddress": {"emailAddress": body.get("email")},
        "defaultPhoneNumber": {"phoneNumber": body.get("phone")},
    }


def _address(body: Mapping[str, Any]) -> dict[str, Any] | None:
    if not body:
        return None
    return {
        "name": body.get("name"),
        "firstName": body.get("first_name"),
        "lastName": body.get("last_name"),
        "company": body.get("company"),
        "address1": body.get("address1"),
        "address2": body.get("address2"),
        "zip": body.get("zip"),
        "city": body.get("city"),
        "province": body.get("province"),
        "provinceCode": body.get("province_code"),
        "countryCodeV2": body.get("country_code"),
        "phone": body.get("phone"),
    }


def _attributes(body: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return [{"key": each.get("name"), "value": each.get("value")} for each in records(body, key)]


def _paid_back(refund: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in records(refund, "transactions") if text(each, "kind") == "refund"]


def _is_partly_sent(body: Mapping[str, Any]) -> bool:
    return bool(text(body, "fulfillment_status"))


def _sent(body: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for parcel in records(body, "fulfillments"):
        if text(parcel, "status") in _SENT:
            for line in records(parcel, "line_items"):
                line_id = gid("LineItem", text(line, "id"))
                found[line_id] = found.get(line_id, 0) + count(line, "quantity")
    return found
