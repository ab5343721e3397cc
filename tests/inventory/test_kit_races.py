"""Kits under concurrency: what shares components shares level rows, so that the guards of plain SKUs are the guards of kits."""

from __future__ import annotations

import random
from decimal import Decimal
from functools import partial

import pytest
from django.db import OperationalError
from django.utils import timezone

from inventory.errors import InvalidKit, NotEnoughStock, VirtualKit
from inventory.models import Reservation, Sku, StockLevel
from inventory.services import assemble, reserve_basket, save_kit, set_levels
from inventory.types import BasketLine, LevelSetting, NewPart
from oms.orders.models import OrderLine, UnitGroup
from oms.orders.queries import get_channel
from oms.orders.rules import sum_of_lines
from oms.orders.types import NewLine
from oms.tenancy.context import tenant_scope
from orchestration.services import place_orders
from tests.factories import make_channel, make_kit, make_location, make_sku, make_stock, new_order
from tests.support import at_once, broken, drain, overlapping


@pytest.fixture
def kits(shared):
    """SET is a cup and two spoons, PAIR two cups, DOZEN six spoons and a tray; twelve cups, thirty spoons and four trays in two places."""
    now = timezone.now()
    with tenant_scope(shared.pk):
        places = make_location("A", postcode="35000"), make_location("B", postcode="44000", latitude=47.2)
        cup, spoon, tray = make_sku("CUP"), make_sku("SPOON"), make_sku("TRAY")
        for sku, units in ((cup, (7, 5)), (spoon, (10, 20)), (tray, (4, 0))):
            for place, count in zip(places, units, strict=True):
                make_stock(sku, place, count, now=now)
        make_kit("SET", (cup, 1), (spoon, 2))
        make_kit("PAIR", (cup, 2))
        make_kit("DOZEN", (spoon, 6), (tray, 1))
        make_channel("web")
    return shared


def in_scope(tenant, act, *arguments, **options):
    with tenant_scope(tenant.pk):
        return act(*arguments, **options)


def keep(tenant, reference, lines):
    try:
        return in_scope(tenant, reserve_basket, reference=reference, lines=lines, now=timezone.now())
    except NotEnoughStock as refusal:
        return refusal


def taken():
    return {
        code: sum(StockLevel.objects.filter(sku__code=code).values_list("reserved", flat=True))
        for code in ("CUP", "SPOON", "TRAY")
    }


def test_two_kits_and_a_plain_line_that_want_the_last_units_get_exactly_what_there_is(kits):
    """Twelve cups: of 8 sets, 4 pairs and 8 cups asked for one by one no more are kept, and nothing that fits is refused."""
    wants = [[BasketLine("SET", 1)]] * 8 + [[BasketLine("PAIR", 1)]] * 4 + [[BasketLine("CUP", 1)]] * 8
    random.Random(7).shuffle(wants)

    outcomes = at_once([partial(keep, kits, f"b{number}", lines) for number, lines in enumerate(wants)])

    assert {type(each).__name__ for each in outcomes} == {"Basket", "NotEnoughStock"}
    with tenant_scope(kits.pk):
        kept = [lines[0].sku for lines, each in zip(wants, outcomes, strict=True) if not isinstance(each, Exception)]
        cups = sum({"SET": 1, "PAIR": 2, "CUP": 1}[sku] for sku in kept)
        assert taken() == {"CUP": cups, "SPOON": 2 * kept.count("SET"), "TRAY": 0}
        # Who asked for one cup was refused only when none was left.
        assert cups == 12 or kept.count("CUP") + kept.count("SET") == 16
    assert broken() == []


def test_baskets_of_kits_in_any_order_never_wait_for_each_other(kits):
    dice = random.Random(11)
    lines = [
        BasketLine("DOZEN", 1),
        BasketLine("SET", 1),
        BasketLine("PAIR", 1),
        BasketLine("SPOON", 1),
        BasketLine("CUP", 1),
    ]
    acts = [partial(keep, kits, f"b{number}", dice.sample(lines, 3)) for number in range(24)]

    outcomes = at_once(acts)

    assert not [each for each in outcomes if isinstance(each, OperationalError)]
    with tenant_scope(kits.pk):
        assert all(units <= limit for units, limit in zip(taken().values(), (12, 30, 4), strict=True))
        kept = [each for each in outcomes if not isinstance(each, Exception)]
        assert sum(taken().values()) == sum(units.quantity for basket in kept for units in basket.lines) > 0
    assert broken() == []


def test_orders_of_kits_and_components_get_what_there_is_and_wait_for_the_rest(kits):
    def order(*lines):
        with tenant_scope(kits.pk):
            sold = [NewLine(sku, units, Decimal(10)) for sku, units in lines]
            channel = get_channel(code="web")
            given = new_order(channel, now=timezone.now(), lines=tuple(sold), total=sum_of_lines(sold))
            (intake,) = place_orders(orders=[given], now=timezone.now())
            return intake

    wants = [(("SET", 1), ("CUP", 1)), (("PAIR", 2),), (("DOZEN", 1), ("SET", 2)), (("SPOON", 3), ("PAIR", 1))] * 3

    outcomes = at_once([partial(order, *want) for want in wants])
    drain()

    assert not [each for each in outcomes if isinstance(each, Exception)]
    with tenant_scope(kits.pk):
        states = UnitGroup.objects.values_list("sku__code", "state", "quantity")
        cups = {
            state: sum(units for sku, each, units in states if sku == "CUP" and each == state)
            for state in ("ASSIGNED", "PARKED")
        }
        wanted = sum(OrderLine.objects.filter(sku__code="CUP").values_list("quantity", flat=True))
        assert (wanted, cups["ASSIGNED"] + cups["PARKED"], taken()["CUP"]) == (30, 30, cups["ASSIGNED"])
        assert cups["ASSIGNED"] <= 12
        assert Reservation.objects.filter(kit__isnull=False).count() == 0
    assert broken() == []


def test_kits_are_not_made_of_units_that_a_basket_takes_at_the_same_moment(kits):
    now = timezone.now()
    with tenant_scope(kits.pk):
        tray, place = (
            Sku.objects.get(code="TRAY"),
            StockLevel.objects.filter(sku__code="TRAY", on_hand=4).get().location_id,
        )
        box = make_kit("BOX", (tray, 1), kind="PREPACKED")

    make = partial(in_scope, kits, assemble, sku_id=box.pk, location_id=place, quantity=3, now=now)
    outcomes = at_once([make, partial(keep, kits, "b", [BasketLine("TRAY", 3)]), make])

    with tenant_scope(kits.pk):
        trays = StockLevel.objects.get(sku=tray, location_id=place)
        assert trays.on_hand >= trays.reserved
        assert [each for each in outcomes if each is True or getattr(each, "created", False)]
        assert len([each for each in outcomes if isinstance(each, NotEnoughStock)]) == 2
    assert broken() == []


@pytest.mark.parametrize("kit_first", [True, False])
def test_a_sku_becomes_a_virtual_kit_or_gets_stock_but_not_both(kits, kit_first):
    now = timezone.now()
    with tenant_scope(kits.pk):
        new = make_sku("NEW")

    def become():
        return save_kit(sku_id=new.pk, kind="VIRTUAL", parts=[NewPart("CUP", 1)])

    def arrive():
        return set_levels(levels=[LevelSetting("NEW", "A", 5)], now=now)

    first, second = overlapping(kits, *((become, arrive) if kit_first else (arrive, become)))

    assert not isinstance(first, Exception)
    assert isinstance(second, VirtualKit if kit_first else InvalidKit), second
    with tenant_scope(kits.pk):
        assert StockLevel.objects.filter(sku=new).exists() is not kit_first
    assert broken() == []
