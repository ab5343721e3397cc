from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from inventory.models import Reservation, StockLevel
from inventory.services import save_kit
from inventory.types import KitPart, NewPart
from oms.orders.enums import UnitState
from oms.orders.errors import NotEnoughUnits
from oms.orders.models import KitLine, Order, OrderLine, UnitGroup
from oms.orders.queries import open_units_of_channel, order_detail, sold_lines
from oms.orders.rules import priced, shares, sum_of_lines, weights_of
from oms.orders.services import accept_orders, cancel_broken_kits, cancel_units
from oms.orders.types import NewLine
from orchestration.services import place_orders
from tests.factories import make_channel, make_kit, make_location, make_sku, make_stock, new_order
from tests.support import broken_here, drain


@pytest.mark.parametrize(
    ("amount", "weights", "expected"),
    [
        ("10.00", [1, 1, 1], ["3.34", "3.33", "3.33"]),
        ("0.02", [5, 1, 1], ["0.02", "0.00", "0.00"]),
        ("99.99", [10, 5, 2], ["58.82", "29.41", "11.76"]),
        ("-0.05", [1, 1], ["-0.03", "-0.02"]),
        ("0.00", [1, 2], ["0.00", "0.00"]),
    ],
)
def test_shares_sum_to_the_amount(amount, weights, expected):
    found = shares(Decimal(amount), [Fraction(weight) for weight in weights])

    assert [str(each) for each in found] == [each.replace("-0.00", "0.00") for each in expected]
    assert sum(found) == Decimal(amount)


@pytest.mark.parametrize("cents", [0, 1, 7, 99, 1000, 123_457])
@pytest.mark.parametrize("quantity", [1, 2, 3, 7, 11, 100, 999])
def test_a_price_and_a_discount_make_the_amount_exactly(cents, quantity):
    amount = Decimal(cents) / 100

    unit_price, discount = priced(amount, quantity)

    assert unit_price * quantity - discount == amount
    assert sum_of_lines([NewLine("X", quantity, unit_price, discount=discount)]) == amount
    assert 0 <= discount < Decimal("0.01") * quantity


def test_a_kit_is_shared_as_its_components_cost_or_by_units_when_one_has_no_price():
    def part(price, quantity):
        return KitPart(None, "", "", price, quantity)

    assert weights_of([part(Decimal("12.50"), 2), part(Decimal(5), 1)]) == [25, 5]
    assert weights_of([part(Decimal("12.50"), 2), part(None, 1)]) == [2, 1]


@pytest.fixture
def gift(tenant, now):
    """A kit of two mugs and a tin; a shop has five mugs and three tins."""
    mug, tin = make_sku("MUG", name="Mug", price=Decimal("12.50")), make_sku("TIN", name="Tin", price=Decimal(5))
    shop = make_location("SHOP", postcode="35000")
    make_stock(mug, shop, 5, now=now)
    make_stock(tin, shop, 3, now=now)
    return make_kit("GIFT", (mug, 2), (tin, 1), name="Gift")


def accepted(channel, *lines, now, **fields):
    order = new_order(channel, now=now, lines=lines, total=sum_of_lines(lines), **fields)
    (intake,) = accept_orders(orders=[order], now=now)
    assert intake.refusal is None, intake.refusal
    return Order.objects.get(pk=intake.order_id)


def placed(channel, *lines, now, **fields):
    order = new_order(channel, now=now, lines=lines, total=sum_of_lines(lines), **fields)
    (intake,) = place_orders(orders=[order], now=now)
    assert intake.refusal is None, intake.refusal
    return Order.objects.get(pk=intake.order_id)


def units(order):
    """How many units of each SKU and kit are in which state."""
    rows = UnitGroup.objects.filter(order=order).select_related("sku", "line__kit")
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.sku.code, row.state)
        found[key] = found.get(key, 0) + row.quantity
    return found


def test_a_kit_is_kept_as_sold_and_prepared_as_its_components(gift, now):
    line = NewLine(
        "GIFT", 2, Decimal("24.99"), title="Gift box", external_id="L1", discount=Decimal("1.01"), tax=Decimal("8.17")
    )

    order = accepted(make_channel("web"), line, NewLine("MUG", 1, Decimal("12.50"), external_id="L2"), now=now)

    kit = KitLine.objects.get()
    assert (kit.external_id, kit.sku, kit.quantity, kit.title, kit.position) == ("L1", gift, 2, "Gift box", 1)
    lines = list(OrderLine.objects.order_by("position").select_related("sku"))
    assert [(row.position, row.external_id, row.sku.code, row.quantity, row.per_kit) for row in lines] == [
        (2, "", "MUG", 4, 2),
        (3, "", "TIN", 2, 1),
        (4, "L2", "MUG", 1, None),
    ]
    net = [(row.unit_price * row.quantity - row.discount, row.tax) for row in lines[:2]]
    assert net == [(Decimal("40.81"), Decimal("6.81")), (Decimal("8.16"), Decimal("1.36"))]
    assert sum(amount for amount, _tax in net) == Decimal("48.97")
    assert (order.units, order.total) == (7, Decimal("61.47"))
    assert broken_here("orders.units", "orders.kits") == []


def test_an_order_keeps_the_components_it_was_accepted_with(gift, now):
    order = accepted(make_channel("web"), NewLine("GIFT", 1, Decimal(30)), now=now)

    save_kit(sku_id=gift.pk, kind=None, parts=[NewPart("TIN", 9)])

    assert sorted(OrderLine.objects.filter(order=order).values_list("sku__code", "quantity")) == [
        ("MUG", 2),
        ("TIN", 1),
    ]
    assert broken_here("orders.units", "orders.kits") == []


def test_a_kit_of_too_many_units_is_refused(gift, now):
    line = NewLine("GIFT", 400_000, Decimal(1))

    (intake,) = accept_orders(
        orders=[new_order(make_channel(), now=now, lines=(line,), total=Decimal(400_000))], now=now
    )

    assert intake.refusal is not None
    assert intake.refusal.data["field"] == "lines"


def test_a_kit_and_a_line_of_its_component_take_no_more_than_there_is(gift, now):
    order = placed(make_channel("web"), NewLine("GIFT", 2, Decimal(30)), NewLine("MUG", 2, Decimal(10)), now=now)

    assert units(order) == {("MUG", "ASSIGNED"): 5, ("MUG", "PARKED"): 1, ("TIN", "ASSIGNED"): 2}
    assert StockLevel.objects.get(sku__code="MUG").reserved == 5
    assert broken_here() == []


def test_cancelling_kits_cancels_all_their_parts(gift, now):
    order = placed(make_channel("web"), NewLine("GIFT", 2, Decimal(30)), now=now)
    kit = KitLine.objects.get()

    cancel_units(order_id=order.pk, quantities={kit.pk: 1}, reason="customer", now=now)

    assert units(order) == {
        ("MUG", "ASSIGNED"): 2,
        ("MUG", "CANCELLED"): 2,
        ("TIN", "ASSIGNED"): 1,
        ("TIN", "CANCELLED"): 1,
    }
    assert sorted(StockLevel.objects.values_list("sku__code", "reserved")) == [("MUG", 2), ("TIN", 1)]
    (line,) = order_detail(order.pk).lines
    assert (line.gone, line.cancelled, len(line.parts)) == (0, 1, 2)
    drain()
    assert units(order)["MUG", "CANCELLED"] == 2


@pytest.mark.parametrize("wanted", [0, 3])
def test_more_kits_than_there_are_cannot_be_cancelled(gift, now, wanted):
    order = placed(make_channel("web"), NewLine("GIFT", 2, Decimal(30)), now=now)

    with pytest.raises(NotEnoughUnits, match="2 units can be cancelled"):
        cancel_units(order_id=order.pk, quantities={KitLine.objects.get().pk: wanted}, reason="customer", now=now)

    assert not UnitGroup.objects.filter(state=UnitState.CANCELLED).exists()


def test_a_kit_that_lost_a_part_is_cancelled_whole(gift, now):
    order = placed(make_channel("web"), NewLine("GIFT", 2, Decimal(30)), now=now)
    mugs = OrderLine.objects.get(sku__code="MUG")
    cancel_units(order_id=order.pk, quantities={mugs.pk: 1}, reason="NO_STOCK", now=now)

    assert cancel_broken_kits(order_id=order.pk, reason="NO_STOCK", now=now) == 2
    assert cancel_broken_kits(order_id=order.pk, reason="NO_STOCK", now=now) == 0

    assert units(order)["MUG", "CANCELLED"] == 2
    assert units(order)["TIN", "CANCELLED"] == 1


def test_open_units_of_a_channel_are_what_it_has_sold(gift, now):
    web, other = make_channel("web"), make_channel("other")
    order = placed(web, NewLine("GIFT", 2, Decimal(30)), NewLine("TIN", 1, Decimal(5)), now=now)
    placed(other, NewLine("GIFT", 1, Decimal(30)), now=now)
    tin = OrderLine.objects.filter(order=order, kit=None).get().sku_id
    asked = {"channel_id": web.pk, "sku_ids": [gift.pk, tin]}

    assert open_units_of_channel(**asked) == {gift.pk: 2, tin: 1}
    cancel_units(order_id=order.pk, quantities={KitLine.objects.get(order=order).pk: 1}, reason="x", now=now)
    assert open_units_of_channel(**asked) == {gift.pk: 1, tin: 1}


def test_whole_kits_are_as_many_as_the_scarcest_part_is_enough_for(gift, now):
    order = accepted(make_channel("web"), NewLine("GIFT", 3, Decimal(30)), NewLine("TIN", 1, Decimal(5)), now=now)
    kit, tin = sold_lines([order.pk])
    mugs, tins = (part.pk for part in kit.parts)

    assert kit.is_kit
    assert kit.whole({mugs: 5, tins: 3}) == 2
    assert kit.whole({mugs: 6}) == 0
    assert tin.whole({tin.row.pk: 1}) == 1
    assert not Reservation.objects.exists()
