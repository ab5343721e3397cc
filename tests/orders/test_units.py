from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from oms.events.queries import timeline
from oms.orders.errors import IllegalMove
from oms.orders.models import Order, UnitGroup
from oms.orders.services import accept_orders, cancel_units, hold_order, move_units, release_holds
from oms.orders.types import UnitMove
from tests.factories import make_channel, make_order, make_sku, new_order


def test_the_same_order_twice_is_accepted_once(tenant, now):
    order = new_order(make_channel("web"), (make_sku("MUG"), 2), now=now)

    first, second = accept_orders(orders=[order, order], now=now)
    (third,) = accept_orders(orders=[order], now=now)

    assert (first.created, third.created) == (True, False)
    assert first.order_id == second.order_id == third.order_id
    assert Order.objects.count() == 1


def test_a_move_of_some_units_splits_the_group(tenant, now):
    order = make_order(make_channel("web"), (make_sku("MUG"), 5), now=now)
    (group,) = UnitGroup.objects.all()

    (moved,) = move_units(order_ids=[order.pk], moves=[UnitMove(group.pk, "PARKED", quantity=2)], now=now)

    assert (moved.before, moved.after, moved.quantity) == ("PENDING", "PARKED", 2)
    assert sorted(UnitGroup.objects.values_list("state", "quantity")) == [("PARKED", 2), ("PENDING", 3)]
    assert Order.objects.get().status == "UNROUTABLE"


def test_an_illegal_move_names_the_present_state_and_changes_nothing(tenant, now):
    order = make_order(make_channel("web"), (make_sku("MUG"), 1), now=now)
    (group,) = UnitGroup.objects.all()

    with pytest.raises(IllegalMove) as refusal:
        move_units(order_ids=[order.pk], moves=[UnitMove(group.pk, "SHIPPED")], now=now)

    assert refusal.value.data["state"] == "PENDING"
    assert UnitGroup.objects.get().state == "PENDING"


def test_the_database_refuses_groups_that_do_not_sum_to_the_line(tenant, now):
    make_order(make_channel("web"), (make_sku("MUG"), 3), now=now)

    def lose_a_unit():
        UnitGroup.objects.update(quantity=2)
        connection.check_constraints()

    with pytest.raises(IntegrityError, match="sum to 2, not 3"), transaction.atomic():
        lose_a_unit()


def test_cancel_of_some_units_leaves_the_others(tenant, now):
    order = make_order(make_channel("web"), (make_sku("MUG"), 3), now=now)
    line = order.lines.get()

    cancel_units(order_id=order.pk, quantities={line.pk: 1}, reason="customer", now=now)

    assert sorted(UnitGroup.objects.values_list("state", "quantity")) == [("CANCELLED", 1), ("PENDING", 2)]
    kinds = [event.kind for event in timeline(subject_type="order", subject_id=order.pk)]
    assert kinds == ["order.accepted", "order.units_cancelled"]


def test_an_unpaid_order_is_held_until_it_is_released(tenant, now):
    order = make_order(make_channel("web"), (make_sku("MUG"), 1), now=now, payment_state="PENDING")
    assert order.status == "HELD"

    release_holds(order_id=order.pk, now=now)
    hold_order(order_id=order.pk, now=now)
    released = release_holds(order_id=order.pk, now=now)

    assert released.status == "TO_ROUTE"
