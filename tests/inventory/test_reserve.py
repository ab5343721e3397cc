from __future__ import annotations

from uuid import uuid4

from inventory.models import Reservation, StockLevel, StockMovement
from inventory.services import consume, release, reserve
from inventory.types import Ask
from tests.factories import make_location, make_sku, make_stock


def ask(sku, location, quantity, group=1):
    return Ask(uuid4(), sku.pk, location.pk, quantity, group)


def level_of(sku, location):
    return StockLevel.objects.get(sku=sku, location=location)


def test_reserve_takes_units_and_writes_the_ledger(tenant, now):
    mug, shop = make_sku("MUG"), make_location("SHOP")
    make_stock(mug, shop, 5, now=now)

    (grant,) = reserve(asks=[ask(mug, shop, 2)])

    assert grant.reservation_id is not None
    assert level_of(mug, shop).reserved == 2
    movements = StockMovement.objects.order_by("version").values_list("bucket", "quantity", "balance", "version")
    assert list(movements) == [("ON_HAND", 5, 5, 1), ("RESERVED", 2, 2, 2)]


def test_reserve_grants_a_group_whole_or_not_at_all(tenant, now):
    mug, hat, shop = make_sku("MUG"), make_sku("HAT"), make_location("SHOP")
    make_stock(mug, shop, 5, now=now)
    make_stock(hat, shop, 1, now=now)

    grants = reserve(asks=[ask(mug, shop, 2, 1), ask(hat, shop, 2, 1), ask(mug, shop, 1, 2)])

    assert [grant.reservation_id is not None for grant in grants] == [False, False, True]
    assert (level_of(mug, shop).reserved, level_of(hat, shop).reserved) == (1, 0)


def test_reserve_gives_the_last_units_to_the_first_ask(tenant, now):
    mug, shop = make_sku("MUG"), make_location("SHOP")
    make_stock(mug, shop, 3, now=now)

    grants = reserve(asks=[ask(mug, shop, 2, 1), ask(mug, shop, 2, 2), ask(mug, shop, 1, 3)])

    assert [grant.reservation_id is not None for grant in grants] == [True, False, False]
    assert level_of(mug, shop).reserved == 2


def test_two_lines_of_one_sku_reserve_both(tenant, now):
    mug, shop = make_sku("MUG"), make_location("SHOP")
    make_stock(mug, shop, 5, now=now)

    grants = reserve(asks=[ask(mug, shop, 2), ask(mug, shop, 3)])

    assert all(grant.reservation_id for grant in grants)
    assert level_of(mug, shop).reserved == 5
    assert sorted(Reservation.objects.values_list("quantity", flat=True)) == [2, 3]


def test_release_gives_back_and_consume_takes_away(tenant, now):
    mug, shop = make_sku("MUG"), make_location("SHOP")
    make_stock(mug, shop, 5, now=now)
    kept, sold = ask(mug, shop, 2, 1), ask(mug, shop, 1, 2)
    reserve(asks=[kept, sold])

    release(holder_ids=[kept.holder_id], now=now)
    consume(holder_ids=[sold.holder_id], now=now)

    level = level_of(mug, shop)
    assert (level.on_hand, level.reserved) == (4, 0)
    assert sorted(Reservation.objects.values_list("state", flat=True)) == ["CONSUMED", "RELEASED"]
