"""A level falls under what is reserved of it: baskets and the latest promises give way, and are served from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from inventory.models import StockLevel, TransferLine
from inventory.queries import get_basket, get_transfer, transfer_entries
from inventory.services import (
    create_transfer,
    dispatch_transfer,
    move_stock,
    request_transfer,
    reserve_basket,
    save_view,
    set_levels,
)
from inventory.types import BasketLine, LevelSetting, Move, TransferUnits
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import accept, pick, refuse
from oms.orders.enums import UnitState
from oms.orders.models import UnitGroup
from oms.tenancy.context import tenant_scope
from orchestration.services import place_orders, serve_short
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.support import at_once, broken, drain


@pytest.fixture
def mug(shared, now):
    with tenant_scope(shared.pk):
        sku = make_sku("MUG")
        make_stock(sku, make_location("RENNES", postcode="35000", latitude=None), 6, now=now)
    return sku


@pytest.fixture
def web(shared, mug):
    with tenant_scope(shared.pk):
        return make_channel("web")


@pytest.fixture
def act(shared):
    """Do something, let what follows from it happen, and look: each in a transaction of its own."""

    def act(what, *arguments, **options):
        with tenant_scope(shared.pk):
            answer = what(*arguments, **options)
        drain()
        return answer

    return act


def elsewhere(mug, units, now):
    make_stock(mug, make_location("LYON", postcode="69001", latitude=None), units, now=now)


def place(channel, mug, quantity, now, **fields) -> str:
    external_id = fields.pop("external_id", f"{uuid4()}")
    place_orders(orders=[new_order(channel, (mug, quantity), now=now, external_id=external_id, **fields)], now=now)
    return external_id


def count(units, now):
    set_levels(levels=[LevelSetting("MUG", "RENNES", units)], now=now, reason="COUNT")


def where() -> dict[str, list[tuple[str, str | None, int]]]:
    rows: dict[str, list[tuple[str, str | None, int]]] = {}
    for group in UnitGroup.objects.select_related("order", "location").order_by("state", "quantity"):
        place = group.location.code if group.location else None
        rows.setdefault(group.order.external_id, []).append((group.state, place, group.quantity))
    return rows


def level(code="RENNES") -> tuple[int, int]:
    return StockLevel.objects.values_list("on_hand", "reserved").get(location__code=code)


def basket(reference, now):
    reserve_basket(reference=reference, lines=[BasketLine("MUG", 2)], now=now, expires_in=timedelta(hours=9))


def test_the_latest_promise_is_served_from_elsewhere(act, mug, web, now):
    early = act(place, web, mug, 2, now, promised_at=now + timedelta(days=1))
    late = act(place, web, mug, 2, now, promised_at=now + timedelta(days=3))
    unpromised = act(place, web, mug, 2, now)
    act(elsewhere, mug, 4, now)

    act(count, 2, now)

    assert act(where) == {
        early: [("ASSIGNED", "RENNES", 2)],
        late: [("ASSIGNED", "LYON", 2)],
        unpromised: [("ASSIGNED", "LYON", 2)],
    }
    assert act(level) == (2, 2)
    assert act(lambda: FulfilmentOrder.objects.filter(refusal_reason="SHORT", state="REFUSED").count()) == 2
    assert broken() == []


def test_an_order_gives_up_no_more_than_is_missing(act, mug, web, now):
    first = act(place, web, mug, 3, now)
    second = act(place, web, mug, 3, now + timedelta(minutes=1))

    act(count, 5, now)

    assert act(where) == {
        first: [("ASSIGNED", "RENNES", 3)],
        second: [("ASSIGNED", "RENNES", 2), ("PARKED", None, 1)],
    }
    assert act(level) == (5, 5)
    assert broken() == []


def test_baskets_go_before_orders_and_the_newest_first(act, mug, web, now):
    order = act(place, web, mug, 2, now)
    act(basket, "B-1", now)
    act(basket, "B-2", now)

    act(count, 4, now)

    assert act(where) == {order: [("ASSIGNED", "RENNES", 2)]}
    assert [act(get_basket, name).state for name in ("B-1", "B-2")] == ["SOFT", "RELEASED"]
    assert act(level) == (4, 4)


def send(mug, units, now):
    """Request that units go to a new shop."""
    shop = make_location(f"SHOP-{uuid4().hex[:8]}", ships=False)
    source = StockLevel.objects.get(location__code="RENNES").location_id
    units = [TransferUnits(mug.pk, units)]
    made = create_transfer(source_id=source, destination_id=shop.pk, units=units, now=now)
    return request_transfer(transfer_id=made.pk, now=now)


def sent(transfer) -> tuple[str, int, list[tuple[str, int]]]:
    entries = [(entry.fate, entry.quantity) for entry in transfer_entries(transfer.pk)]
    return get_transfer(transfer.pk).state, get_transfer(transfer.pk).units, entries


def test_transfers_that_have_not_left_go_first_and_the_newest_before_others(act, mug, web, now):
    order = act(place, web, mug, 1, now)
    act(basket, "B-1", now)
    old = act(send, mug, 2, now)
    new = act(send, mug, 1, now + timedelta(minutes=1))

    act(count, 4, now)

    assert act(sent, old) == ("REQUESTED", 1, [("SHORT", 1)])
    assert act(sent, new) == ("CANCELLED", 0, [("SHORT", 1)])
    assert act(get_basket, "B-1").state == "SOFT"
    assert act(where) == {order: [("ASSIGNED", "RENNES", 1)]}
    assert act(level) == (4, 4)
    assert broken() == []
    act(dispatch_transfer, transfer_id=old.pk, now=now)
    assert act(level) == (3, 3)
    assert broken() == []


def test_what_a_transfer_no_longer_brings_is_promised_to_nobody(act, mug, web, shared, now):
    transfer = act(send, mug, 4, now)
    with tenant_scope(shared.pk):
        ahead = make_channel("ahead", stock_view_id=save_view(code="ahead", name="Ahead", supply=["TRANSFER"]).pk)
    act(place, web, mug, 2, now)
    waiting = act(place, ahead, mug, 3, now)
    assert act(where)[waiting] == [("BACKORDERED", None, 3)]

    act(count, 3, now)

    assert act(sent, transfer) == ("REQUESTED", 1, [("SHORT", 3)])
    assert act(lambda: TransferLine.objects.get().promised) == 1
    assert broken() == []


def test_what_is_picked_stays_and_the_deficit_is_shown(act, mug, web, now):
    act(place, web, mug, 6, now)
    work = act(FulfilmentOrder.objects.get)
    line = act(work.lines.get)
    act(pick, fulfilment_id=work.pk, picked={line.pk: 5}, now=now)

    act(count, 2, now)

    assert act(level) == (2, 5)
    assert act(StockLevel.objects.get).available == -3
    (units,) = act(where).values()
    assert units == [("PARKED", None, 1), ("PICKED", "RENNES", 5)]
    assert broken() == []


def test_held_units_lose_their_stock_and_say_so(act, mug, web, now):
    held = act(place, web, mug, 4, now, payment_state="PENDING")
    paid = act(place, web, mug, 2, now, promised_at=now + timedelta(days=1))

    act(count, 3, now)

    assert act(where) == {held: [("HELD", None, 4)], paid: [("ASSIGNED", "RENNES", 2)]}
    assert act(lambda: UnitGroup.objects.get(state=UnitState.HELD).reason) == "NO_STOCK"
    assert act(level) == (3, 2)
    assert broken() == []


def test_a_movement_by_hand_counts_too_and_what_was_served_is_not_served_again(act, mug, web, now, shared):
    act(place, web, mug, 6, now)

    act(move_stock, moves=[Move("MUG", "RENNES", -2, "SHRINKAGE")], now=now)

    assert act(level) == (4, 4)
    assert act(serve_short, level_ids=[act(StockLevel.objects.get).pk], now=now) == 0
    assert act(level) == (4, 4)
    assert [row for rows in act(where).values() for row in rows] == [("ASSIGNED", "RENNES", 4), ("PARKED", None, 2)]


def test_a_refusal_leaves_to_the_location_what_else_it_gives_up(act, mug, web, now):
    act(place, web, mug, 2, now)
    other = act(place, web, mug, 2, now)
    work = act(lambda: FulfilmentOrder.objects.exclude(order__external_id=other).get())

    act(refuse, fulfilment_id=work.pk, reason="NOT_FOUND", now=now)

    assert act(where)[other] == [("ASSIGNED", "RENNES", 2)]
    assert act(level) == (0, 2)


def test_of_equal_promises_the_oldest_order_is_kept(act, mug, web, now):
    orders = [act(place, web, mug, 1, now + timedelta(minutes=5 - index)) for index in range(6)]

    act(count, 1, now)

    kept = [name for name, units in act(where).items() if units[0][0] == "ASSIGNED"]
    assert kept == [orders[-1]]


def test_counts_and_people_at_once_leave_every_unit_accounted_for(act, mug, web, now, shared):
    for minute in range(6):
        act(place, web, mug, 1, now + timedelta(minutes=minute))
    works = [row.pk for row in act(lambda: list(FulfilmentOrder.objects.order_by("number")))]

    def in_scope(what, **options):
        def run():
            with tenant_scope(shared.pk):
                return what(**options)

        return run

    acts = [in_scope(refuse, fulfilment_id=work, reason="TOO_BUSY", now=now) for work in works[:2]]
    acts += [in_scope(accept, fulfilment_id=work, now=now) for work in works[2:4]]
    acts += [in_scope(count, units=units, now=now) for units in (2, 3)]
    at_once(acts)
    level_id = act(StockLevel.objects.get).pk
    at_once([in_scope(serve_short, level_ids=[level_id], now=now) for _worker in range(4)])
    act(lambda: None)

    on_hand, reserved = act(level)
    assert reserved <= on_hand
    assert broken() == []
