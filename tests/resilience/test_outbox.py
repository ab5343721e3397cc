"""Nothing is lost and nothing happens twice, whoever dies."""

from __future__ import annotations

import pytest
from django.utils import timezone

from inventory.models import StockLevel
from oms.events.invariants import invariants, violations
from oms.events.models import Delivery
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import refuse
from oms.orders.models import UnitGroup
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from orchestration.services import place_orders
from tests.factories import make_channel, make_location, make_sku, make_stock, new_order
from tests.resilience.conftest import wait_until

pytestmark = [pytest.mark.resilience, pytest.mark.xdist_group("resilience")]
ORDERS = 30
PATIENCE = 180


@pytest.fixture
def refused(processes):
    """Thirty orders that their location has refused: each must be routed to the other one, once."""
    tenant = create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM)
    now = timezone.now()
    with tenant_scope(tenant.pk):
        mug, near, far = make_sku("MUG"), make_location("NEAR"), make_location("FAR", latitude=43.3, longitude=5.4)
        make_stock(mug, near, 100, now=now)
        make_stock(mug, far, 100, now=now)
        channel = make_channel("web")
        place_orders(orders=[new_order(channel, (mug, 1), now=now) for _order in range(ORDERS)], now=now)
        for work in FulfilmentOrder.objects.order_by("pk"):
            refuse(fulfilment_id=work.pk, reason="TOO_BUSY", now=now)
    return tenant


def owed(tenant):
    with tenant_scope(tenant.pk):
        return Delivery.objects.count()


def at_far(tenant):
    with tenant_scope(tenant.pk):
        return UnitGroup.objects.filter(state="ASSIGNED", location__code="FAR").count()


def assert_done_once(tenant):
    assert at_far(tenant) == ORDERS
    with tenant_scope(tenant.pk):
        assert StockLevel.objects.get(location__code="FAR").reserved == ORDERS
        assert FulfilmentOrder.objects.filter(location__code="FAR").count() == ORDERS
        assert not Delivery.objects.filter(dead_at__isnull=False).exists()
    assert [each.name for each in invariants() if violations(each)[0]] == []


def test_a_killed_worker_loses_nothing_and_repeats_nothing(refused, processes):
    processes.relay()
    worker = processes.worker()
    wait_until(lambda: at_far(refused) > 0, seconds=PATIENCE)

    processes.kill(worker)
    processes.worker()

    wait_until(lambda: owed(refused) == 0, seconds=PATIENCE)
    assert_done_once(refused)


def test_a_stopped_broker_delays_and_loses_nothing(refused, processes, valkey):
    valkey.stop()
    processes.relay()
    processes.worker()
    with tenant_scope(refused.pk):
        channel = make_channel("late")
        placed = place_orders(orders=[new_order(channel, (make_sku("HAT"), 1), now=timezone.now())], now=timezone.now())
    assert placed[0].created

    valkey.start()

    wait_until(lambda: owed(refused) == 0, seconds=PATIENCE)
    assert_done_once(refused)


def test_a_killed_relay_is_replaced(refused, processes):
    processes.worker()
    relay = processes.relay()
    wait_until(lambda: at_far(refused) > 0, seconds=PATIENCE)

    processes.kill(relay)
    processes.relay()

    wait_until(lambda: owed(refused) == 0, seconds=PATIENCE)
    assert_done_once(refused)
