"""Tell the channels what they may sell: only differences, falling stock first, until each says it has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from channels import metrics
from channels.connectors.enums import Capability, StockSemantics
from channels.connectors.errors import ConnectorError
from channels.connectors.registry import connector_class
from channels.connectors.types import Listing as ChannelListing
from channels.connectors.types import PushResult, StockPush
from channels.locks import give_lease_back, take_lease
from channels.models import Connection, Listing, Publication
from channels.services.poll import poll
from channels.services.session import account_of, clock, conversation, failed, succeeded
from channels.types import Published
from inventory.queries import availability, get_view
from oms.orders.queries import lines_of, open_units_of_channel
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from channels.connectors.base import Connector
    from channels.types import Account

MOST_AT_ONCE = 1000
# A channel's own sales must be in our books before its number is raised; a poll this recent is good enough.
FRESH_POLL = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Owed:
    listing: Listing
    quantity: int


def mark_dirty(*, sku_ids: Collection[UUID], since: datetime) -> int:
    """These SKUs' stock changed then: every channel that offers one is owed a number. Return how many listings are."""
    rows = Listing.objects.filter(sku_id__in=list(sku_ids), stock_managed=True, dirty_since=None)
    return rows.update(dirty_since=since)


def mark_all_dirty(*, connection_id: UUID, now: datetime, again: bool = True) -> int:
    """Compare everything the channel offers with what it should have; `again` tells it also what it has acknowledged."""
    rows = Listing.objects.filter(connection_id=connection_id, stock_managed=True, sku__isnull=False)
    if again:
        rows.update(told=None, error="")
    return rows.update(dirty_since=now)


def mark_all_of_order_dirty(*, connection_id: UUID, order_id: UUID, now: datetime) -> int:
    """The channel changed its own stock of the order's SKUs: what it last acknowledged is no longer true."""
    wanted = [line.sku_id for line in lines_of([order_id])]
    rows = Listing.objects.filter(connection_id=connection_id, sku_id__in=wanted, stock_managed=True)
    return rows.update(dirty_since=now, told=None)


def publish(*, tenant_id: UUID, connection_id: UUID, now: datetime) -> Published:
    """Push what a connection is owed; must not be inside a transaction.

    A listing is settled only when the channel acknowledged its quantity, or refused it with a reason that a person must
    see; a failed call leaves it owed. Does nothing when another worker publishes or the connection is not active.
    """
    with tenant_scope(tenant_id):
        if not take_lease(connection_id, "publish", now=now):
            return Published()
        account = account_of(Connection.objects.get(pk=connection_id))
    try:
        if Capability.PUSH_STOCK not in connector_class(account.kind).capabilities:
            return Published()
        _read_sales_first(account)
        done = _push_owed(account)
    except ConnectorError as error:
        failed(account, error, now=clock())
        return Published()
    finally:
        with tenant_scope(tenant_id):
            give_lease_back(connection_id, "publish")
    succeeded(account)
    return done


def _read_sales_first(account: Account) -> None:
    """Raising a channel's number before its latest sales are known would offer the sold units again."""
    if account.polled_until is None or clock() - account.polled_until > FRESH_POLL:
        poll(tenant_id=account.tenant_id, connection_id=account.id, now=clock())


def _push_owed(account: Account) -> Published:
    with tenant_scope(account.tenant_id):
        owed, unchanged = _owed(account)
    done = Published(unchanged=unchanged)
    if not owed:
        return done
    with conversation(account) as connector:
        size = connector.max_stock_batch
        for start in range(0, len(owed), size):
            part = _push(account, connector, owed[start : start + size])
            done = Published(done.acknowledged + part.acknowledged, done.refused + part.refused, done.unchanged)
    return done


@transaction.atomic
def _owed(account: Account) -> tuple[list[_Owed], int]:
    """What differs from what the channel has, falling first; what does not is settled here."""
    rows = list(
        Listing.objects.filter(connection_id=account.id, dirty_since__isnull=False, sku__isnull=False).order_by(
            "dirty_since", "pk"
        )[:MOST_AT_ONCE]
    )
    wanted = _quantities(account, {row.sku_id for row in rows if row.sku_id})
    owed, settled = [], []
    for row in rows:
        quantity = wanted.get(row.sku_id) if row.sku_id else None
        if quantity is None or quantity == row.told:
            settled.append(row)
        else:
            owed.append(_Owed(row, quantity))
    for row in settled:
        Listing.objects.filter(pk=row.pk, dirty_since=row.dirty_since).update(dirty_since=None)
    owed.sort(
        key=lambda each: (each.quantity - (each.listing.told if each.listing.told is not None else 0), each.listing.pk)
    )
    return owed, len(settled)


def _quantities(account: Account, sku_ids: Collection[UUID]) -> dict[UUID, int | None]:
    """What the channel should have of each SKU; None when no source is known, which is not published as a number."""
    channel = Connection.objects.select_related("channel__stock_view").get(pk=account.id).channel
    view = channel.stock_view or get_view()
    found: dict[UUID, int | None] = {
        each.sku_id: each.quantity for each in availability(view=view, sku_ids=list(sku_ids))
    }
    if connector_class(account.kind).stock_semantics == StockSemantics.ON_HAND:
        reserved_there = open_units_of_channel(channel_id=account.channel_id, sku_ids=sku_ids)
        found = {
            sku: None if quantity is None else quantity + reserved_there.get(sku, 0) for sku, quantity in found.items()
        }
    return found


def _push(account: Account, connector: Connector, owed: Sequence[_Owed]) -> Published:
    sent_at = clock()
    levels = [StockPush(listing=_as_listing(each.listing), quantity=each.quantity) for each in owed]
    results = connector.push_stock(levels, key=str(new_id()))
    with tenant_scope(account.tenant_id):
        return _settle(account, owed, results, sent_at, clock())


@transaction.atomic
def _settle(
    account: Account, owed: Sequence[_Owed], results: Sequence[PushResult], sent_at: datetime, now: datetime
) -> Published:
    rows, acknowledged = [], 0
    for each, result in zip(owed, results, strict=True):
        row = each.listing
        changed_at = row.dirty_since or sent_at
        # Stock may have moved again meanwhile: then the listing stays owed, from that later moment.
        still = Listing.objects.filter(pk=row.pk)
        if result.accepted:
            acknowledged += 1
            told = each.quantity if result.quantity is None else result.quantity
            still.filter(dirty_since=changed_at).update(dirty_since=None)
            still.update(told=told, told_at=now, error="")
            if row.told is not None:
                metrics.DELAY.labels(account.kind).observe((now - changed_at).total_seconds())
        else:
            still.filter(dirty_since=changed_at).update(dirty_since=None)
            still.update(error=result.reason[:500], told=None)
        rows.append(_publication(account.id, each, result, changed_at, sent_at, now))
    Publication.objects.bulk_create(rows)
    return Published(acknowledged, len(owed) - acknowledged)


def _publication(
    connection_id: UUID, each: _Owed, result: PushResult, changed_at: datetime, sent_at: datetime, now: datetime
) -> Publication:
    return Publication(
        connection_id=connection_id,
        listing_id=each.listing.pk,
        quantity=each.quantity,
        before=each.listing.told,
        changed_at=changed_at,
        sent_at=sent_at,
        acknowledged_at=now if result.accepted else None,
        # The first number a channel is told answers no movement.
        delay_ms=int((now - changed_at).total_seconds() * 1000)
        if result.accepted and each.listing.told is not None
        else None,
        error="" if result.accepted else result.reason[:500],
    )


def _as_listing(row: Listing) -> ChannelListing:
    return ChannelListing(
        external_id=row.external_id,
        sku=row.sku_code,
        product_id=row.product_id,
        variant_id=row.variant_id,
        inventory_id=row.inventory_id,
        title=row.title,
        barcode=row.barcode,
        stock_managed=row.stock_managed,
    )
