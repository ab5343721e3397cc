"""WooCommerce's products and variations as listings, and what a stock write answered."""

from collections.abc import Mapping
from typing import Any

from channels.connectors.enums import ErrorKind
from channels.connectors.reading import money, records, text
from channels.connectors.types import Listing, PushResult, StockPush

VARIABLE = "variable"


def listing(product: Mapping[str, Any], parent_id: str = "") -> Listing:
    """`external_id` is the product's number, or parent:variation."""
    own_id = text(product, "id")
    managed = product.get("manage_stock") is True
    return Listing(
        external_id=f"{parent_id}:{own_id}" if parent_id else own_id,
        sku=text(product, "sku"),
        product_id=parent_id or own_id,
        variant_id=own_id if parent_id else "",
        inventory_id=own_id,
        title=_title(product),
        barcode=text(product, "global_unique_id"),
        stock_managed=managed,
        quantity=quantity_of(product),
    )


def is_sold_directly(product: Mapping[str, Any]) -> bool:
    """Variable products are sold by variation; grouped and external ones hold no stock of their own."""
    return text(product, "type") not in {VARIABLE, "grouped", "external"}


def quantity_of(product: Mapping[str, Any]) -> int | None:
    if product.get("stock_quantity") is None:
        return None
    return int(money(product, "stock_quantity"))


def stock_update(push: StockPush, *, manage_stock: bool) -> dict[str, Any]:
    managed = {"manage_stock": True} if manage_stock else {}
    return {"id": int(push.listing.variant_id or push.listing.product_id), "stock_quantity": push.quantity, **managed}


def push_result(push: StockPush, answered: Mapping[str, Any]) -> PushResult:
    """A batch answers 200 even where an element failed, so each one is looked at."""
    failure = answered.get("error")
    if isinstance(failure, Mapping):
        gone = str(failure.get("code", "")).endswith("_invalid_id")
        return PushResult(
            listing=push.listing,
            accepted=False,
            reason=str(failure.get("message") or failure.get("code") or "refused"),
            kind=ErrorKind.GONE if gone else ErrorKind.VALIDATION,
        )
    quantity = quantity_of(answered)
    if quantity == push.quantity:
        return PushResult(listing=push.listing, accepted=True, quantity=quantity)
    reason = "The shop does not manage the stock of this product." if quantity is None else f"The shop has {quantity}."
    return PushResult(listing=push.listing, accepted=False, quantity=quantity, reason=reason, kind=ErrorKind.VALIDATION)


def refused(push: StockPush, reason: str, kind: ErrorKind = ErrorKind.VALIDATION) -> PushResult:
    return PushResult(listing=push.listing, accepted=False, reason=reason, kind=kind)


def _title(product: Mapping[str, Any]) -> str:
    options = [text(each, "option") for each in records(product, "attributes") if each.get("option")]
    return text(product, "name") or " ".join(options)
