"""Who is owed a number when a stock view, or what is to come, changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from channels.models import Listing
from channels.services import create_connection
from inventory.models import Location, Sku
from inventory.queries import get_view
from inventory.services import cancel_purchase_order, save_view
from oms.orders.models import SalesChannel
from oms.tenancy.context import tenant_scope
from tests.factories import make_location, make_sku
from tests.inventory.documents import make_purchase
from tests.support import drain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from oms.tenancy.models import Tenant

SHOP = {"consumer_key": "x", "consumer_secret": "y", "allow_private_addresses": True}


@pytest.fixture
def owed(shared: Tenant, now: datetime) -> Callable[[], list[str]]:
    """Shops on the views `top`, `heir` below it, and `other`, each offering HAT and MUG; the answer: what is owed since."""
    with tenant_scope(shared.pk):
        top = save_view(code="top", name="Top")
        save_view(code="heir", name="Heir", parent_id=top.pk, inherited=["percentage"])
        save_view(code="other", name="Other", supply=["PURCHASE"])
        skus = [make_sku("HAT"), make_sku("MUG")]
        for code in ("top", "heir", "other"):
            settings = {**SHOP, "url": f"http://127.0.0.1:1/{code}"}
            row = create_connection(kind="woocommerce", name=code, settings=settings, now=now)
            SalesChannel.objects.filter(pk=row.channel_id).update(stock_view_id=get_view(code).pk)
            for sku in skus:
                Listing.objects.create(
                    connection=row, external_id=f"{code}-{sku.code}", sku_code=sku.code, sku=sku, seen_at=now
                )
        make_location("BREST")

    def ask() -> list[str]:
        drain()
        with tenant_scope(shared.pk):
            rows = Listing.objects.filter(dirty_since__isnull=False)
            found = sorted(row.external_id for row in rows)
            Listing.objects.update(dirty_since=None)
        return found

    ask()
    return ask


def test_a_parent_that_changes_is_compared_with_all_below_it(owed, shared):
    with tenant_scope(shared.pk):
        save_view(code="top", name="Top", percentage=50)

    assert owed() == ["heir-HAT", "heir-MUG", "top-HAT", "top-MUG"]


def test_a_term_that_is_the_childs_own_touches_no_channel_below(owed, shared):
    with tenant_scope(shared.pk):
        save_view(code="top", name="Top", buffer=3)

    assert owed() == ["top-HAT", "top-MUG"]


def test_a_delivery_to_come_is_told_of_its_sku_alone(owed, shared, now):
    with tenant_scope(shared.pk):
        order = make_purchase(Location.objects.get(), (Sku.objects.get(code="MUG"), 5), now=now)
    confirmed = owed()
    with tenant_scope(shared.pk):
        cancel_purchase_order(order_id=order.pk, now=now)

    assert confirmed == owed() == ["heir-MUG", "other-MUG", "top-MUG"]
