from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inventory.enums import ReservationState
from inventory.models import StockLevel
from inventory.services import reserve
from inventory.types import Ask
from oms.events.queries import timeline
from oms.fulfilment.errors import NotAllPicked, TooManyAttempts, WrongCode, WrongState
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel
from oms.fulfilment.rules import deadline
from oms.fulfilment.services import (
    accept,
    collect,
    create_fulfilments,
    expire_unanswered,
    mark_ready,
    pack,
    pick,
    refuse,
    ship,
    withdraw,
)
from oms.fulfilment.types import Tracking, Work
from oms.orders.models import Order, UnitGroup
from oms.orders.services import cancel_units
from tests.factories import make_channel, make_location, make_order, make_sku, make_stock


@pytest.fixture
def shop(tenant, now):
    return make_location("RENNES")


@pytest.fixture
def mug(tenant, shop, now):
    mug = make_sku("MUG")
    make_stock(mug, shop, 5, now=now)
    return mug


def work_for(order, shop, now):
    """Reserve the order's units at the shop and give it the work, as routing does."""
    groups = list(UnitGroup.objects.filter(order=order))
    asks = [Ask(group.pk, group.sku_id, shop.pk, group.quantity, 1) for group in groups]
    assert all(grant.reservation_id for grant in reserve(asks=asks, state=ReservationState.FIRM))
    units = tuple((group.pk, group.quantity) for group in groups)
    (given,) = create_fulfilments(works=[Work(order.pk, order.method, shop.pk, units)], now=now)
    return given.fulfilment


@pytest.fixture
def work(mug, shop, now):
    return work_for(make_order(make_channel("web"), (mug, 3), now=now), shop, now)


def level(sku, shop):
    return StockLevel.objects.get(sku=sku, location=shop)


def pick_all(work, now):
    pick(
        fulfilment_id=work.pk,
        picked={line.pk: line.quantity for line in FulfilmentLine.objects.filter(fulfilment=work)},
        now=now,
    )


def test_a_parcel_leaves_once_and_takes_its_stock(work, mug, shop, now):
    accept(fulfilment_id=work.pk, now=now)
    pick_all(work, now)
    pack(fulfilment_id=work.pk, now=now)
    ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", "6A123")], now=now)

    with pytest.raises(WrongState):
        ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", "6A123")], now=now)

    assert (level(mug, shop).on_hand, level(mug, shop).reserved) == (2, 0)
    assert Parcel.objects.count() == 1
    assert Order.objects.get().status == "SHIPPED"
    kinds = [event.kind for event in timeline(subject_type="order", subject_id=work.order_id)]
    assert kinds == [
        "order.accepted",
        "fulfilment.created",
        "fulfilment.accepted",
        "fulfilment.picked",
        "fulfilment.packed",
        "fulfilment.shipped",
    ]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("NOT_FOUND", {"on_hand": 0, "damaged": 0, "quarantined": 0}),
        ("MISMATCH", {"on_hand": 2, "damaged": 0, "quarantined": 0}),
        ("DAMAGED", {"on_hand": 2, "damaged": 3, "quarantined": 0}),
        ("DISPLAY_UNIT", {"on_hand": 2, "damaged": 0, "quarantined": 3}),
        ("TOO_BUSY", {"on_hand": 5, "damaged": 0, "quarantined": 0}),
    ],
)
def test_a_refusal_does_to_stock_what_its_reason_declares(work, mug, shop, now, reason, expected):
    refuse(fulfilment_id=work.pk, reason=reason, now=now)

    after = level(mug, shop)
    assert {name: getattr(after, name) for name in expected} == expected
    assert after.reserved == 0
    assert FulfilmentOrder.objects.get().state == "REFUSED"
    assert list(UnitGroup.objects.values_list("state", "location", "work_id")) == [("PENDING", None, None)]


def test_a_refusal_can_cascade_to_other_work_of_the_same_sku(work, mug, shop, now):
    other = work_for(make_order(make_channel("zalando"), (mug, 2), now=now), shop, now)

    refuse(fulfilment_id=work.pk, reason="NOT_FOUND", cascade=True, now=now)

    other.refresh_from_db()
    assert other.state == "REFUSED"
    assert (level(mug, shop).on_hand, level(mug, shop).reserved) == (0, 0)


def test_a_short_pick_goes_on_with_what_was_found(work, mug, shop, now):
    (line,) = FulfilmentLine.objects.all()
    pick(fulfilment_id=work.pk, picked={line.pk: 2}, now=now)

    with pytest.raises(NotAllPicked):
        pack(fulfilment_id=work.pk, now=now)
    pack(fulfilment_id=work.pk, missing="MISMATCH", now=now)

    assert sorted(UnitGroup.objects.values_list("state", "quantity")) == [("PACKED", 2), ("PENDING", 1)]
    assert (level(mug, shop).on_hand, level(mug, shop).reserved) == (4, 2)
    ship(fulfilment_id=work.pk, parcels=[Tracking("Colissimo", "6A1")], now=now)
    assert (level(mug, shop).on_hand, level(mug, shop).reserved) == (2, 0)


def test_unpicking_gives_the_units_back_to_the_work(work, now):
    (line,) = FulfilmentLine.objects.all()
    pick(fulfilment_id=work.pk, picked={line.pk: 3}, now=now)

    pick(fulfilment_id=work.pk, picked={line.pk: 1}, now=now)

    assert sorted((group.state, group.quantity) for group in UnitGroup.objects.all()) == [
        ("ASSIGNED", 2),
        ("PICKED", 1),
    ]


def test_collection_needs_the_code_and_counts_wrong_ones(mug, shop, now):
    order = make_order(make_channel("web"), (mug, 1), now=now, method="CLICK_AND_COLLECT", collect_location="RENNES")
    work = work_for(order, shop, now)
    pick_all(work, now)
    pack(fulfilment_id=work.pk, now=now)
    mark_ready(fulfilment_id=work.pk, shelf="B4", now=now)

    for _attempt in range(5):
        with pytest.raises(WrongCode):
            collect(fulfilment_id=work.pk, code="NOTIT", now=now)
    with pytest.raises(TooManyAttempts):
        collect(fulfilment_id=work.pk, code=work.collection_code, now=now)
    done = collect(fulfilment_id=work.pk, identity_of="Élodie Kerjean", now=now)

    assert (done.state, done.proof) == ("COLLECTED", "IDENTITY")
    assert Order.objects.get(pk=order.pk).status == "COLLECTED"


def test_the_right_code_hands_over(mug, shop, now):
    order = make_order(make_channel("web"), (mug, 1), now=now, method="CLICK_AND_COLLECT", collect_location="RENNES")
    work = work_for(order, shop, now)
    pick_all(work, now)
    pack(fulfilment_id=work.pk, now=now)
    mark_ready(fulfilment_id=work.pk, now=now)

    done = collect(fulfilment_id=work.pk, code=work.collection_code.lower(), now=now)

    assert (done.state, done.proof) == ("COLLECTED", "CODE")
    assert level(mug, shop).on_hand == 4


def test_a_cancelled_order_leaves_the_queue(work, now):
    cancel_units(order_id=work.order_id, reason="customer", now=now)

    assert withdraw(order_ids=[work.order_id], now=now) == 1
    assert withdraw(order_ids=[work.order_id], now=now) == 0

    work.refresh_from_db()
    assert (work.state, work.units) == ("CANCELLED", 0)


def test_work_that_nobody_answers_expires(tenant, work, mug, shop, now):
    assert expire_unanswered(tenant_id=tenant.pk, now=now) == 0
    assert expire_unanswered(tenant_id=tenant.pk, now=work.accept_by + timedelta(seconds=1)) == 1

    assert level(mug, shop).reserved == 0
    assert list(UnitGroup.objects.values_list("state", "reason")) == [("PENDING", "EXPIRED")]


def test_deadlines_count_opening_time_only():
    opening = {str(day): [["10:00", "12:00"], ["14:00", "19:00"]] for day in range(1, 7)}
    saturday = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # 18:30 in Paris

    found = deadline(start=saturday, minutes=60, opening=opening, closures=["2026-11-23"], time_zone="Europe/Paris")

    assert found == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # Sunday closed, Monday a closure
