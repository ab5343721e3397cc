"""Work under concurrency: first the race that a guard prevents, with the guard taken out, then the code as it is.

[I10] a unit is in one state. [I7] no two writers wait for each other.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from inventory.models import StockLevel
from oms.fulfilment.errors import WrongState
from oms.fulfilment.models import FulfilmentLine, FulfilmentOrder
from oms.fulfilment.services import expire, expire_unanswered, pack, pick, refuse, ship
from oms.orders import locks
from oms.orders.errors import NotEnoughUnits
from oms.orders.models import Order, UnitGroup
from oms.orders.services import cancel_units, move, work
from oms.tenancy.context import tenant_scope
from tests.factories import make_channel, make_location, make_order, make_sku, make_stock
from tests.fulfilment.test_work import work_for
from tests.support import Meeting, overlapping

REFUSE = import_module("oms.fulfilment.services.refuse")


@pytest.fixture
def jobs(shared, now) -> list[FulfilmentOrder]:
    """Two orders of three mugs each, at one store that has nine."""
    with tenant_scope(shared.pk):
        store, mug, web = make_location("RENNES"), make_sku("MUG"), make_channel("web")
        make_stock(mug, store, 9, now=now)
        return [work_for(make_order(web, (mug, 3), now=now), store, now) for _order in range(2)]


@pytest.fixture
def packed(shared, jobs, now) -> FulfilmentOrder:
    with tenant_scope(shared.pk):
        (line,) = FulfilmentLine.objects.filter(fulfilment=jobs[0])
        pick(fulfilment_id=jobs[0].pk, picked={line.pk: 3}, now=now)
        return pack(fulfilment_id=jobs[0].pk, now=now)


def cancel_while_shipped(tenant, job, now):
    """What shipping answers, the state of the units, and what is on hand."""
    _cancelled, shipped = overlapping(
        tenant,
        partial(cancel_units, order_id=job.order_id, reason="customer", now=now),
        partial(ship, fulfilment_id=job.pk, parcels=[], now=now),
    )
    with tenant_scope(tenant.pk):
        return shipped, UnitGroup.objects.get(order_id=job.order_id).state, StockLevel.objects.get().on_hand


def test_without_the_lock_on_its_order_a_cancelled_parcel_leaves_and_stays_in_stock(shared, packed, now, monkeypatch):
    def read(order_ids):
        return list(Order.objects.filter(pk__in=list(order_ids)).order_by("pk"))

    for module in (locks, move, work):
        monkeypatch.setattr(module, "lock_orders", read)

    shipped, state, on_hand = cancel_while_shipped(shared, packed, now)

    assert shipped.state == "HANDED_OVER"
    assert (state, on_hand) == ("SHIPPED", 9)


def test_a_cancelled_parcel_does_not_leave(shared, packed, now):
    shipped, state, on_hand = cancel_while_shipped(shared, packed, now)

    assert isinstance(shipped, NotEnoughUnits)
    assert (state, on_hand) == ("CANCELLED", 9)


def refuse_both_ways(tenant, jobs, now, monkeypatch):
    """Two colleagues each refuse a job and, with it, the other's: the mugs are broken."""
    meeting, others = Meeting(), REFUSE._others

    def meet_before(*arguments):
        meeting()
        return others(*arguments)

    monkeypatch.setattr(REFUSE, "_others", meet_before)
    acts = [partial(refuse, fulfilment_id=job.pk, reason="DAMAGED", cascade=True, now=now) for job in jobs]
    return meeting.run(tenant, *acts)


def test_refusals_that_lock_one_order_after_the_other_wait_for_each_other(shared, jobs, now, monkeypatch):
    monkeypatch.setattr(REFUSE, "lock_neighbours", lambda _work: {job.order_id for job in jobs})

    outcomes = refuse_both_ways(shared, jobs, now, monkeypatch)

    (stopped,) = [each for each in outcomes if isinstance(each, OperationalError)]
    assert isinstance(stopped.__cause__, DeadlockDetected)


def test_refusals_that_cascade_follow_each_other(shared, jobs, now, monkeypatch):
    outcomes = refuse_both_ways(shared, jobs, now, monkeypatch)

    assert sorted(type(each) for each in outcomes if isinstance(each, Exception)) == [WrongState]
    with tenant_scope(shared.pk):
        assert list(FulfilmentOrder.objects.values_list("state", flat=True)) == ["REFUSED", "REFUSED"]
        level = StockLevel.objects.get()
        assert (level.on_hand, level.reserved, level.damaged) == (3, 0, 6)


def test_work_that_expires_holds_the_locks_of_one_order_only(shared, jobs, now, monkeypatch):
    """Each in a transaction of its own: the first stays done when the second fails."""
    late, move_work = max(job.accept_by for job in jobs), expire.move_work

    def fail_second(row, *arguments, **named):
        if row.pk == jobs[1].pk:
            raise RuntimeError("The second fails.")
        return move_work(row, *arguments, **named)

    monkeypatch.setattr(expire, "move_work", fail_second)

    with pytest.raises(RuntimeError):
        expire_unanswered(tenant_id=shared.pk, now=late)

    with tenant_scope(shared.pk):
        states = dict(FulfilmentOrder.objects.values_list("pk", "state"))
    assert [states[job.pk] for job in jobs] == ["EXPIRED", "TO_ACCEPT"]
