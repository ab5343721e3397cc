"""Orders of a channel whose view has a ring-fence are served from it first."""

from __future__ import annotations

import pytest

from inventory.models import Reservation, StockLevel
from inventory.services import fence_stock, save_view
from inventory.types import Fence
from oms.orders.enums import UnitState
from oms.orders.models import UnitGroup
from oms.tenancy.types import SYSTEM
from orchestration.services import place_orders, reroute
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.support import broken_here


@pytest.fixture
def mug(tenant, now):
    sku = make_sku("MUG")
    make_stock(sku, make_location("RENNES", postcode="35000", latitude=None), 5, now=now)
    make_stock(sku, make_location("LYON", postcode="69001", latitude=None), 5, now=now)
    return sku


@pytest.fixture
def club(mug):
    return make_channel("club", stock_view_id=save_view(code="club", name="Club", pool="CLUB").pk)


@pytest.fixture
def web(mug):
    return make_channel("web")


def fence(place: str, quantity: int) -> None:
    fence_stock(fences=[Fence("MUG", place, "CLUB", quantity)])


def place(channel, mug, quantity, now, **fields) -> None:
    place_orders(orders=[new_order(channel, (mug, quantity), now=now, **fields)], now=now)


def reserved() -> dict[tuple[str, str], int]:
    rows = StockLevel.objects.exclude(reserved=0).values_list("location__code", "pool", "reserved")
    return {(code, pool): units for code, pool, units in rows}


def states() -> dict[str, int]:
    return {row.state: row.quantity for row in UnitGroup.objects.all()}


def test_the_channel_of_the_fence_takes_its_units_first(mug, club, now):
    fence("RENNES", 2)

    place(club, mug, 3, now)

    assert reserved() == {("RENNES", "CLUB"): 2, ("RENNES", ""): 1}
    assert states() == {UnitState.ASSIGNED: 3}
    assert broken_here() == []


def test_another_channel_does_not_see_them(mug, club, web, now):
    fence("RENNES", 5)
    fence("LYON", 5)

    place(web, mug, 2, now)

    assert states() == {UnitState.PARKED: 2}
    assert reserved() == {}


def test_one_batch_serves_both_channels_exactly(mug, club, web, now):
    fence("RENNES", 3)
    fence("LYON", 5)
    orders = [new_order(channel, (mug, 1), now=now) for channel in (club, web) * 6]

    place_orders(orders=orders, now=now)

    placed = UnitGroup.objects.filter(state=UnitState.ASSIGNED)
    by_channel = {
        channel.code: sum(row.quantity for row in placed.filter(order__channel=channel)) for channel in (club, web)
    }
    assert by_channel == {"club": 6, "web": 2}
    assert broken_here() == []


def test_units_sent_elsewhere_go_back_to_the_fence_they_came_from(mug, club, now):
    fence("RENNES", 2)
    fence("LYON", 1)
    place(club, mug, 2, now)
    assert reserved() == {("RENNES", "CLUB"): 2}

    order_id = UnitGroup.objects.get().order_id
    reroute(order_id=order_id, reason="test", now=now, actor=SYSTEM)

    assert reserved() == {("LYON", "CLUB"): 1, ("LYON", ""): 1}
    assert sum(Reservation.objects.filter(state="FIRM").values_list("quantity", flat=True)) == 2
    assert broken_here() == []
