"""The history that demonstration data begins with."""

from __future__ import annotations

from collections import Counter

from django.utils import timezone

from oms.fulfilment.models import FulfilmentOrder
from oms.local.retailer.history import History
from oms.tenancy.context import tenant_scope
from tests.factories import make_channel, make_location, make_sku, make_stock
from tests.support import broken


def test_a_store_is_left_work_of_each_kind(shared):
    now = timezone.now()
    with tenant_scope(shared.pk):
        skus, web, shop = (
            [make_sku(code) for code in ("MUG", "CUP", "POT")],
            make_channel("web"),
            make_location("RENNES"),
        )
        for sku in skus:
            make_stock(sku, shop, 50, now=now)

    History(shared.pk, [web], skus, {"RENNES": skus}, seed=1).leave_work("RENNES", now)

    with tenant_scope(shared.pk):
        works = list(FulfilmentOrder.objects.all())
    assert Counter(work.state for work in works) == {"TO_ACCEPT": 2, "ACCEPTED": 1, "READY_TO_COLLECT": 1}
    assert all(work.created_at < now and (work.ready_at or now) <= now for work in works)
    assert broken() == []
