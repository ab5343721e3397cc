import copy
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channels.connectors.enums import ChargeKind, DeliveryKind, OrderState, PaymentState, TaxMode
from channels.connectors.shopify.mapping import map_order, shipped_is_unclear
from channels.connectors.shopify.rest_mapping import map_webhook_order
from channels.connectors.types import ChannelOrder, ChannelPickup, UnmappableOrder
from tests.channels.connectors.payloads import payload

D = Decimal
LINE_1 = "gid://shopify/LineItem/1"


def mapped(shipped=None, **changes) -> ChannelOrder:
    order = map_order(payload("shopify_order", **changes), shipped)
    assert isinstance(order, ChannelOrder), order
    return order


def with_line(**changes) -> dict:
    lines = payload("shopify_order")["lineItems"]
    lines["nodes"][0] |= changes
    return {"lineItems": lines}


def with_work(**changes) -> dict:
    work = payload("shopify_order")["fulfillmentOrders"]
    work["nodes"][0] |= copy.deepcopy(changes)
    return {"fulfillmentOrders": work}


def test_the_head_of_an_order() -> None:
    order = mapped()

    assert (order.external_id, order.number, order.currency) == ("gid://shopify/Order/7001", "#1042", "EUR")
    assert (order.state, order.payment.state, order.tax_mode) == (
        OrderState.TO_FULFIL,
        PaymentState.PAID,
        TaxMode.INCLUDED,
    )
    assert (order.payment.transaction_id, order.payment.paid_at) == (
        "r7001.1",
        datetime(2026, 11, 3, 9, 15, 31, tzinfo=UTC),
    )
    assert order.ship_by == datetime(2026, 11, 5, 11, 0, tzinfo=UTC)
    assert (order.deliver_from, order.deliver_by) == (
        datetime(2026, 11, 6, tzinfo=UTC),
        datetime(2026, 11, 8, tzinfo=UTC),
    )
    assert (order.coupons, order.tags, order.gift, order.customer.language) == (("NOEL",), ("vip",), True, "fr-FR")
    assert (order.shipping.city, order.shipping.country, order.shipping.email) == (
        "Quimper",
        "FR",
        "loic.perrin@example.com",
    )


def test_prices_with_tax_are_taken_apart() -> None:
    shirt, bowl = mapped().lines

    assert (shirt.total_gross, shirt.total_tax, shirt.total_net) == (D("90.00"), D("15.00"), D("75.00"))
    assert (shirt.discount_gross, shirt.discount_net) == (D("10.00"), D("8.33"))
    assert (shirt.unit_gross, shirt.unit_net) == (D("50.0000"), D("41.6650"))
    assert (bowl.total_gross, bowl.taxes[0].rate, bowl.barcode) == (D("20.00"), D("0.2"), "3700000000012")


def test_prices_without_tax_get_it_added() -> None:
    order = mapped(taxesIncluded=False, totalPriceSet={"shopMoney": {"amount": "137.05"}})
    shirt = order.lines[0]

    assert (shirt.total_net, shirt.total_tax, shirt.total_gross) == (D("90.00"), D("15.00"), D("105.00"))
    assert order.total_gross == D("137.05")
    assert all(each.kind is not ChargeKind.ADJUSTMENT for each in order.charges)


def test_shipping_and_tip_are_charges_and_all_adds_up() -> None:
    order = mapped()

    assert [(each.kind, each.total_gross) for each in order.charges] == [
        (ChargeKind.SHIPPING, D("4.90")),
        (ChargeKind.TIP, D("3.00")),
    ]
    assert sum(each.total_gross for each in (*order.lines, *order.charges)) == order.total_gross == D("117.90")


@pytest.mark.parametrize(
    ("financial", "fulfilment", "state", "payment"),
    [
        ("PENDING", "UNFULFILLED", OrderState.AWAIT_PAYMENT, PaymentState.PENDING),
        ("AUTHORIZED", "UNFULFILLED", OrderState.TO_FULFIL, PaymentState.AUTHORIZED),
        ("PARTIALLY_PAID", "UNFULFILLED", OrderState.AWAIT_PAYMENT, PaymentState.PART_PAID),
        ("EXPIRED", "OPEN", OrderState.AWAIT_PAYMENT, PaymentState.FAILED),
        ("PAID", "ON_HOLD", OrderState.HOLD, PaymentState.PAID),
        ("PAID", "SCHEDULED", OrderState.HOLD, PaymentState.PAID),
        ("PAID", "IN_PROGRESS", OrderState.TO_FULFIL, PaymentState.PAID),
        ("PAID", "PARTIALLY_FULFILLED", OrderState.PART_SHIPPED, PaymentState.PAID),
        ("PENDING", "FULFILLED", OrderState.SHIPPED, PaymentState.PENDING),
        ("REFUNDED", "UNFULFILLED", OrderState.REFUNDED, PaymentState.REFUNDED),
        ("REFUNDED", "FULFILLED", OrderState.SHIPPED, PaymentState.REFUNDED),
    ],
)
def test_states(financial, fulfilment, state, payment) -> None:
    order = mapped(displayFinancialStatus=financial, displayFulfillmentStatus=fulfilment)

    assert (order.state, order.payment.state) == (state, payment)


def test_cash_on_delivery_is_good_to_prepare() -> None:
    order = mapped(displayFinancialStatus="PENDING", paymentGatewayNames=["Cash on Delivery (COD)"])

    assert (order.state, order.payment.state) == (OrderState.TO_FULFIL, PaymentState.ON_DELIVERY)


def test_a_cancelled_order_has_nothing_due() -> None:
    order = mapped(cancelledAt="2026-11-03T12:00:00Z")

    assert (order.state, order.holds_stock) == (OrderState.CANCELLED, False)
    assert [line.quantity_due for line in order.lines] == [0, 0]


@pytest.mark.parametrize(
    ("method", "delivery"),
    [
        ("SHIPPING", DeliveryKind.SHIP),
        ("PICK_UP", DeliveryKind.STORE_PICKUP),
        ("PICKUP_POINT", DeliveryKind.PICKUP_POINT),
        ("LOCAL", DeliveryKind.LOCAL),
        ("RETAIL", DeliveryKind.BY_CHANNEL),
        ("NONE", DeliveryKind.NONE),
    ],
)
def test_delivery_methods(method, delivery) -> None:
    assert mapped(**with_work(deliveryMethod={"methodType": method})).delivery is delivery


def test_collecting_in_a_store_names_the_store() -> None:
    order = mapped(**with_work(deliveryMethod={"methodType": "PICK_UP"}))

    assert order.pickup == ChannelPickup(external_id="gid://shopify/Location/1", name="Entrepôt")


def test_work_that_was_closed_does_not_count() -> None:
    old = {"id": "gid://shopify/FulfillmentOrder/0", "status": "CLOSED", "deliveryMethod": {"methodType": "PICK_UP"}}
    work = payload("shopify_order")["fulfillmentOrders"]
    work["nodes"].insert(0, old)

    assert mapped(fulfillmentOrders=work).delivery is DeliveryKind.SHIP


def test_units_taken_off_before_dispatch_are_cancelled() -> None:
    line = mapped(**with_line(currentQuantity=1, unfulfilledQuantity=1)).lines[0]

    assert (line.quantity_cancelled, line.quantity_shipped, line.quantity_refunded) == (1, 0, 1)


def test_units_taken_off_a_partly_sent_order_need_a_second_look() -> None:
    body = payload(
        "shopify_order",
        displayFulfillmentStatus="PARTIALLY_FULFILLED",
        **with_line(quantity=4, currentQuantity=3, unfulfilledQuantity=2),
    )

    assert shipped_is_unclear(body)
    assert not shipped_is_unclear(payload("shopify_order", displayFulfillmentStatus="PARTIALLY_FULFILLED"))
    returned = map_order(body, {LINE_1: 2})
    cancelled = map_order(body, {LINE_1: 1})
    assert isinstance(returned, ChannelOrder)
    assert isinstance(cancelled, ChannelOrder)
    assert (returned.lines[0].quantity_shipped, returned.lines[0].quantity_cancelled) == (2, 0)
    assert (cancelled.lines[0].quantity_shipped, cancelled.lines[0].quantity_cancelled) == (1, 1)


def test_paying_in_another_currency_is_told() -> None:
    total = {"shopMoney": {"amount": "117.90"}, "presentmentMoney": {"amount": "98.00", "currencyCode": "GBP"}}

    assert mapped(totalPriceSet=total).notices == (
        "The customer paid in GBP; amounts are in the shop's currency, EUR.",
    )


def test_a_company_is_a_business_customer() -> None:
    order = mapped(purchasingEntity={"company": {"id": "gid://shopify/Company/1", "name": "Crêperie du Port"}})

    assert (order.customer.company, order.customer.is_business) == ("Crêperie du Port", True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"displayFinancialStatus": "BARTERED"}, "The payment status is not known here: 'BARTERED'."),
        ({"displayFinancialStatus": None}, "The payment status is not known here: ''."),
        ({"displayFulfillmentStatus": "TELEPORTED"}, "The fulfilment status is not known here: 'TELEPORTED'."),
        (with_work(deliveryMethod={"methodType": "DRONE"}), "The delivery method is not known here: 'DRONE'."),
        ({"lineItems": {"nodes": []}}, "The order has no lines."),
        ({"lineItems": None}, "lineItems is missing or not an object."),
        ({"name": ""}, "name is missing."),
        ({"updatedAt": None}, "updatedAt is missing."),
        ({"tags": "vip"}, "tags is not a list."),
        (with_line(quantity=-1), f"Line {LINE_1} has a negative quantity: -1."),
        (
            with_line(originalUnitPriceSet={"shopMoney": {"amount": "free"}}),
            "originalUnitPriceSet is not an amount: 'free'.",
        ),
    ],
)
def test_what_is_not_known_is_parked_with_a_reason(changes, told) -> None:
    order = map_order(payload("shopify_order", **changes))

    assert isinstance(order, UnmappableOrder)
    assert (order.reason, order.external_id) == (told, "gid://shopify/Order/7001")


def test_a_webhook_body_means_the_same() -> None:
    order = map_webhook_order(payload("shopify_webhook_order"))

    assert isinstance(order, ChannelOrder)
    [line] = order.lines
    assert (order.external_id, order.state, order.payment.state) == (
        "gid://shopify/Order/7001",
        OrderState.PART_SHIPPED,
        PaymentState.PART_REFUNDED,
    )
    assert order.placed_at == datetime(2026, 11, 3, 9, 15, 31, tzinfo=UTC)
    assert (line.quantity, line.quantity_shipped, line.quantity_cancelled, line.quantity_refunded) == (3, 2, 0, 1)
    assert (line.note, order.tags, order.payment.refunded_gross) == ("Prénom brodé: Zoé", ("vip", "pro"), D("26.00"))
    assert order.charges[-1].kind is ChargeKind.ROUNDING
    assert sum(each.total_gross for each in (*order.lines, *order.charges)) == order.total_gross


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"id": 5, "invoice_sent_at": None, "line_items": []}, "This is a draft order: it is not an order yet."),
        ({"id": 5, "status": "open"}, "This is not a whole order: it has no line items or no payment status."),
        ({}, "This is not a whole order: it has no line items or no payment status."),
    ],
)
def test_other_messages_are_no_orders(body, told) -> None:
    order = map_webhook_order(body)

    assert isinstance(order, UnmappableOrder)
    assert (order.reason, order.external_id) == (told, "")
