"""Orders under concurrency: first the race that a guard prevents, with the guard taken out, then the code as it is.

[I9] a channel's order exists once. [I10] the groups of a line sum to what was ordered.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from oms.orders import locks
from oms.orders.errors import NotEnoughUnits
from oms.orders.models import Order, UnitGroup
from oms.orders.services import accept, accept_orders, cancel_units
from oms.tenancy.context import tenant_scope
from tests.factories import make_channel, make_order, make_sku, new_order
from tests.support import as_owner, broken, gated, overlapping, pauses

if TYPE_CHECKING:
    from datetime import datetime


@pytest.fixture
def now() -> datetime:
    """The clock's own: the invariants look at it."""
    return timezone.now()


@pytest.fixture
def delivered(shared, now):
    """Two orders that a channel sends again and again."""
    with tenant_scope(shared.pk):
        channel, mug = make_channel("web"), make_sku("MUG")
        return [new_order(channel, (mug, 2), now=now, external_id=name) for name in ("A-1", "A-2")]


def deliver_twice(tenant, order, now):
    (first,), (second,) = overlapping(tenant, *[partial(accept_orders, orders=[order], now=now)] * 2)
    return first, second


@pytest.fixture
def without_the_key(shared):
    """The table of orders without the key that makes a channel's order unique."""
    with as_owner() as owner:
        (key,) = owner.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'order_external_id'"
        ).fetchone()
        owner.execute("ALTER TABLE orders_order DROP CONSTRAINT order_external_id")
        yield
        owner.execute("TRUNCATE orders_order CASCADE")
        owner.execute(f"ALTER TABLE orders_order ADD CONSTRAINT order_external_id {key}")


def test_without_its_key_an_order_that_comes_twice_at_once_is_two(shared, delivered, now, without_the_key):
    first, second = deliver_twice(shared, delivered[0], now)

    assert (first.created, second.created) == (True, True)
    assert broken() == ["orders.once"]


def test_an_order_that_comes_twice_at_once_is_one(shared, delivered, now):
    first, second = deliver_twice(shared, delivered[0], now)

    assert (first.created, second.created) == (True, False)
    assert (first.order_id, first.number) == (second.order_id, second.number)
    with tenant_scope(shared.pk):
        assert Order.objects.count() == 1
        assert UnitGroup.objects.count() == 1
    assert broken() == []


@pytest.fixture
def pausing(shared):
    """Orders with the note `pause` wait at the gate before they are written."""
    with pauses("orders_order", "NEW.note = 'pause'"):
        yield


def deliver_pages(tenant, orders, now):
    """The same two orders in two pages of opposite order, each with a pause between its first and its second."""
    one, two = orders
    pages = [[one, replace(two, note="pause")], [two, replace(one, note="pause")]]
    return gated(tenant, *[partial(accept_orders, orders=page, now=now) for page in pages])


def test_pages_written_in_opposite_orders_wait_for_each_other(shared, delivered, now, pausing, monkeypatch):
    monkeypatch.setattr(accept, "sorted", lambda rows, **_key: list(rows), raising=False)

    outcomes = deliver_pages(shared, delivered, now)

    (stopped,) = [each for each in outcomes if isinstance(each, OperationalError)]
    assert isinstance(stopped.__cause__, DeadlockDetected)


def test_the_same_orders_in_pages_of_opposite_order_are_accepted_once(shared, delivered, now, pausing):
    one, two = deliver_pages(shared, delivered, now)

    assert sorted(intake.created for intake in (*one, *two)) == [False, False, True, True]
    assert {intake.order_id for intake in one} == {intake.order_id for intake in two}
    assert broken() == []


@pytest.fixture
def five(shared, now) -> Order:
    """An order of five units of one line."""
    with tenant_scope(shared.pk):
        return make_order(make_channel("web"), (make_sku("MUG"), 5), now=now)


def cancel_two_and_four(tenant, order, now):
    with tenant_scope(tenant.pk):
        line = order.lines.get().pk
    return overlapping(
        tenant,
        *[partial(cancel_units, order_id=order.pk, quantities={line: count}, reason="x", now=now) for count in (2, 4)],
    )


def groups_of(tenant) -> list[tuple[str, int]]:
    with tenant_scope(tenant.pk):
        return sorted(UnitGroup.objects.values_list("state", "quantity"))


@pytest.fixture
def unlocked(monkeypatch):
    """The verbs read orders without locking them."""
    monkeypatch.setattr(locks, "_LOCKED", "id = ANY(%(orders)s::uuid[]) ORDER BY id")


@pytest.fixture
def without_the_trigger(shared):
    with as_owner() as owner:
        owner.execute(
            "ALTER TABLE orders_unitgroup DISABLE TRIGGER unitgroup_sum, DISABLE TRIGGER unitgroup_sum_changed"
        )
        yield
        owner.execute("ALTER TABLE orders_unitgroup ENABLE TRIGGER unitgroup_sum, ENABLE TRIGGER unitgroup_sum_changed")


def test_without_lock_and_trigger_five_units_become_seven(shared, five, now, unlocked, without_the_trigger):
    cancel_two_and_four(shared, five, now)

    assert groups_of(shared) == [("CANCELLED", 2), ("CANCELLED", 4), ("PENDING", 1)]
    assert broken() == ["orders.units"]


def test_without_the_lock_the_trigger_stops_the_second(shared, five, now, unlocked):
    _first, second = cancel_two_and_four(shared, five, now)

    assert isinstance(second, IntegrityError)
    assert "sum to 7, not 5" in str(second)
    assert groups_of(shared) == [("CANCELLED", 2), ("PENDING", 3)]


def test_the_second_of_two_cancellations_sees_what_the_first_left(shared, five, now):
    _first, second = cancel_two_and_four(shared, five, now)

    assert isinstance(second, NotEnoughUnits)
    assert groups_of(shared) == [("CANCELLED", 2), ("PENDING", 3)]
    assert broken() == []
