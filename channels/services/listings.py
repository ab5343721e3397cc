"""What a channel offers, and which SKU each article is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from channels.connectors.enums import Capability
from channels.errors import InvalidSettings
from channels.models import Connection, Listing
from inventory.queries import skus, skus_by_code
from inventory.services import save_skus
from oms.tenancy.context import current_tenant_id, tenant_scope
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from channels.connectors.base import Connector
    from channels.connectors.types import Listing as ChannelListing
    from channels.types import Account

log = structlog.get_logger(__name__)

CERTAIN = timedelta(days=1)

FIELDS = ["product_id", "variant_id", "inventory_id", "sku_code", "title", "barcode", "stock_managed", "seen_at"]
_LINK = """
UPDATE channels_listing l SET sku_id = a.sku_id, dirty_since = %(now)s
FROM unnest(%(ids)s::uuid[], %(skus)s::uuid[]) AS a(id, sku_id) WHERE l.tenant_id = %(tenant)s AND l.id = a.id
"""


def sync_listings(*, account: Account, connector: Connector, now: datetime) -> int:
    """Read all that the channel offers and recognise the SKUs; return how many listings there are.

    What it does not offer any more is withdrawn: at once, or after a day when more is missing than was found, which looks like
    a mistake of the channel.
    """
    if Capability.LISTINGS not in connector.capabilities:
        return 0
    count, cursor = 0, None
    while True:
        page = connector.listings(cursor)
        with tenant_scope(account.tenant_id):
            _save(account.id, page.listings, now)
        count += len(page.listings)
        cursor = page.next_cursor
        if cursor is None:
            break
    with tenant_scope(account.tenant_id):
        _withdraw(account.id, count, now)
        Connection.objects.filter(pk=account.id).update(listed_at=now)
    return count


@transaction.atomic
def _withdraw(connection_id: UUID, found: int, now: datetime) -> None:
    unseen = Listing.objects.filter(connection_id=connection_id, withdrawn_at=None, seen_at__lt=now)
    missing = unseen.count()
    if missing > found:
        log.warning("channels.listings_missing", connection=str(connection_id), found=found, missing=missing)
        unseen = unseen.filter(seen_at__lt=now - CERTAIN)
    unseen.update(withdrawn_at=now, dirty_since=None, error="")


@transaction.atomic
def _save(connection_id: UUID, found: Sequence[ChannelListing], now: datetime) -> None:
    rows = [
        Listing(
            connection_id=connection_id,
            external_id=each.external_id,
            product_id=each.product_id,
            variant_id=each.variant_id,
            inventory_id=each.inventory_id,
            sku_code=each.sku[:100],
            title=each.title[:300],
            barcode=each.barcode[:48],
            stock_managed=each.stock_managed,
            seen_at=now,
        )
        for each in {each.external_id: each for each in found}.values()
    ]
    Listing.objects.filter(
        connection_id=connection_id, external_id__in=[row.external_id for row in rows], withdrawn_at__isnull=False
    ).update(withdrawn_at=None, told=None, dirty_since=now, marks=F("marks") + 1)
    Listing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["tenant", "connection", "external_id"],
        update_fields=FIELDS,
        batch_size=1000,
    )
    recognise(connection_id=connection_id, now=now)


def recognise(*, connection_id: UUID, now: datetime) -> int:
    """Link the listings that name a SKU by code or barcode; what is linked is owed its stock. Return how many were linked."""
    loose = list(Listing.objects.filter(connection_id=connection_id, sku=None, withdrawn_at=None))
    codes = skus_by_code([row.sku_code for row in loose if row.sku_code])
    barcodes = {row.barcode for row in loose if row.barcode and row.sku_code not in codes}
    by_barcode = (
        {code: sku.pk for sku in skus().filter(barcodes__overlap=list(barcodes)) for code in sku.barcodes}
        if barcodes
        else {}
    )
    linked = {row.pk: codes.get(row.sku_code) or by_barcode.get(row.barcode) for row in loose}
    ids = [pk for pk, sku_id in linked.items() if sku_id is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            _LINK, {"tenant": current_tenant_id(), "ids": ids, "skus": [linked[pk] for pk in ids], "now": now}
        )
    return len(ids)


@transaction.atomic
def link_listing(*, listing_id: UUID, sku_code: str, now: datetime) -> None:
    """Say by hand which SKU a listing is; it is owed its stock from now. Raises UnknownSku through InvalidSettings."""
    codes = skus_by_code([sku_code])
    if sku_code not in codes:
        raise InvalidSettings(_("Unknown SKU: %(codes)s.") % {"codes": sku_code}, field="sku")
    if not Listing.objects.filter(pk=listing_id).update(
        sku_id=codes[sku_code], dirty_since=now, told=None, marks=F("marks") + 1
    ):
        raise InvalidSettings(_("There is no such listing."), field="listing")


@transaction.atomic
def adopt_listings(*, connection_id: UUID, now: datetime, actor: Actor = SYSTEM) -> int:
    """Create the SKUs that the channel offers under a code and the catalogue lacks; return how many listings were linked."""
    loose = Listing.objects.filter(connection_id=connection_id, sku=None, withdrawn_at=None).exclude(sku_code="")
    wanted = {row.sku_code: row for row in loose}
    if wanted:
        save_skus(
            skus=[
                {"code": code, "name": row.title or code, "barcodes": [row.barcode] if row.barcode else []}
                for code, row in wanted.items()
            ],
            actor=actor,
        )
    return recognise(connection_id=connection_id, now=now)
