"""Many works at once: what one verb does to one, its wave does to all, or to none."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import StockLevel
from oms.events.queries import timeline
from oms.fulfilment.errors import FulfilmentNotFound, NotAllPicked, WrongState
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder, Parcel
from oms.fulfilment.services import accept, accept_wave, pack_wave, pick, pick_wave, ship_wave
from oms.fulfilment.types import Tracking
from oms.orders.models import Order, UnitGroup
from oms.tenancy.models import new_id
from tests.factories import make_channel, make_location, make_order, make_sku, make_stock
from tests.fulfilment.test_work import work_for


@pytest.fixture
def shop(tenant, now):
    return make_location("RENNES")


@pytest.fixture
def skus(shop, now):
    found = [make_sku(code) for code in ("MUG", "HAT", "CAP")]
    for sku in found:
        make_stock(sku, shop, 100, now=now)
    return found


@pytest.fixture
def new_wave(shop, skus, now):
    channel = make_channel("web")

    def make(size):
        orders = [make_order(channel, *((sku, 2) for sku in skus), now=now) for _number in range(size)]
        return [work_for(order, shop, now).pk for order in orders]

    return make


def everything(ids):
    picked = {work_id: {} for work_id in ids}
    for line in FulfilmentLine.objects.filter(fulfilment_id__in=ids):
        picked[line.fulfilment_id][line.pk] = line.quantity
    return picked


def tracked(ids):
    return {work_id: [Tracking("Colissimo", f"6A{work_id.hex[-6:]}")] for work_id in ids}


def states():
    return set(FulfilmentOrder.objects.values_list("state", flat=True))


def test_a_wave_goes_from_the_queue_to_the_carrier(new_wave, skus, now):
    wave = new_wave(3)

    accepted = accept_wave(fulfilment_ids=wave, now=now)
    pick_wave(picked=everything(wave), now=now)
    pack_wave(fulfilment_ids=wave, now=now)
    ship_wave(parcels=tracked(wave), now=now)

    assert [row.pk for row in accepted] == wave
    assert states() == {"HANDED_OVER"}
    assert set(UnitGroup.objects.values_list("state", "quantity")) == {("SHIPPED", 2)}
    assert set(StockLevel.objects.values_list("on_hand", "reserved")) == {(94, 0)}
    assert set(Order.objects.values_list("status", flat=True)) == {"SHIPPED"}
    assert {(row.fulfilment_id, row.tracking_number) for row in Parcel.objects.all()} == {
        (work_id, f"6A{work_id.hex[-6:]}") for work_id in wave
    }
    for row in FulfilmentOrder.objects.all():
        events = list(timeline(subject_type="order", subject_id=row.order_id))
        assert [event.kind for event in events[2:]] == [
            "fulfilment.accepted",
            "fulfilment.picked",
            "fulfilment.packed",
            "fulfilment.shipped",
        ]
        groups = UnitGroup.objects.filter(order_id=row.order_id)
        assert set(events[-1].payload["groups"]) == {str(group.pk) for group in groups}


def test_what_was_accepted_stays_accepted(new_wave, now):
    first, second = new_wave(2)
    accept(fulfilment_id=first, now=now)

    accept_wave(fulfilment_ids=[first, second], now=now)

    for row in FulfilmentOrder.objects.all():
        kinds = [event.kind for event in timeline(subject_type="order", subject_id=row.order_id)]
        assert kinds.count("fulfilment.accepted") == 1


@pytest.mark.parametrize("wrong", ["accept", "pick", "ship"])
def test_one_work_in_the_wrong_state_keeps_the_whole_wave_back(new_wave, now, wrong):
    ready, gone = new_wave(2)
    for work_id in (gone,) if wrong != "ship" else (ready,):
        pick_wave(picked=everything([work_id]), now=now)
        pack_wave(fulfilment_ids=[work_id], now=now)
    acts = {
        "accept": lambda: accept_wave(fulfilment_ids=[ready, gone], now=now),
        "pick": lambda: pick_wave(picked=everything([ready, gone]), now=now),
        "ship": lambda: ship_wave(parcels=tracked([ready, gone]), now=now),
    }
    before = sorted(UnitGroup.objects.values_list("pk", "state"))

    with pytest.raises(WrongState) as refusal:
        acts[wrong]()

    assert refusal.value.data["fulfilment"] == FulfilmentOrder.objects.get(pk=gone).number
    assert sorted(UnitGroup.objects.values_list("pk", "state")) == before
    assert states() == {"TO_ACCEPT", "PACKED"}
    assert Parcel.objects.count() == 0


def test_a_wave_closes_only_what_is_wholly_picked(new_wave, now):
    whole, part = new_wave(2)
    pick_wave(picked=everything([whole]), now=now)
    line = FulfilmentLine.objects.filter(fulfilment_id=part).first()
    pick(fulfilment_id=part, picked={line.pk: 1}, now=now)

    with pytest.raises(NotAllPicked) as refusal:
        pack_wave(fulfilment_ids=[whole, part], now=now)

    assert refusal.value.data == {"missing": 5, "fulfilment": FulfilmentOrder.objects.get(pk=part).number}
    assert states() == {"PICKING"}


def test_a_wave_can_pick_here_and_unpick_there(new_wave, now):
    first, second = new_wave(2)
    pick_wave(picked=everything([first]), now=now)
    undone = {first: dict.fromkeys(everything([first])[first], 1)}

    pick_wave(picked={**undone, **everything([second])}, now=now)

    picked = {work: set() for work in (first, second)}
    for line in FulfilmentLine.objects.all():
        picked[line.fulfilment_id].add(line.picked)
    assert picked == {first: {1}, second: {2}}
    quantities = UnitGroup.objects.filter(work_id=first).values_list("state", "quantity")
    assert sorted(quantities) == [("ASSIGNED", 1)] * 3 + [("PICKED", 1)] * 3


def test_unknown_work_is_refused(new_wave, now):
    (known,) = new_wave(1)

    with pytest.raises(FulfilmentNotFound):
        accept_wave(fulfilment_ids=[known, new_id()], now=now)

    assert states() == {"TO_ACCEPT"}


def test_a_large_wave_asks_no_more_than_a_small_one(new_wave, now):
    acts = [
        lambda wave: accept_wave(fulfilment_ids=wave, now=now),
        lambda wave: pick_wave(picked=everything(wave), now=now),
        lambda wave: pack_wave(fulfilment_ids=wave, now=now),
        lambda wave: ship_wave(parcels=tracked(wave), now=now),
    ]

    def asked(wave):
        counts = []
        for act in acts:
            with CaptureQueriesContext(connection) as queries:
                act(wave)
            counts.append(len(queries))
        return counts

    small = asked(new_wave(2))
    assert asked(new_wave(6)) == small
    assert max(small) < 30
