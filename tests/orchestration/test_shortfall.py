"""A batch that wants more than there is: who is served does not depend on chance."""

from __future__ import annotations

import random

import pytest

from oms.orders.models import Order
from orchestration.services import place_orders
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.support import broken_here

ORDERS, UNITS = 500, 300


@pytest.mark.parametrize("seed", [1, 2])
def test_of_five_hundred_the_most_urgent_are_served_then_those_who_came_first(tenant, now, seed):
    mug, web = make_sku("MUG"), make_channel("web")
    make_stock(mug, make_location("RENNES"), UNITS, now=now)
    chance = random.Random(seed)
    urgency = [chance.choice((0, 0, 0, 5)) for _order in range(ORDERS)]
    batch = [new_order(web, (mug, 1), now=now, priority=priority) for priority in urgency]

    placed = [intake.order_id for intake in place_orders(orders=batch, now=now)]

    first = sorted(range(ORDERS), key=lambda number: (-urgency[number], number))[:UNITS]
    served = set(Order.objects.exclude(status="UNROUTABLE").values_list("pk", flat=True))
    assert served == {placed[number] for number in first}
    assert broken_here() == []
