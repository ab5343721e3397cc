"""Two tenants that sell, and clients that speak for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from oms.tenancy.context import tenant_scope
from tests.api.client import ApiClient, make_key
from tests.factories import make_channel, make_location, make_sku, make_stock

if TYPE_CHECKING:
    from inventory.models import Location, Sku
    from oms.orders.models import SalesChannel
    from oms.tenancy.models import Tenant


@dataclass
class Shop:
    """A tenant with one SKU of which 10 lie in a store, and a channel."""

    tenant: Tenant
    sku: Sku
    location: Location
    channel: SalesChannel


@pytest.fixture
def api(tenants) -> ApiClient:
    """Speaks for Keravel with every scope."""
    return ApiClient(make_key(tenants[0]))


@pytest.fixture
def rival_api(tenants) -> ApiClient:
    """Speaks for Rival with every scope."""
    return ApiClient(make_key(tenants[1]))


@pytest.fixture
def shop(tenants, now) -> Shop:
    """Keravel has 10 MUG at RENNES, sold on `web`."""
    with tenant_scope(tenants[0].pk):
        mug, rennes, web = make_sku("MUG"), make_location("RENNES"), make_channel("web")
        make_stock(mug, rennes, 10, now=now)
    return Shop(tenants[0], mug, rennes, web)


@pytest.fixture
def rival(tenants, now) -> Shop:
    """Rival has 10 HAT at LILLE, sold on `shop`."""
    with tenant_scope(tenants[1].pk):
        hat, lille, channel = make_sku("HAT"), make_location("LILLE"), make_channel("shop")
        make_stock(hat, lille, 10, now=now)
    return Shop(tenants[1], hat, lille, channel)
