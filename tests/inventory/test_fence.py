"""Ring-fences: units that only some views may sell."""

from __future__ import annotations

from uuid import uuid4

import pytest

from inventory.errors import NotEnoughStock
from inventory.models import Location, Sku, StockLevel, StockMovement
from inventory.queries import availability, get_view
from inventory.services import fence_stock, release, reserve, reserve_basket, save_view, set_levels, write_off
from inventory.types import Ask, BasketLine, Fence, LevelSetting
from oms.tenancy.context import tenant_scope
from tests.factories import make_kit, make_location, make_sku, make_stock
from tests.support import at_once, broken


@pytest.fixture
def mug(tenant):
    return make_sku("MUG")


@pytest.fixture
def shop(mug, now):
    place = make_location("SHOP")
    make_stock(mug, place, 10, now=now)
    return place


def fence(quantity: int, pool: str = "SALE") -> int:
    return fence_stock(fences=[Fence("MUG", "SHOP", pool, quantity)])


def on_hand() -> dict[str, int]:
    return dict(StockLevel.objects.values_list("pool", "on_hand"))


def sellable(code: str, sku) -> int | None:
    (found,) = availability(view=get_view(code), sku_ids=[sku.pk])
    return found.quantity


@pytest.mark.usefixtures("shop")
class TestFencing:
    def test_units_move_between_the_common_stock_and_the_fence(self):
        assert fence(4) == 1
        assert on_hand() == {"": 6, "SALE": 4}
        assert fence(4) == 0
        fence(1)
        assert on_hand() == {"": 9, "SALE": 1}
        moved = StockMovement.objects.filter(reason="POOL").values_list("level__pool", "quantity")
        assert sorted(moved) == [("", -4), ("", 3), ("SALE", -3), ("SALE", 4)]

    def test_more_than_is_free_is_refused_and_changes_nothing(self, mug, shop):
        reserve(asks=[Ask(uuid4(), mug.pk, shop.pk, 7, 1)])

        with pytest.raises(NotEnoughStock) as refusal:
            fence(4)

        assert refusal.value.shortages[0].available == 3
        assert on_hand().get("SALE", 0) == 0
        fence(3)
        assert on_hand() == {"": 7, "SALE": 3}

    def test_a_fence_that_stays_as_it_is_needs_nothing(self, mug, shop, now):
        fence(2)
        reserve(asks=[Ask(uuid4(), mug.pk, shop.pk, 7, 1)])
        set_levels(levels=[LevelSetting("MUG", "SHOP", 5)], now=now, reason="COUNT")
        assert on_hand() == {"": 3, "SALE": 2}

        assert fence(2) == 0
        assert on_hand() == {"": 3, "SALE": 2}

    def test_reserved_units_stay_in_the_fence(self, mug, shop):
        fence(4)
        holder = uuid4()
        reserve(asks=[Ask(holder, mug.pk, shop.pk, 3, 1, pool="SALE")])

        with pytest.raises(NotEnoughStock):
            fence(2)

        fence(3)
        assert on_hand() == {"": 7, "SALE": 3}

    def test_only_the_views_of_the_pool_sell_them(self, mug):
        save_view(code="web", name="Web")
        save_view(code="sale", name="Sale", pool="SALE", pool_only=True)
        save_view(code="club", name="Club", pool="SALE")
        fence(4)

        assert (sellable("web", mug), sellable("sale", mug), sellable("club", mug)) == (6, 4, 10)

    def test_a_basket_takes_ring_fenced_units_first(self, now):
        save_view(code="club", name="Club", pool="SALE")
        fence(4)

        reserve_basket(reference="A-1", lines=[BasketLine("MUG", 6)], view="club", now=now)

        assert dict(StockLevel.objects.values_list("pool", "reserved")) == {"": 2, "SALE": 4}

    def test_a_fence_that_is_empty_leaves_the_common_stock_to_its_view(self, mug, now):
        save_view(code="sale", name="Sale", pool="SALE")
        make_kit("SET", (mug, 2), (make_sku("HAT"), 1))
        make_stock(Sku.objects.get(code="HAT"), Location.objects.get(code="SHOP"), 5, now=now)
        fence(4)
        fence(0)

        alone = reserve_basket(reference="A", lines=[BasketLine("MUG", 3)], view="sale", now=now)
        kit = reserve_basket(reference="B", lines=[BasketLine("SET", 2)], view="sale", now=now)

        assert [(line.sku, line.quantity) for line in alone.lines] == [("MUG", 3)]
        assert sorted((line.sku, line.quantity) for line in kit.lines) == [("HAT", 2), ("MUG", 4)]

    def test_a_basket_of_another_view_does_not_get_them(self, now):
        fence(4)

        with pytest.raises(NotEnoughStock):
            reserve_basket(reference="A-1", lines=[BasketLine("MUG", 7)], now=now)

    def test_a_feed_speaks_of_the_whole_location(self, now):
        fence(4)

        same = set_levels(levels=[LevelSetting("MUG", "SHOP", 10)], now=now)
        assert (same.changed, same.unchanged, on_hand()) == (0, 1, {"": 6, "SALE": 4})
        set_levels(levels=[LevelSetting("MUG", "SHOP", 12)], now=now)
        assert on_hand() == {"": 8, "SALE": 4}
        fallen = set_levels(levels=[LevelSetting("MUG", "SHOP", 3)], now=now)
        assert (fallen.changed, on_hand()) == (1, {"": 0, "SALE": 3})
        set_levels(levels=[LevelSetting("MUG", "SHOP", 5)], now=now)
        assert on_hand() == {"": 2, "SALE": 3}

    @pytest.mark.parametrize(
        ("reason", "quantity", "left"),
        [("NOT_FOUND", 1, {"": 0, "SALE": 0}), ("MISMATCH", 8, {"": 0, "SALE": 2}), ("DAMAGE", 2, {"": 4, "SALE": 4})],
    )
    def test_what_is_not_there_is_written_off_the_common_stock_first(self, mug, shop, reason, quantity, left):
        fence(4)

        write_off(location_id=shop.pk, quantities={mug.pk: quantity}, reason=reason, cause_type="test", cause_id="1")

        assert on_hand() == left

    def test_released_units_return_to_the_fence(self, mug, shop, now):
        fence(4)
        holder = uuid4()
        reserve(asks=[Ask(holder, mug.pk, shop.pk, 3, 1, pool="SALE")])
        release(holder_ids=[holder], now=now)

        assert dict(StockLevel.objects.values_list("pool", "reserved")) == {"": 0, "SALE": 0}


def test_fences_and_sales_at_once_never_promise_a_unit_twice(shared, now):
    with tenant_scope(shared.pk):
        mug, shop = make_sku("MUG"), make_location("SHOP")
        make_stock(mug, shop, 10, now=now)
        save_view(code="club", name="Club", pool="SALE")

    def in_scope(act):
        def run():
            with tenant_scope(shared.pk):
                return act()

        return run

    def basket(number):
        return lambda: reserve_basket(reference=f"B-{number}", lines=[BasketLine("MUG", 2)], view="club", now=now)

    acts = [in_scope(basket(number)) for number in range(8)]
    acts += [in_scope(lambda units=units: fence(units)) for units in (5, 0, 8, 3)]
    at_once(acts)

    with tenant_scope(shared.pk):
        rows = list(StockLevel.objects.values_list("on_hand", "reserved"))
    assert sum(on_hand for on_hand, _reserved in rows) == 10
    assert all(reserved <= on_hand for on_hand, reserved in rows)
    assert broken() == []
