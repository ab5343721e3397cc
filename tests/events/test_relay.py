"""What the relay hands over while workers are slow: few batches at a time, and large ones."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from oms.events import relay
from oms.events.models import Delivery
from oms.events.relay import MOST_ON_THEIR_WAY, claim, measure
from oms.events.services import record
from oms.orders.events import ORDER_HELD
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM


@pytest.fixture
def tenants(shared):
    return shared, create_tenant(slug="lumen", name="Atelier Lumen", actor=SYSTEM)


def happens(tenant, times=1):
    with tenant_scope(tenant.pk):
        for _time in range(times):
            record(ORDER_HELD, "order", uuid4(), {"reason": "FRAUD"})


def sizes():
    """Of the batches that are claimed now."""
    return [len(each.delivery_ids) for each in claim()]


def done(claimed):
    with tenant_scope(claimed.tenant_id):
        Delivery.objects.filter(pk__in=claimed.delivery_ids).delete()


def crowd(tenant):
    """As many batches of one event on their way as may be, and five events more."""
    on_their_way = []
    for _batch in range(MOST_ON_THEIR_WAY):
        happens(tenant)
        on_their_way += claim()
    happens(tenant, times=5)
    return on_their_way


def test_what_slow_workers_cannot_take_gathers_and_goes_as_one(tenants):
    first, *_others = crowd(tenants[0])

    assert (sizes(), measure()) == ([], 5)

    done(first)
    assert (sizes(), sizes(), measure()) == ([5], [], 0)


def test_a_crowd_of_one_company_holds_nobody_else_back(tenants):
    crowd(tenants[0])
    happens(tenants[1])

    assert [each.tenant_id for each in claim()] == [tenants[1].pk]


def test_what_a_worker_took_with_it_makes_room_when_its_lease_is_over(tenants):
    first, *_others = crowd(tenants[0])
    with tenant_scope(tenants[0].pk):
        Delivery.objects.filter(pk__in=first.delivery_ids).update(leased_until=timezone.now() - timedelta(seconds=1))

    assert sizes() == [6]


def test_what_waits_for_a_later_moment_and_what_nobody_knows_is_not_held_back(tenants):
    happens(tenants[0], times=2)
    with tenant_scope(tenants[0].pk):
        later, unknown = Delivery.objects.order_by("pk")
        Delivery.objects.filter(pk=later.pk).update(due_at=timezone.now() + timedelta(minutes=1))
        Delivery.objects.filter(pk=unknown.pk).update(subscriber="nobody.any_more")

    assert (sizes(), measure()) == ([], 0)


def test_the_relay_looks_again_soon_for_what_it_holds_back(tenants, monkeypatch):
    waits, on_their_way = [], crowd(tenants[0])

    def wait(seconds):
        waits.append(seconds)
        if on_their_way:
            done(on_their_way.pop())

    handed = []
    monkeypatch.setattr(relay, "_wait", wait)
    monkeypatch.setattr(relay.deliver_batch, "apply_async", lambda kwargs, **_options: handed.append(kwargs))
    relay.run(lambda: len(waits) > 1)

    assert waits[0] < 0.1
    assert waits[1] == 1.0
    assert [len(each["delivery_ids"]) for each in handed] == [5]
