from datetime import UTC, datetime
from decimal import Decimal

import pytest

from channels.connectors.enums import ChargeKind, DeliveryKind, OrderState, PaymentState, TaxMode
from channels.connectors.types import ChannelOrder, ChannelPickup, UnmappableOrder
from channels.connectors.woocommerce.config import Config, Reading
from channels.connectors.woocommerce.mapping import map_order
from tests.channels.connectors.payloads import payload

D = Decimal


def mapped(name: str = "woocommerce_order", refunds=(), reading: Reading | None = None, **changes) -> ChannelOrder:
    order = map_order(payload(name, **changes), list(refunds), reading or Reading())
    assert isinstance(order, ChannelOrder), order
    return order


def reason_for(**changes) -> str:
    order = map_order(payload("woocommerce_order", **changes), [], Reading())
    assert isinstance(order, UnmappableOrder)
    return order.reason


def test_the_head_of_an_order() -> None:
    order = mapped()

    assert (order.external_id, order.number, order.currency, order.tax_mode) == (
        "9001",
        "WEB-9001",
        "EUR",
        TaxMode.INCLUDED,
    )
    assert (order.state, order.delivery, order.holds_stock) == (OrderState.TO_FULFIL, DeliveryKind.SHIP, True)
    assert order.placed_at == datetime(2026, 11, 3, 9, 15, 30, tzinfo=UTC)
    assert order.updated_at == datetime(2026, 11, 3, 9, 16, tzinfo=UTC)
    assert (order.note, order.coupons) == ("Sonner deux fois", ("automne10",))
    assert (order.customer.external_id, order.customer.company, order.customer.vat_number) == (
        "12",
        "Refuge du Lac",
        "FR40123456824",
    )
    assert order.customer.is_business
    assert (order.shipping.line1, order.shipping.line2, order.shipping.postcode) == (
        "4 bis rue des Tanneurs",
        "Escalier C",
        "74000",
    )
    assert order.raw["id"] == 9001


def test_lines_are_net_with_their_tax_and_discount_beside() -> None:
    bowl, scarf, guide = mapped().lines

    assert (bowl.external_id, bowl.sku, bowl.product_id, bowl.variant_id) == ("501", "BOL-BLEU", "31", "")
    assert (bowl.unit_net, bowl.unit_gross) == (D("10.0000"), D("12.0000"))
    assert (bowl.discount_net, bowl.discount_gross) == (D("2.00"), D("2.40"))
    assert (bowl.total_net, bowl.total_tax, bowl.total_gross) == (D("18.00"), D("3.60"), D("21.60"))
    assert (bowl.taxes[0].rate, bowl.taxes[0].label) == (D("0.2"), "TVA 20 %")
    assert (scarf.product_id, scarf.variant_id) == ("32", "33")
    assert (guide.quantity, guide.taxes[0].rate) == (3, D("0.055"))


def test_shipping_and_fees_are_charges_and_all_adds_up() -> None:
    order = mapped()

    assert [(each.kind, each.label, each.total_gross) for each in order.charges] == [
        (ChargeKind.SHIPPING, "Colissimo", D("6.00")),
        (ChargeKind.FEE, "Emballage cadeau", D("3.00")),
    ]
    assert (order.total_net, order.total_tax, order.total_gross) == (D("82.50"), D("12.15"), D("94.65"))
    assert order.discount_gross == D("6.00")


def test_a_total_that_differs_by_a_cent_is_rounded_openly() -> None:
    order = mapped(total="94.66")

    assert (order.charges[-1].kind, order.charges[-1].total_gross, order.notices) == (
        ChargeKind.ROUNDING,
        D("0.01"),
        (),
    )


def test_a_total_that_differs_by_more_is_told() -> None:
    order = mapped(total="84.65")

    assert order.charges[-1].kind is ChargeKind.ADJUSTMENT
    assert order.notices == ("The shop's total differs from the sum of its parts by -10.00.",)


@pytest.mark.parametrize(
    ("status", "state", "payment", "holds"),
    [
        ("pending", OrderState.AWAIT_PAYMENT, PaymentState.PENDING, False),
        ("failed", OrderState.AWAIT_PAYMENT, PaymentState.FAILED, False),
        ("on-hold", OrderState.AWAIT_PAYMENT, PaymentState.PENDING, True),
        ("processing", OrderState.TO_FULFIL, PaymentState.PAID, True),
        ("completed", OrderState.SHIPPED, PaymentState.PAID, True),
        ("cancelled", OrderState.CANCELLED, PaymentState.PAID, False),
        ("trash", OrderState.CANCELLED, PaymentState.PAID, False),
        ("refunded", OrderState.REFUNDED, PaymentState.REFUNDED, True),
        ("checkout-draft", OrderState.DRAFT, PaymentState.PENDING, False),
        ("wc-processing", OrderState.TO_FULFIL, PaymentState.PAID, True),
    ],
)
def test_statuses(status, state, payment, holds) -> None:
    order = mapped(status=status)

    assert (order.state, order.payment.state, order.holds_stock) == (state, payment, holds)


def test_a_status_of_an_extension_waits_for_its_meaning() -> None:
    assert "'at-carrier'" in reason_for(status="at-carrier")

    settings = {"url": "https://s.example", "consumer_key": "k", "consumer_secret": "s"}
    reading = Config.parse({**settings, "extra_statuses": "at-carrier=SHIPPED, wc-packing = to_fulfil"}).reading
    assert mapped(status="at-carrier", reading=reading).state is OrderState.SHIPPED
    assert mapped(status="packing", reading=reading).state is OrderState.TO_FULFIL


def test_collecting_in_a_store_and_paying_there() -> None:
    order = mapped("woocommerce_order_pickup")

    assert (order.delivery, order.payment.state) == (DeliveryKind.STORE_PICKUP, PaymentState.ON_DELIVERY)
    assert order.pickup == ChannelPickup(external_id="0", name="Boutique d'Annecy")
    assert order.shipping == order.billing


def test_a_parcel_shop_is_read_where_the_settings_say() -> None:
    point = [{"id": 1, "key": "_pickup_point", "value": "FR-074512"}]
    reading = Reading(pickup_point_meta_key="_pickup_point")
    order = mapped(meta_data=point, reading=reading)

    assert order.delivery is DeliveryKind.PICKUP_POINT
    assert order.pickup == ChannelPickup(external_id="FR-074512", network="flat_rate")


def test_units_refunded_before_dispatch_will_not_be_sent() -> None:
    order = mapped("woocommerce_order_refunded", refunds=payload("woocommerce_refunds"))
    [line] = order.lines

    assert (line.quantity, line.quantity_cancelled, line.quantity_refunded, line.quantity_due) == (3, 1, 1, 2)
    assert (order.payment.state, order.payment.refunded_gross) == (PaymentState.PART_REFUNDED, D("14.00"))
    assert [each["id"] for each in order.raw["refund_details"]] == [9011, 9010]


def test_units_refunded_after_dispatch_were_sent() -> None:
    sent = {"status": "completed", "date_completed_gmt": "2026-11-03T18:00:00"}
    order = mapped("woocommerce_order_refunded", refunds=payload("woocommerce_refunds"), **sent)
    [line] = order.lines

    assert (line.quantity_shipped, line.quantity_cancelled, line.quantity_refunded) == (3, 0, 1)


def test_a_cancelled_order_has_nothing_due() -> None:
    assert [line.quantity_due for line in mapped(status="cancelled").lines] == [0, 0, 0]


def test_a_deleted_product_leaves_a_line_without_sku() -> None:
    body = payload("woocommerce_order")
    body["line_items"][0] |= {"product_id": 0, "sku": None, "global_unique_id": None}
    order = map_order(body, [], Reading())

    assert isinstance(order, ChannelOrder)
    assert (order.lines[0].sku, order.lines[0].product_id, order.lines[0].title) == ("", "", "Bol bleu")
    assert "SKU" in order.notices[0]


def line_with(**changes) -> list[dict]:
    [first, *rest] = payload("woocommerce_order")["line_items"]
    return [{**first, **changes}, *rest]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"line_items": []}, "The order has no lines."),
        ({"line_items": None}, "The order has no lines."),
        ({"line_items": {"id": 1}}, "line_items is not a list."),
        ({"line_items": [7]}, "An entry of line_items is missing or not an object."),
        ({"line_items": line_with(quantity=-2)}, "Line 501 has a negative quantity: -2."),
        ({"line_items": line_with(quantity=1.5)}, "quantity is not a whole number of units: 1.5."),
        ({"line_items": line_with(quantity="two")}, "quantity is not an amount: 'two'."),
        ({"line_items": line_with(quantity=None)}, "quantity is missing."),
        ({"line_items": line_with(total="1e99")}, "total is not an amount: '1e99'."),
        ({"line_items": line_with(total="Infinity")}, "total is not an amount: 'Infinity'."),
        ({"line_items": line_with(sku={"a": 1})}, "sku is not a text."),
        ({"total": "-5.00"}, "The order's total is negative."),
        ({"currency": "EURO"}, "currency is not a currency: 'EURO'."),
        ({"currency": ""}, "currency is missing."),
        ({"date_created_gmt": "yesterday"}, "date_created_gmt is not a date: 'yesterday'."),
        ({"date_created_gmt": None}, "date_created_gmt is missing."),
        ({"status": ""}, "status is missing."),
        ({"prices_include_tax": "yes"}, "prices_include_tax is neither true nor false."),
        ({"billing": "Annecy"}, "billing is missing or not an object."),
    ],
)
def test_nonsense_is_parked_with_a_reason(changes, told) -> None:
    assert reason_for(**changes) == told


def test_a_parked_order_keeps_its_number_and_payload() -> None:
    order = map_order(payload("woocommerce_order", line_items=[]), [], Reading())

    assert isinstance(order, UnmappableOrder)
    assert (order.external_id, order.raw["number"]) == ("9001", "WEB-9001")
