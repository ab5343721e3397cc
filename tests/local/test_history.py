"""The history that demonstration data begins with."""

from __future__ import annotations

from collections import Counter

import pytest
from django.utils import timezone

from oms.fulfilment.models import FulfilmentOrder
from oms.local.retailer.history import History
from oms.orders.models import Order, UnitGroup
from oms.tenancy.context import tenant_scope
from tests.factories import make_channel, make_location, make_sku, make_stock
from tests.support import broken


@pytest.fixture
def shop(shared):
    """A channel, three SKUs and a store that has fifty of each."""
    with tenant_scope(shared.pk):
        skus, web, store = (
            [make_sku(code) for code in ("MUG", "CUP", "POT")],
            make_channel("web"),
            make_location("RENNES"),
        )
        for sku in skus:
            make_stock(sku, store, 50, now=timezone.now())
    return web, skus


def test_a_store_is_left_work_of_each_kind(shared, shop):
    now, (web, skus) = timezone.now(), shop

    History(shared.pk, [web], skus, {"RENNES": skus}, seed=1).leave_work("RENNES", now)

    with tenant_scope(shared.pk):
        works = list(FulfilmentOrder.objects.all())
    assert Counter(work.state for work in works) == {"TO_ACCEPT": 2, "ACCEPTED": 1, "READY_TO_COLLECT": 1}
    assert all(work.created_at < now and (work.ready_at or now) <= now for work in works)
    assert broken() == []


def test_a_customer_is_left_waiting_for_what_the_store_has_not(shared, shop):
    web, skus = shop
    with tenant_scope(shared.pk):
        away = make_sku("HAT")

    History(shared.pk, [web], [*skus, away], {"RENNES": skus}, seed=1).leave_unroutable("RENNES", timezone.now())

    with tenant_scope(shared.pk):
        order, group = Order.objects.get(), UnitGroup.objects.select_related("sku").get()
    assert (order.method, order.status) == ("CLICK_AND_COLLECT", "UNROUTABLE")
    assert (group.sku.code, group.state, group.quantity) == ("HAT", "PARKED", 1)
    assert broken() == []
