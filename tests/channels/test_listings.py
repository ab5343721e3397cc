"""What a channel no longer offers is owed nothing, and is offered again as soon as it is seen again."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from channels.connectors.enums import Capability
from channels.connectors.types import Listing as Offered
from channels.models import Listing
from channels.services import create_connection, mark_all_dirty, mark_dirty, sync_listings
from inventory.services import save_skus
from tests.factories import make_sku

CODES = ("CAP", "HAT", "MUG")


@pytest.fixture
def row(tenant, now):
    for code in CODES:
        make_sku(code)
    settings = {
        "url": "http://127.0.0.1:1",
        "consumer_key": "x",
        "consumer_secret": "y",
        "allow_private_addresses": True,
    }
    return create_connection(kind="woocommerce", name="Web shop", settings=settings, now=now)


@pytest.fixture
def read(tenant, row):
    """Read a channel that offers these articles; time passes between two reads."""
    clock = [timezone.now()]

    def read(*codes, later=timedelta(hours=1)):
        clock[0] += later
        offered = [Offered(external_id=f"id-{code}", product_id=code, sku=code, title=code) for code in codes]
        connector = SimpleNamespace(
            capabilities={Capability.LISTINGS},
            listings=lambda _cursor: SimpleNamespace(listings=offered, next_cursor=None),
        )
        sync_listings(account=SimpleNamespace(id=row.pk, tenant_id=tenant.pk), connector=connector, now=clock[0])
        return {listing.sku_code: listing for listing in Listing.objects.all()}

    return read


def test_an_article_that_is_gone_is_owed_nothing(read, row, now):
    read(*CODES)
    found = read("CAP", "HAT")

    assert [code for code, listing in found.items() if listing.withdrawn_at] == ["MUG"]
    assert found["MUG"].dirty_since is None
    assert mark_dirty(since={found["MUG"].sku_id: now}) == 0
    assert mark_all_dirty(connection_id=row.pk, now=now) == 2


def test_an_article_that_comes_back_is_told_its_stock(read, now):
    read(*CODES)
    Listing.objects.update(told=5, dirty_since=None)
    read("CAP", "HAT")

    found = read(*CODES)

    assert (found["MUG"].withdrawn_at, found["MUG"].told, found["MUG"].dirty_since is None) == (None, None, False)
    assert (found["CAP"].told, found["CAP"].dirty_since) == (5, None)


def test_an_answer_that_lacks_more_than_half_is_believed_after_a_day(read):
    read(*CODES)

    assert not any(listing.withdrawn_at for listing in read("CAP").values())
    assert not any(listing.withdrawn_at for listing in read("CAP", later=timedelta(hours=22)).values())
    later = read("CAP", later=timedelta(hours=2))
    assert [code for code, listing in later.items() if listing.withdrawn_at] == ["HAT", "MUG"]


def test_a_shop_that_is_rebuilt_offers_only_its_new_articles(read):
    read("CAP", "HAT")

    found = read("MUG", "BOX")

    assert sorted(code for code, listing in found.items() if listing.withdrawn_at) == ["CAP", "HAT"]


def test_a_sku_made_later_is_not_linked_to_what_is_gone(read):
    read("CAP", "HAT", "NEW")
    read("CAP", "HAT")

    save_skus(skus=[{"code": "NEW", "name": "New"}])

    found = read("CAP", "HAT")
    assert found["NEW"].sku_id is None
