"""Shopify's order, as the GraphQL API shapes it, in neutral words. Amounts are in the shop's currency."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from channels.connectors.balance import difference
from channels.connectors.enums import ChargeKind, DeliveryKind, OrderState, PaymentState, TaxMode
from channels.connectors.errors import MappingError
from channels.connectors.reading import (
    currency,
    flag,
    moment,
    part,
    record,
    records,
    required,
    required_moment,
    text,
)
from channels.connectors.shopify.amounts import charge, set_amount
from channels.connectors.shopify.line_mapping import Context, map_line
from channels.connectors.types import (
    ChannelAddress,
    ChannelCharge,
    ChannelCustomer,
    ChannelLine,
    ChannelOrder,
    ChannelPayment,
    ChannelPickup,
    UnmappableOrder,
)

_PAYMENTS = {
    "PENDING": PaymentState.PENDING,
    "AUTHORIZED": PaymentState.AUTHORIZED,
    "PARTIALLY_PAID": PaymentState.PART_PAID,
    "PAID": PaymentState.PAID,
    "PARTIALLY_REFUNDED": PaymentState.PART_REFUNDED,
    "REFUNDED": PaymentState.REFUNDED,
    "EXPIRED": PaymentState.FAILED,
    "VOIDED": PaymentState.VOIDED,
}
_AWAITED = frozenset({PaymentState.PENDING, PaymentState.PART_PAID, PaymentState.FAILED, PaymentState.VOIDED})
_WORK = {
    "UNFULFILLED": OrderState.TO_FULFIL,
    "OPEN": OrderState.TO_FULFIL,
    "IN_PROGRESS": OrderState.TO_FULFIL,
    "PENDING_FULFILLMENT": OrderState.TO_FULFIL,
    "REQUEST_DECLINED": OrderState.TO_FULFIL,
    "ON_HOLD": OrderState.HOLD,
    "SCHEDULED": OrderState.HOLD,
    "PARTIALLY_FULFILLED": OrderState.PART_SHIPPED,
    "FULFILLED": OrderState.SHIPPED,
    "FULFILLMENT_NOT_REQUIRED": OrderState.SHIPPED,
    "RESTOCKED": OrderState.REFUNDED,
}
_SENT = frozenset({OrderState.PART_SHIPPED, OrderState.SHIPPED})
_DELIVERIES = {
    "SHIPPING": DeliveryKind.SHIP,
    "PICK_UP": DeliveryKind.STORE_PICKUP,
    "PICKUP_POINT": DeliveryKind.PICKUP_POINT,
    "LOCAL": DeliveryKind.LOCAL,
    "RETAIL": DeliveryKind.BY_CHANNEL,
    "NONE": DeliveryKind.NONE,
}
_ON_DELIVERY = ("cash on delivery", "paiement à la livraison", "(cod)")
_GIFT_KEYS = frozenset({"gift", "cadeau", "gift_message", "message_cadeau"})


def map_order(body: Mapping[str, Any], shipped: Mapping[str, int] | None = None) -> ChannelOrder | UnmappableOrder:
    """The order, or why it cannot be brought into the model. `shipped`: units dispatched per line, where known."""
    try:
        return _order(body, shipped)
    except MappingError as problem:
        return UnmappableOrder(external_id=str(body.get("id") or ""), reason=str(problem), raw=dict(body))


def shipped_is_unclear(body: Mapping[str, Any]) -> bool:
    """Units were taken off an order that is also partly sent: were they sent before?"""
    try:
        lines = records(part(body, "lineItems"), "nodes")
        removed = any(each.get("currentQuantity") != each.get("quantity") for each in lines)
        return removed and _WORK.get(text(body, "displayFulfillmentStatus")) in _SENT
    except MappingError:
        return False


def _order(body: Mapping[str, Any], shipped: Mapping[str, int] | None) -> ChannelOrder:
    included = flag(body, "taxesIncluded")
    payment = _payment(body)
    state = _state(body, payment)
    nodes = records(record(body.get("lineItems"), "lineItems"), "nodes")
    given_up = state is OrderState.CANCELLED
    unsent = _WORK[text(body, "displayFulfillmentStatus")] not in _SENT
    context = Context(included=included, given_up=given_up, unsent=unsent, shipped=shipped)
    lines = tuple(map_line(each, context) for each in nodes)
    if not lines:
        raise MappingError("The order has no lines.")
    charges = _charges(body, included=included)
    gross, tax = set_amount(body, "totalPriceSet"), set_amount(body, "totalTaxSet")
    rest = difference(lines, charges, gross=gross, tax=tax)
    work = _work(body)
    delivery = _delivery(body, work)
    own = currency(body, "currencyCode")
    return ChannelOrder(
        external_id=required(body, "id"),
        number=required(body, "name"),
        state=state,
        payment=payment,
        currency=own,
        tax_mode=TaxMode.INCLUDED if included else TaxMode.EXCLUDED,
        placed_at=moment(body, "processedAt") or required_moment(body, "createdAt"),
        updated_at=required_moment(body, "updatedAt"),
        cancelled_at=moment(body, "cancelledAt"),
        lines=lines,
        charges=charges if rest is None else (*charges, rest),
        total_net=gross - tax,
        total_tax=tax,
        total_gross=gross,
        discount_net=sum((each.discount_net for each in lines), Decimal(0)),
        discount_gross=sum((each.discount_gross for each in lines), Decimal(0)),
        customer=_customer(body),
        billing=_address(part(body, "billingAddress"), text(body, "email")),
        shipping=_address(part(body, "shippingAddress"), text(body, "email")),
        delivery=delivery,
        pickup=_pickup(work, delivery),
        shipping_code=next((text(each, "code") for each in _shipping_lines(body)), ""),
        shipping_label=next((text(each, "title") for each in _shipping_lines(body)), ""),
        holds_stock=not given_up,
        ship_by=_earliest(moment(each, "fulfillBy") for each in work),
        deliver_from=_earliest(moment(part(each, "deliveryMethod"), "minDeliveryDateTime") for each in work),
        deliver_by=_latest(moment(part(each, "deliveryMethod"), "maxDeliveryDateTime") for each in work),
        coupons=_texts(body, "discountCodes"),
        tags=_texts(body, "tags"),
        note=text(body, "note"),
        gift=any(text(each, "key").strip("_").lower() in _GIFT_KEYS for each in records(body, "customAttributes")),
        test=flag(body, "test"),
        notices=_notices(body, own, rest, lines),
        raw=dict(body),
    )


def _state(body: Mapping[str, Any], payment: ChannelPayment) -> OrderState:
    status = text(body, "displayFulfillmentStatus")
    work = _WORK.get(status)
    if work is None:
        raise MappingError(f"The fulfilment status is not known here: {status!r}.")
    if moment(body, "cancelledAt") is not None:
        return OrderState.CANCELLED
    if work in _SENT:
        return work
    if payment.state is PaymentState.REFUNDED:
        return OrderState.REFUNDED
    return OrderState.AWAIT_PAYMENT if payment.state in _AWAITED else work


def _payment(body: Mapping[str, Any]) -> ChannelPayment:
    status = text(body, "displayFinancialStatus")
    state = _PAYMENTS.get(status)
    if state is None:
        raise MappingError(f"The payment status is not known here: {status!r}.")
    gateways = _texts(body, "paymentGatewayNames")
    if state is PaymentState.PENDING and any(mark in each.lower() for each in gateways for mark in _ON_DELIVERY):
        state = PaymentState.ON_DELIVERY
    money = [
        each
        for each in records(body, "transactions")
        if text(each, "kind") in {"SALE", "CAPTURE"} and text(each, "status") == "SUCCESS"
    ]
    return ChannelPayment(
        state=state,
        method=gateways[0] if gateways else "",
        label=", ".join(gateways),
        transaction_id=next((text(each, "paymentId") for each in money), ""),
        paid_at=_latest(moment(each, "processedAt") for each in money),
        refunded_gross=set_amount(body, "totalRefundedSet"),
    )


def _charges(body: Mapping[str, Any], *, included: bool) -> tuple[ChannelCharge, ...]:
    found = [
        charge(each, ChargeKind.SHIPPING, set_amount(each, "discountedPriceSet"), included=included)
        for each in _shipping_lines(body)
    ]
    found += [
        charge(each, ChargeKind.FEE, set_amount(each, "price"), included=included)
        for each in records(body, "additionalFees")
    ]
    for key, kind, label in (
        ("totalTipReceivedSet", ChargeKind.TIP, "Tip"),
        ("originalTotalDutiesSet", ChargeKind.DUTY, "Duties"),
    ):
        amount = set_amount(body, key)
        if amount:
            found.append(ChannelCharge(kind=kind, label=label, total_net=amount, total_gross=amount))
    return tuple(found)


def _shipping_lines(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return records(part(body, "shippingLines"), "nodes")


def _work(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The fulfilment orders that count: not those that were closed or cancelled in favour of others."""
    nodes = records(part(body, "fulfillmentOrders"), "nodes")
    return [each for each in nodes if text(each, "status") not in {"CANCELLED", "CLOSED"}] or nodes


def _delivery(body: Mapping[str, Any], work: Sequence[Mapping[str, Any]]) -> DeliveryKind:
    kinds = []
    for each in work:
        method = text(part(each, "deliveryMethod"), "methodType")
        if method and method not in _DELIVERIES:
            raise MappingError(f"The delivery method is not known here: {method!r}.")
        if method:
            kinds.append(_DELIVERIES[method])
    real = [kind for kind in kinds if kind is not DeliveryKind.NONE]
    if real:
        return real[0]
    return DeliveryKind.NONE if kinds or body.get("requiresShipping") is False else DeliveryKind.SHIP


def _pickup(work: Sequence[Mapping[str, Any]], delivery: DeliveryKind) -> ChannelPickup | None:
    if not work or delivery not in {DeliveryKind.STORE_PICKUP, DeliveryKind.PICKUP_POINT}:
        return None
    place, method = part(work[0], "assignedLocation"), part(work[0], "deliveryMethod")
    if delivery is DeliveryKind.PICKUP_POINT:
        return ChannelPickup(name=text(method, "presentedName"))
    return ChannelPickup(external_id=text(part(place, "location"), "id"), name=text(place, "name"))


def _customer(body: Mapping[str, Any]) -> ChannelCustomer:
    customer = part(body, "customer")
    company = text(part(part(body, "purchasingEntity"), "company"), "name")
    first, last = text(customer, "firstName"), text(customer, "lastName")
    billing = part(body, "billingAddress")
    return ChannelCustomer(
        external_id=text(customer, "id"),
        name=f"{first} {last}".strip() or text(customer, "displayName") or text(billing, "name"),
        first_name=first,
        last_name=last,
        company=company or text(billing, "company"),
        email=text(body, "email") or text(part(customer, "defaultEmailAddress"), "emailAddress"),
        phone=text(body, "phone") or text(part(customer, "defaultPhoneNumber"), "phoneNumber"),
        language=text(body, "customerLocale"),
    )


def _address(body: Mapping[str, Any], email: str) -> ChannelAddress:
    if not body:
        return ChannelAddress()
    first, last = text(body, "firstName"), text(body, "lastName")
    return ChannelAddress(
        name=text(body, "name") or f"{first} {last}".strip(),
        first_name=first,
        last_name=last,
        company=text(body, "company"),
        line1=text(body, "address1"),
        line2=text(body, "address2"),
        postcode=text(body, "zip"),
        city=text(body, "city"),
        region=text(body, "provinceCode") or text(body, "province"),
        country=text(body, "countryCodeV2").upper(),
        phone=text(body, "phone"),
        email=email,
    )


def _notices(
    body: Mapping[str, Any], own: str, rest: ChannelCharge | None, lines: Sequence[ChannelLine]
) -> tuple[str, ...]:
    notices = []
    paid_in = text(part(part(body, "totalPriceSet"), "presentmentMoney"), "currencyCode")
    if paid_in and paid_in != own:
        notices.append(f"The customer paid in {paid_in}; amounts are in the shop's currency, {own}.")
    if rest is not None and rest.kind is ChargeKind.ADJUSTMENT:
        notices.append(f"The shop's total differs from the sum of its parts by {rest.total_gross}.")
    if any(not each.sku for each in lines):
        notices.append("A line has no SKU.")
    return tuple(notices)


def _texts(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = body.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise MappingError(f"{key} is not a list.")
    return tuple(str(each).strip() for each in value if each)


def _earliest(moments: Any) -> datetime | None:
    return min((each for each in moments if each is not None), default=None)


def _latest(moments: Any) -> datetime | None:
    return max((each for each in moments if each is not None), default=None)
