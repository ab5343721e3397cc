from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from inventory.enums import SkuKind
from inventory.errors import InvalidKit, NotEnoughStock, ReservationConflict, UnknownSku, VirtualKit
from inventory.models import KitComponent, Location, Reservation, Sku, SkuCost, StockLevel, StockMovement
from inventory.queries import availability, count_lines, get_basket, get_view
from inventory.services import (
    assemble,
    confirm_purchase_order,
    create_count,
    create_purchase_order,
    create_transfer,
    disassemble,
    fence_stock,
    move_stock,
    record_count,
    release_basket,
    reserve_basket,
    save_kit,
    save_view,
    set_levels,
)
from inventory.types import (
    BasketLine,
    Counted,
    CountScope,
    Fence,
    LevelSetting,
    Move,
    NewPart,
    NewPurchase,
    NewPurchaseLine,
    Shortage,
    TransferUnits,
)
from oms.events.models import Event
from oms.tenancy.types import SYSTEM
from tests.factories import make_kit, make_location, make_sku, make_stock
from tests.support import broken_here


def quantity_of(sku, view=None):
    return availability(view=view or get_view(), sku_ids=[sku.pk])[0].quantity


@pytest.fixture
def gift(tenant, now):
    """A kit of two mugs and a tin, which lie in two places."""
    mug, tin = make_sku("MUG"), make_sku("TIN")
    make_stock(mug, make_location("SHOP"), 3, now=now)
    make_stock(mug, make_location("DEPOT"), 4, now=now)
    make_stock(tin, make_location("OTHER"), 2, now=now)
    return make_kit("GIFT", (mug, 2), (tin, 1))


def test_a_kit_has_what_its_scarcest_component_is_enough_for(gift):
    (found,) = availability(view=get_view(), sku_ids=[gift.pk], explain=True)

    assert (found.sku, found.quantity, found.total) == ("GIFT", 2, 2)
    assert [(share.available.sku, share.per_kit, share.kits, share.scarcest) for share in found.components] == [
        ("MUG", 2, 3, False),
        ("TIN", 1, 2, True),
    ]
    assert {row.code: row.available for row in found.components[0].available.contributions} == {"SHOP": 3, "DEPOT": 4}


def test_a_kit_without_an_explanation_is_the_same_number(gift):
    assert quantity_of(gift) == 2


def test_the_terms_of_a_view_apply_once_to_the_components(gift):
    assert quantity_of(gift, save_view(code="half", name="Half", percentage=50)) == 1
    assert quantity_of(gift, save_view(code="kept", name="Kept", buffer=1)) == 1
    assert quantity_of(gift, save_view(code="capped", name="Capped", cap=2)) == 1


def test_what_is_to_come_of_its_components_is_told_of_a_kit(gift, now):
    bought = NewPurchase("Maker", Location.objects.get(code="OTHER").pk, (NewPurchaseLine("TIN", 4),))
    confirm_purchase_order(order_id=create_purchase_order(purchase=bought, now=now).pk, now=now)
    ahead = save_view(code="ahead", name="Ahead", supply=["PURCHASE"])

    (found,) = availability(view=ahead, sku_ids=[gift.pk])

    assert (found.quantity, found.total, found.inbound, found.at_once) == (3, 2, 1, 2)


def test_a_kit_of_which_a_component_is_unknown_is_unknown(gift):
    StockLevel.objects.filter(sku__code="TIN").update(known=False)

    assert quantity_of(gift) is None


def test_a_kit_and_its_components_are_asked_for_together(gift):
    ids = [gift.pk, *Sku.objects.filter(code__in=["MUG", "TIN"]).order_by("code").values_list("pk", flat=True)]

    assert [each.quantity for each in availability(view=get_view(), sku_ids=ids)] == [2, 7, 2]


def test_a_prepacked_kit_has_its_own_stock(tenant, now):
    mug = make_sku("MUG")
    box = make_kit("BOX", (mug, 2), kind="PREPACKED")
    make_stock(mug, make_location("SHOP"), 8, now=now)
    make_stock(box, make_location("DEPOT"), 1, now=now)

    assert quantity_of(box) == 1


def test_save_kit_replaces_the_components_and_tells_the_change(gift):
    pen = make_sku("PEN")
    before = Event.objects.filter(kind="stock.changed").count()

    save_kit(sku_id=gift.pk, kind=None, parts=[NewPart("MUG", 1), NewPart("PEN", 5)])

    parts = KitComponent.objects.filter(kit=gift).order_by("component__code")
    assert [(part.component_id, part.quantity) for part in parts] == [
        (Sku.objects.get(code="MUG").pk, 1),
        (pen.pk, 5),
    ]
    assert Event.objects.filter(kind="stock.changed").count() == before + 1


def test_a_kit_that_becomes_simple_has_no_components(gift):
    save_kit(sku_id=gift.pk, kind="SIMPLE", parts=None)

    assert not KitComponent.objects.exists()
    assert quantity_of(gift) == 0


@pytest.mark.parametrize(
    ("kind", "parts", "refusal"),
    [
        ("VIRTUAL", [], InvalidKit),
        ("SIMPLE", [NewPart("TIN", 1)], InvalidKit),
        ("VIRTUAL", [NewPart("PEN", 1)], InvalidKit),
        ("VIRTUAL", [NewPart("TIN", 0)], InvalidKit),
        ("VIRTUAL", [NewPart("TIN", 10_001)], InvalidKit),
        ("VIRTUAL", [NewPart("TIN", 1), NewPart("TIN", 2)], InvalidKit),
        ("PREPACKED", [NewPart("GIFT", 1)], VirtualKit),
        ("VIRTUAL", [NewPart("NONE", 1)], UnknownSku),
    ],
)
def test_save_kit_refuses_what_cannot_be(gift, kind, parts, refusal):
    pen = make_sku("PEN")

    with pytest.raises(refusal):
        save_kit(sku_id=pen.pk, kind=kind, parts=parts)

    assert Sku.objects.get(code="PEN").kind == SkuKind.SIMPLE
    assert not KitComponent.objects.filter(kit=pen).exists()


def test_what_has_stock_or_is_a_component_cannot_be_a_virtual_kit(gift):
    for code in ("MUG", "TIN"):
        with pytest.raises(InvalidKit, match="cannot be a virtual kit"):
            save_kit(sku_id=Sku.objects.get(code=code).pk, kind="VIRTUAL", parts=[NewPart(make_sku().code, 1)])


def test_kits_cannot_contain_each_other(tenant):
    mug = make_sku("MUG")
    small = make_kit("SMALL", (mug, 1), kind="PREPACKED")
    large = make_kit("LARGE", (small, 2), kind="PREPACKED")

    with pytest.raises(InvalidKit, match="part of itself"):
        save_kit(sku_id=small.pk, kind="PREPACKED", parts=[NewPart(large.code, 1)])


def test_no_write_gives_a_virtual_kit_stock(gift, now):
    shop = make_location("NEW")

    applied = set_levels(levels=[LevelSetting("GIFT", "NEW", 3), LevelSetting("MUG", "NEW", 3)], now=now)

    assert [(row.line, row.code) for row in applied.rejected] == [(1, "virtual_kit")]
    assert applied.changed == 1
    with pytest.raises(VirtualKit, match="GIFT: a virtual kit has no stock of its own"):
        move_stock(moves=[Move("GIFT", "NEW", 1, "RECEIPT")], now=now)
    with pytest.raises(VirtualKit):
        fence_stock(fences=[Fence("GIFT", "NEW", "sale", 1)])
    with pytest.raises(VirtualKit):
        create_purchase_order(purchase=NewPurchase("S", shop.pk, (NewPurchaseLine("GIFT", 1),)), now=now)
    with pytest.raises(VirtualKit):
        create_transfer(
            source_id=shop.pk, destination_id=make_location().pk, units=[TransferUnits(gift.pk, 1)], now=now
        )
    count = create_count(location_id=shop.pk, kind="CYCLE", scope=CountScope(sku_ids=(gift.pk,)), now=now)
    assert not count_lines(count.pk).exists()
    with pytest.raises(VirtualKit):
        record_count(count_id=count.pk, counted=[Counted(gift.pk, 1)], now=now, actor=SYSTEM)
    assert not StockLevel.objects.filter(sku=gift).exists()


def test_the_database_itself_refuses_levels_and_virtual_components(gift):
    mug, place = Sku.objects.get(code="MUG"), make_location("NEW")
    other = make_kit("OTHER-KIT", (mug, 1), kind="PREPACKED")

    with pytest.raises(IntegrityError, match="virtual kit has no levels"), transaction.atomic():
        StockLevel.objects.create(sku=gift, location=place)
    with pytest.raises(IntegrityError, match="a virtual kit is none"), transaction.atomic():
        KitComponent.objects.create(kit=other, component=gift, quantity=1)
    with pytest.raises(IntegrityError, match="cannot become VIRTUAL"), transaction.atomic():
        Sku.objects.filter(pk=mug.pk).update(kind="VIRTUAL")
    with pytest.raises(IntegrityError, match="cannot become SIMPLE"), transaction.atomic():
        Sku.objects.filter(pk=gift.pk).update(kind="SIMPLE")


def test_a_basket_keeps_a_kit_as_its_components_and_tells_the_kit(gift, now):
    lines = [BasketLine("GIFT", 1), BasketLine("MUG", 3)]

    made = reserve_basket(reference="b1", lines=lines, now=now)
    again = reserve_basket(reference="b1", lines=lines, now=now)

    units = [(kept.sku, kept.quantity, kept.kit, kept.per_kit) for kept in made.lines]
    assert sorted(units) == [("MUG", 2, "GIFT", 2), ("MUG", 3, "", 0), ("TIN", 1, "GIFT", 1)]
    assert again.lines == get_basket("b1").lines
    assert not again.created
    assert quantity_of(gift) == 1
    with pytest.raises(ReservationConflict):
        reserve_basket(reference="b1", lines=[BasketLine("GIFT", 2)], now=now)
    assert broken_here("stock.") == []


def test_a_basket_given_back_gives_the_components_back(gift, now):
    reserve_basket(reference="b1", lines=[BasketLine("GIFT", 2)], now=now)

    release_basket(reference="b1", now=now)

    assert quantity_of(gift) == 2
    assert set(Reservation.objects.values_list("state", flat=True)) == {"RELEASED"}


def test_a_basket_of_a_kit_and_its_component_takes_no_more_than_there_is(gift, now):
    with pytest.raises(NotEnoughStock):
        reserve_basket(reference="b1", lines=[BasketLine("GIFT", 2), BasketLine("MUG", 4)], now=now)

    assert not Reservation.objects.exists()
    reserve_basket(reference="b2", lines=[BasketLine("GIFT", 2), BasketLine("MUG", 3)], now=now)
    assert quantity_of(Sku.objects.get(code="MUG")) == 0


def test_a_basket_short_of_a_kit_says_how_many_kits_there_are(gift, now):
    with pytest.raises(NotEnoughStock) as refusal:
        reserve_basket(reference="b1", lines=[BasketLine("GIFT", 3)], now=now)

    assert refusal.value.shortages == (Shortage("GIFT", 3, 2),)


@pytest.fixture
def box(tenant, now):
    """A prepacked box of two mugs at 3.00 and a tin at 4.00, none made yet."""
    shop = make_location("SHOP")
    mug, tin = make_sku("MUG", cost=Decimal(3)), make_sku("TIN", cost=Decimal(4))
    make_stock(mug, shop, 10, now=now)
    make_stock(tin, shop, 3, now=now)
    return make_kit("BOX", (mug, 2), (tin, 1), kind="PREPACKED")


def stock_at(shop):
    return dict(StockLevel.objects.filter(location=shop).order_by("sku__code").values_list("sku__code", "on_hand"))


def average_of(code):
    return SkuCost.objects.get(sku__code=code).average


def test_assemble_takes_components_and_makes_kits_of_their_cost(box, now):
    shop = Location.objects.get(code="SHOP")

    assert assemble(sku_id=box.pk, location_id=shop.pk, quantity=2, now=now, key="k1")

    assert stock_at(shop) == {"BOX": 2, "MUG": 6, "TIN": 1}
    assert average_of("BOX") == Decimal("10.0000")
    written = StockMovement.objects.filter(reason="ASSEMBLY").order_by("level__sku__code")
    assert [(row.level.sku.code, row.quantity, row.key) for row in written] == [
        ("BOX", 2, "k1"),
        ("MUG", -4, ""),
        ("TIN", -2, ""),
    ]
    assert len({row.cause_id for row in written}) == 1
    assert broken_here("stock.") == []


def test_assemble_with_a_used_key_does_nothing(box, now):
    shop = Location.objects.get(code="SHOP")
    assemble(sku_id=box.pk, location_id=shop.pk, quantity=2, now=now, key="k1")

    assert not assemble(sku_id=box.pk, location_id=shop.pk, quantity=2, now=now, key="k1")

    assert stock_at(shop) == {"BOX": 2, "MUG": 6, "TIN": 1}


def test_assemble_touches_nothing_that_is_reserved(box, now):
    shop = Location.objects.get(code="SHOP")
    reserve_basket(reference="b1", lines=[BasketLine("MUG", 7)], now=now)

    with pytest.raises(NotEnoughStock) as refusal:
        assemble(sku_id=box.pk, location_id=shop.pk, quantity=2, now=now)

    assert refusal.value.shortages == (Shortage("MUG", 4, 3),)
    assert stock_at(shop)["MUG"] == 10


def test_disassemble_gives_the_components_back_at_what_the_kit_cost(box, now):
    shop = Location.objects.get(code="SHOP")
    assemble(sku_id=box.pk, location_id=shop.pk, quantity=3, now=now)
    move_stock(moves=[Move("BOX", "SHOP", 3, "RECEIPT", unit_cost=Decimal(15))], now=now)

    disassemble(sku_id=box.pk, location_id=shop.pk, quantity=2, now=now)

    assert stock_at(shop) == {"BOX": 4, "MUG": 8, "TIN": 2}
    # A box costs 12.50 on average: each mug 3.75 of it, a tin 5.
    assert (average_of("BOX"), average_of("TIN")) == (Decimal("12.5000"), Decimal("5.0000"))
    assert average_of("MUG") == Decimal("3.3750")
    assert broken_here("stock.") == []


def test_only_a_prepacked_kit_is_assembled(gift, now):
    with pytest.raises(InvalidKit):
        assemble(sku_id=gift.pk, location_id=make_location().pk, quantity=1, now=now)


def test_a_kit_of_unknown_cost_comes_in_at_its_present_average(tenant, now):
    shop, mug = make_location("SHOP"), make_sku("MUG")
    make_stock(mug, shop, 4, now=now)
    box = make_kit("BOX", (mug, 2), kind="PREPACKED", cost=Decimal(7))

    assemble(sku_id=box.pk, location_id=shop.pk, quantity=1, now=now)

    assert average_of("BOX") == Decimal("7.0000")
