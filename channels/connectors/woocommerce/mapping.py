"""WooCommerce's order, product and refund bodies in neutral words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from channels.connectors.balance import difference, unit_price
from channels.connectors.enums import ChargeKind, DeliveryKind, OrderState, PaymentState, TaxMode
from channels.connectors.errors import MappingError
from channels.connectors.reading import (
    count,
    currency,
    flag,
    moment,
    money,
    part,
    record,
    records,
    required,
    required_moment,
    text,
)
from channels.connectors.types import (
    ChannelAddress,
    ChannelCharge,
    ChannelCustomer,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
    ChannelPickup,
    ChannelTax,
    UnmappableOrder,
)
from channels.connectors.woocommerce.config import Reading

_STATES = {
    "auto-draft": OrderState.DRAFT,
    "checkout-draft": OrderState.DRAFT,
    "draft": OrderState.DRAFT,
    "pending": OrderState.AWAIT_PAYMENT,
    "on-hold": OrderState.AWAIT_PAYMENT,
    "failed": OrderState.AWAIT_PAYMENT,
    "processing": OrderState.TO_FULFIL,
    "completed": OrderState.SHIPPED,
    "cancelled": OrderState.CANCELLED,
    "trash": OrderState.CANCELLED,
    "refunded": OrderState.REFUNDED,
}
_WITHOUT_STOCK = frozenset({"auto-draft", "checkout-draft", "draft", "pending", "failed", "cancelled", "trash"})
_UNPAID = {
    "auto-draft": PaymentState.PENDING,
    "checkout-draft": PaymentState.PENDING,
    "draft": PaymentState.PENDING,
    "pending": PaymentState.PENDING,
    "on-hold": PaymentState.PENDING,
    "failed": PaymentState.FAILED,
}
_STORE_PICKUP = frozenset({"local_pickup", "pickup_location"})
_LOCAL = frozenset({"local_delivery"})
_VAT_KEYS = ("_vat_number", "vat_number", "_billing_vat_number", "_billing_vat", "_billing_eu_vat_number")
_PICKUP_NAMES = ("pickup_location", "_pickup_location_name")
_ON_DELIVERY = "cod"
REFUND_DETAILS = "refund_details"


def map_order(
    body: Mapping[str, Any], refunds: Sequence[Mapping[str, Any]], reading: Reading
) -> ChannelOrder | UnmappableOrder:
    """The order, or why it cannot be brought into the model. `refunds` are the full bodies of its refunds."""
    raw = {**body, REFUND_DETAILS: list(refunds)} if refunds else dict(body)
    try:
        return _order(body, refunds, reading, raw)
    except MappingError as problem:
        return UnmappableOrder(external_id=_id_of(body), reason=str(problem), raw=raw)


def has_refunds(body: Mapping[str, Any]) -> bool:
    return bool(body.get("refunds"))


def _id_of(body: Mapping[str, Any]) -> str:
    value = body.get("id")
    return str(value) if isinstance(value, int | str) else ""


def _order(
    body: Mapping[str, Any], refunds: Sequence[Mapping[str, Any]], reading: Reading, raw: Mapping[str, Any]
) -> ChannelOrder:
    status = required(body, "status").removeprefix("wc-")
    state = _state(status, reading)
    taken_back = _taken_back(body, refunds)
    lines = tuple(_line(each, body, state, taken_back) for each in records(body, "line_items"))
    if not lines:
        raise MappingError("The order has no lines.")
    charges = _charges(body)
    gross, tax = money(body, "total"), money(body, "total_tax")
    if gross < 0:
        raise MappingError("The order's total is negative.")
    rest = difference(lines, charges, gross=gross, tax=tax)
    billing = _address(part(body, "billing"))
    own_shipping = _address(part(body, "shipping"))
    delivery = _delivery(body, own_shipping, reading)
    placed_at = required_moment(body, "date_created_gmt")
    return ChannelOrder(
        external_id=required(body, "id"),
        number=text(body, "number") or required(body, "id"),
        state=state,
        payment=_payment(body, status, gross),
        currency=currency(body, "currency"),
        tax_mode=TaxMode.INCLUDED if flag(body, "prices_include_tax") else TaxMode.EXCLUDED,
        placed_at=placed_at,
        updated_at=moment(body, "date_modified_gmt") or placed_at,
        lines=lines,
        charges=charges if rest is None else (*charges, rest),
        total_net=gross - tax,
        total_tax=tax,
        total_gross=gross,
        discount_net=sum((each.discount_net for each in lines), Decimal(0)),
        discount_gross=sum((each.discount_gross for each in lines), Decimal(0)),
        customer=_customer(body, billing),
        billing=billing,
        shipping=billing if own_shipping.is_empty and delivery is not DeliveryKind.NONE else own_shipping,
        delivery=delivery,
        pickup=_pickup(body, delivery, reading),
        shipping_code=_first_shipping(body, "method_id"),
        shipping_label=_first_shipping(body, "method_title"),
        holds_stock=status not in _WITHOUT_STOCK,
        coupons=tuple(text(each, "code") for each in records(body, "coupon_lines")),
        note=text(body, "customer_note"),
        notices=_notices(status, rest, lines),
        raw=raw,
    )


def _state(status: str, reading: Reading) -> OrderState:
    found = reading.extra_statuses.get(status) or _STATES.get(status)
    if found is None:
        raise MappingError(
            f"The shop has a status that is not known here: {status!r}. Give it a meaning in the settings."
        )
    return found


def _notices(status: str, rest: ChannelCharge | None, lines: Sequence[ChannelLine]) -> tuple[str, ...]:
    notices = []
    if status == "trash":
        notices.append("The order was moved to the bin of the shop.")
    if rest is not None and rest.kind is ChargeKind.ADJUSTMENT:
        notices.append(f"The shop's total differs from the sum of its parts by {rest.total_gross}.")
    if any(not each.sku for each in lines):
        notices.append("A line has no SKU: its product was deleted or never had one.")
    return tuple(notices)


def _payment(body: Mapping[str, Any], status: str, gross: Decimal) -> ChannelPayment:
    refunded = sum((-money(each, "total") for each in records(body, "refunds")), Decimal(0))
    paid_at = moment(body, "date_paid_gmt")
    method = text(body, "payment_method")
    return ChannelPayment(
        state=_payment_state(status, method, gross, refunded, paid=paid_at is not None),
        method=method,
        label=text(body, "payment_method_title"),
        transaction_id=text(body, "transaction_id"),
        paid_at=paid_at,
        refunded_gross=refunded,
    )


def _payment_state(status: str, method: str, gross: Decimal, refunded: Decimal, *, paid: bool) -> PaymentState:
    if status == "refunded" or (refunded > 0 and refunded >= gross):
        return PaymentState.REFUNDED
    if refunded > 0:
        return PaymentState.PART_REFUNDED
    if status in _UNPAID:
        return _UNPAID[status]
    if not paid and status in {"cancelled", "trash"}:
        return PaymentState.VOIDED
    return PaymentState.ON_DELIVERY if method == _ON_DELIVERY and not paid else PaymentState.PAID


def _taken_back(body: Mapping[str, Any], refunds: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Per line: units refunded, and those of them refunded before the order was completed."""
    completed_at = moment(body, "date_completed_gmt")
    found: dict[str, tuple[int, int]] = {}
    for refund in refunds:
        refunded_at = moment(record(refund, "A refund"), "date_created_gmt")
        before = completed_at is None or refunded_at is None or refunded_at < completed_at
        for line in records(refund, "line_items"):
            units = abs(count(line, "quantity"))
            line_id = _meta(line, "_refunded_item_id")
            total, early = found.get(line_id, (0, 0))
            found[line_id] = (total + units, early + (units if before else 0))
    return found


def _line(
    line: Mapping[str, Any], body: Mapping[str, Any], state: OrderState, taken_back: Mapping[str, tuple[int, int]]
) -> ChannelLine:
    line_id, quantity = required(line, "id"), count(line, "quantity")
    if quantity < 0:
        raise MappingError(f"Line {line_id} has a negative quantity: {quantity}.")
    refunded, early = taken_back.get(line_id, (0, 0))
    left = state is OrderState.SHIPPED or moment(body, "date_completed_gmt") is not None
    given_up = state is OrderState.CANCELLED or (state is OrderState.REFUNDED and not left)
    cancelled = quantity if given_up else min(early, quantity)
    list_net, list_tax = money(line, "subtotal"), money(line, "subtotal_tax")
    net, tax = money(line, "total"), money(line, "total_tax")
    return ChannelLine(
        external_id=line_id,
        quantity=quantity,
        quantity_cancelled=cancelled,
        quantity_shipped=quantity - cancelled if left else 0,
        quantity_refunded=min(refunded, quantity),
        sku=text(line, "sku"),
        barcode=text(line, "global_unique_id"),
        title=text(line, "name"),
        product_id=_positive(line, "product_id"),
        variant_id=_positive(line, "variation_id"),
        unit_net=unit_price(list_net, quantity),
        unit_gross=unit_price(list_net + list_tax, quantity),
        discount_net=list_net - net,
        discount_gross=list_net + list_tax - net - tax,
        total_net=net,
        total_tax=tax,
        total_gross=net + tax,
        taxes=_taxes(line, body),
    )


def _charges(body: Mapping[str, Any]) -> tuple[ChannelCharge, ...]:
    shipping = [_charge(each, ChargeKind.SHIPPING, "method_title", body) for each in records(body, "shipping_lines")]
    fees = [_charge(each, ChargeKind.FEE, "name", body) for each in records(body, "fee_lines")]
    return (*shipping, *fees)


def _charge(entry: Mapping[str, Any], kind: ChargeKind, label: str, body: Mapping[str, Any]) -> ChannelCharge:
    net, tax = money(entry, "total"), money(entry, "total_tax")
    return ChannelCharge(
        kind=kind,
        external_id=text(entry, "id"),
        label=text(entry, label),
        code=text(entry, "method_id"),
        total_net=net,
        total_tax=tax,
        total_gross=net + tax,
        taxes=_taxes(entry, body),
    )


def _taxes(entry: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[ChannelTax, ...]:
    known = {text(each, "rate_id"): each for each in records(body, "tax_lines")}
    found = []
    for each in records(entry, "taxes"):
        rate = known.get(text(each, "id"), {})
        percent = money(rate, "rate_percent") if rate.get("rate_percent") is not None else None
        found.append(
            ChannelTax(
                amount=money(each, "total"), rate=None if percent is None else percent / 100, label=text(rate, "label")
            )
        )
    return tuple(found)


def _delivery(body: Mapping[str, Any], shipping: ChannelAddress, reading: Reading) -> DeliveryKind:
    methods = {text(each, "method_id").partition(":")[0] for each in records(body, "shipping_lines")}
    if methods & _STORE_PICKUP:
        return DeliveryKind.STORE_PICKUP
    if reading.pickup_point_meta_key and _meta(body, reading.pickup_point_meta_key):
        return DeliveryKind.PICKUP_POINT
    if methods & _LOCAL:
        return DeliveryKind.LOCAL
    if not methods and shipping.is_empty and body.get("needs_processing") is False:
        return DeliveryKind.NONE
    return DeliveryKind.SHIP


def _pickup(body: Mapping[str, Any], delivery: DeliveryKind, reading: Reading) -> ChannelPickup | None:
    if delivery is DeliveryKind.PICKUP_POINT:
        return ChannelPickup(
            external_id=_meta(body, reading.pickup_point_meta_key), network=_first_shipping(body, "method_id")
        )
    if delivery is not DeliveryKind.STORE_PICKUP:
        return None
    chosen = next(each for each in records(body, "shipping_lines") if _is_store_pickup(each))
    name = next((found for key in _PICKUP_NAMES if (found := _meta(chosen, key))), "")
    return ChannelPickup(external_id=text(chosen, "instance_id"), name=name or text(chosen, "method_title"))


def _is_store_pickup(entry: Mapping[str, Any]) -> bool:
    return text(entry, "method_id").partition(":")[0] in _STORE_PICKUP


def _first_shipping(body: Mapping[str, Any], key: str) -> str:
    return next((text(each, key) for each in records(body, "shipping_lines")), "")


def _customer(body: Mapping[str, Any], billing: ChannelAddress) -> ChannelCustomer:
    return ChannelCustomer(
        external_id=_positive(body, "customer_id"),
        name=billing.name,
        first_name=billing.first_name,
        last_name=billing.last_name,
        company=billing.company,
        email=billing.email,
        phone=billing.phone,
        vat_number=next((found for key in _VAT_KEYS if (found := _meta(body, key))), ""),
    )


def _address(body: Mapping[str, Any]) -> ChannelAddress:
    first, last = text(body, "first_name"), text(body, "last_name")
    return ChannelAddress(
        name=f"{first} {last}".strip(),
        first_name=first,
        last_name=last,
        company=text(body, "company"),
        line1=text(body, "address_1"),
        line2=text(body, "address_2"),
        postcode=text(body, "postcode"),
        city=text(body, "city"),
        region=text(body, "state"),
        country=text(body, "country").upper(),
        phone=text(body, "phone"),
        email=text(body, "email"),
    )


def _positive(body: Mapping[str, Any], key: str) -> str:
    """An id; WooCommerce writes 0 for none."""
    value = text(body, key)
    return "" if value == "0" else value


def _meta(body: Mapping[str, Any], key: str) -> str:
    """The value of an extension's field, when it is a plain one."""
    for each in records(body, "meta_data"):
        value = each.get("value")
        if each.get("key") == key and isinstance(value, str | int):
            return str(value).strip()
    return ""
