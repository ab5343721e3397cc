"""What becomes of reservations: several at once are handed on, given back or consumed as one would be."""

from __future__ import annotations

import pytest

from inventory.enums import ReservationState
from inventory.models import Reservation, StockLevel, StockMovement
from inventory.services import consume, release, reserve, set_levels, split_reservations
from inventory.types import Ask, LevelSetting, Split
from oms.tenancy.models import new_id
from tests.factories import make_location, make_sku, make_stock
from tests.support import broken_here

OPEN = ["SOFT", "HARD", "FIRM"]


@pytest.fixture
def reserved(tenant, now):
    """Holders by (SKU, location), each with five units reserved."""
    places = [make_location("RENNES"), make_location("BREST")]
    holders = {}
    for code in ("MUG", "HAT"):
        sku = make_sku(code)
        for place in places:
            make_stock(sku, place, 10, now=now)
            holders[code, place.code] = Ask(new_id(), sku.pk, place.pk, 5, 1, "order:1")
    assert all(grant.reservation_id for grant in reserve(asks=list(holders.values()), state=ReservationState.FIRM))
    return {place: ask.holder_id for place, ask in holders.items()}


def held():
    return {
        (row.holder_id, row.quantity, row.state, row.reference) for row in Reservation.objects.filter(state__in=OPEN)
    }


def levels():
    return sorted(StockLevel.objects.values_list("on_hand", "reserved"))


def test_parts_go_to_other_holders_and_no_level_moves(reserved, now, django_assert_num_queries):
    mug, hat = reserved["MUG", "RENNES"], reserved["HAT", "BREST"]
    others = [new_id() for _other in range(3)]

    with django_assert_num_queries(4):
        split_reservations(
            splits=[Split(mug, 3, others[0]), Split(hat, 4, others[1]), Split(mug, 2, others[2])], now=now
        )

    firm = {(holder, 5, "FIRM", "order:1") for holder in reserved.values() if holder not in {mug, hat}}
    assert held() == firm | {
        (mug, 2, "FIRM", "order:1"),
        (hat, 4, "FIRM", "order:1"),
        (others[0], 2, "FIRM", "order:1"),
        (others[1], 1, "FIRM", "order:1"),
        (others[2], 1, "FIRM", "order:1"),
    }
    assert levels() == [(10, 5)] * 4


def test_a_split_of_everything_changes_the_holder(reserved, now):
    mug, other = reserved["MUG", "RENNES"], new_id()

    split_reservations(splits=[Split(mug, 0, other)], now=now)

    assert {holder for holder, *_rest in held()} == {*reserved.values(), other} - {mug}
    assert Reservation.objects.count() == 4


def test_a_holder_without_a_reservation_is_left_alone(reserved, now):
    before = held()

    split_reservations(splits=[Split(new_id(), 3, new_id())], now=now)

    assert held() == before


def test_units_without_stock_go_first(reserved, now):
    before = held()

    split_reservations(splits=[Split(reserved["MUG", "RENNES"], 6, new_id())], now=now)

    assert held() == before


def test_consumed_units_leave_and_released_ones_are_free_again(reserved, now):
    sold = [reserved["MUG", "RENNES"], reserved["HAT", "RENNES"]]
    given_back = [reserved["MUG", "BREST"], reserved["HAT", "BREST"]]

    assert consume(holder_ids=sold[:1], now=now) == 1
    assert consume(holder_ids=[*sold, *given_back[:1]], now=now) == 2
    assert release(holder_ids=given_back, now=now) == 1

    assert held() == set()
    assert levels() == [(5, 0), (5, 0), (5, 0), (10, 0)]


def test_what_leaves_was_there_whatever_a_count_has_said(tenant, now):
    mug, shop = make_sku("MUG"), make_location("SHOP")
    make_stock(mug, shop, 5, now=now)
    holder = new_id()
    reserve(asks=[Ask(holder, mug.pk, shop.pk, 4, 1)])
    set_levels(levels=[LevelSetting("MUG", "SHOP", 1)], now=now, reason="COUNT")

    assert consume(holder_ids=[holder], now=now) == 1

    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (0, 0)
    found = StockMovement.objects.get(reason="FOUND")
    assert (found.bucket, found.quantity, found.balance) == ("ON_HAND", 3, 4)
    assert broken_here("stock.") == []
