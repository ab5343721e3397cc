"""WooCommerce's REST v3 bodies, drawn from the shop."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from channels.simulators.shop import VAT, Line, Order, Product, Shop, split_tax

ZONE = ZoneInfo("Europe/Paris")
VERSION = "11.0.1"
_PAYMENTS = {"card": "stripe", "transfer": "bacs", "cod": "cod"}
_TITLES = {"card": "Carte bancaire", "transfer": "Virement bancaire", "cod": "Paiement à la livraison"}


def amount(cents: int) -> str:
    return f"{cents / 100:.2f}"


def local(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, tz=ZONE).strftime("%Y-%m-%dT%H:%M:%S")


def gmt(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _dates(**moments: float | None) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, at in moments.items():
        found[name] = local(at)
        found[f"{name}_gmt"] = gmt(at)
    return found


def order_body(shop: Shop, order: Order) -> dict[str, Any]:
    shipping_net, shipping_tax = split_tax(order.shipping, VAT)
    line_tax = sum(split_tax(line.gross, line.vat)[1] for line in order.lines)
    discounts = [split_tax(line.discount, line.vat) for line in order.lines]
    person = order.customer
    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.facts["status"],
        "currency": "EUR",
        "version": VERSION,
        "prices_include_tax": True,
        **_dates(
            date_created=order.placed_at,
            date_modified=order.modified_at,
            date_completed=order.completed_at,
            date_paid=order.paid_at,
        ),
        "discount_total": amount(sum(net for net, _ in discounts)),
        "discount_tax": amount(sum(tax for _, tax in discounts)),
        "shipping_total": amount(shipping_net),
        "shipping_tax": amount(shipping_tax),
        "cart_tax": amount(line_tax),
        "total": amount(order.gross),
        "total_tax": amount(line_tax + shipping_tax),
        "customer_id": 0,
        "order_key": f"wc_order_{order.id:08x}",
        "billing": {**_address(order), "email": person["email"]},
        "shipping": _address(order),
        "payment_method": _PAYMENTS[order.payment],
        "payment_method_title": _TITLES[order.payment],
        "transaction_id": f"tx_{order.id}" if order.paid_at else "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "checkout",
        "customer_note": order.note,
        "cart_hash": "",
        "number": order.number,
        "meta_data": order.facts.get("meta", []),
        "line_items": [_line_body(line, order.stock_taken) for line in order.lines],
        "tax_lines": _tax_lines(order, shipping_tax),
        "shipping_lines": [_shipping_line(shop, order, shipping_net, shipping_tax)],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [
            {"id": each["id"], "reason": each["reason"], "total": f"-{each['amount']}"}
            for each in order.facts.get("refunds", [])
        ],
        "payment_url": "",
        "is_editable": order.facts["status"] == "pending",
        "needs_payment": order.facts["status"] in {"pending", "failed"},
        "needs_processing": True,
        "currency_symbol": "€",
        "_links": {},
    }


def _address(order: Order) -> dict[str, str]:
    person = order.customer
    return {
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "company": person["company"],
        "address_1": person["address1"],
        "address_2": person["address2"],
        "city": person["city"],
        "state": "",
        "postcode": person["postcode"],
        "country": person["country"],
        "phone": person["phone"],
    }


def _line_body(line: Line, taken: bool) -> dict[str, Any]:  # noqa: FBT001 -- one fact of the order
    list_net, list_tax = split_tax(line.unit * line.quantity, line.vat)
    net, tax = split_tax(line.gross, line.vat)
    reduced = line.quantity - line.restocked
    mark = {"id": line.id, "key": "_reduced_stock", "value": str(reduced)}
    return {
        "id": line.id,
        "name": line.name,
        "product_id": line.product_id,
        "variation_id": 0,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": amount(list_net),
        "subtotal_tax": amount(list_tax),
        "total": amount(net),
        "total_tax": amount(tax),
        "taxes": [{"id": line.vat, "total": amount(tax), "subtotal": amount(list_tax)}],
        "meta_data": [mark] if taken and reduced else [],
        "sku": line.sku if line.product_id else None,
        "global_unique_id": "",
        "price": round(net / 100 / line.quantity, 6) if line.quantity else 0,
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def with_variation(body: dict[str, Any], products: dict[int, Product]) -> dict[str, Any]:
    """An order's lines name the parent and the variation; the shop knows only the article sold."""
    for line in body["line_items"]:
        product = products.get(line["product_id"])
        if product is not None and product.parent_id:
            line["product_id"], line["variation_id"] = product.parent_id, product.id
    return body


def _tax_lines(order: Order, shipping_tax: int) -> list[dict[str, Any]]:
    taxes: dict[int, int] = {}
    for line in order.lines:
        taxes[line.vat] = taxes.get(line.vat, 0) + split_tax(line.gross, line.vat)[1]
    taxes.setdefault(VAT, 0)
    return [
        {
            "id": vat,
            "rate_code": f"FR-TVA-{vat}",
            "rate_id": vat,
            "label": f"TVA {vat / 100:g} %",
            "compound": False,
            "tax_total": amount(tax),
            "shipping_tax_total": amount(shipping_tax if vat == VAT else 0),
            "rate_percent": vat / 100,
            "meta_data": [],
        }
        for vat, tax in taxes.items()
    ]


def _shipping_line(shop: Shop, order: Order, net: int, tax: int) -> dict[str, Any]:
    title, method = "Colissimo", "flat_rate"
    if order.delivery == "pickup":
        title = f"Retrait en magasin ({order.pickup or shop.name})"
        method = "pickup_location" if order.pickup else "local_pickup"
    return {
        "id": order.id * 10,
        "method_title": title,
        "method_id": method,
        "instance_id": "1",
        "total": amount(net),
        "total_tax": amount(tax),
        "taxes": [{"id": VAT, "total": amount(tax), "subtotal": ""}],
        "tax_status": "taxable",
        "meta_data": [{"id": order.id * 10, "key": "pickup_location", "value": order.pickup}] if order.pickup else [],
    }


def product_body(product: Product, children: list[Product]) -> dict[str, Any]:
    managed = product.manage_stock
    kind = "variation" if product.parent_id else ("variable" if children else "simple")
    return {
        "id": product.id,
        "name": product.name,
        **_dates(date_created=product.modified_at, date_modified=product.modified_at),
        "type": kind,
        "status": "publish",
        "sku": product.sku,
        "global_unique_id": product.barcode,
        "price": amount(product.price),
        "regular_price": amount(product.price),
        "manage_stock": managed,
        "stock_quantity": product.stock if managed else None,
        "stock_status": "instock" if not managed or product.stock > 0 else "outofstock",
        "backorders": "no",
        "weight": "",
        "parent_id": product.parent_id,
        "attributes": [],
        "variations": [each.id for each in children],
        "meta_data": [],
        "_links": {},
    }


def refund_body(refund: dict[str, Any]) -> dict[str, Any]:
    return {**refund, "refunded_by": 1, "refunded_payment": False, "shipping_lines": [], "fee_lines": [], "_links": {}}
