"""Tell the channels what they may sell: only differences, falling stock first, until each says it has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from channels import metrics
from channels.connectors.enums import Capability
from channels.connectors.errors import ConnectorError
from channels.connectors.registry import connector_class
from channels.connectors.types import Listing as ChannelListing
from channels.connectors.types import PushResult, StockPush
from channels.locks import give_lease_back, take_lease
from channels.models import Connection, Listing, Publication
from channels.queries import wanted_quantities
from channels.services.poll import poll
from channels.services.session import account_of, clock, conversation, failed, succeeded
from channels.types import Published
from inventory.queries import kits_with
from oms.orders.queries import sold_lines
from oms.tenancy.context import current_tenant_id, tenant_scope
from oms.tenancy.models import new_id

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from channels.connectors.base import Connector
    from channels.types import Account

MOST_AT_ONCE = 1000
# Rows are locked in the order of their keys, so that two of these statements cannot wait for each other.
_MARK = """
WITH marked AS (
    SELECT l.id, a.since FROM unnest(%(skus)s::uuid[], %(moments)s::timestamptz[]) AS a(sku_id, since)
    JOIN channels_listing l ON l.tenant_id = %(tenant)s AND l.sku_id = a.sku_id AND l.stock_managed AND l.withdrawn_at IS NULL
    ORDER BY l.id FOR NO KEY UPDATE OF l
)
UPDATE channels_listing l SET dirty_since = coalesce(l.dirty_since, marked.since), marks = l.marks + 1
FROM marked WHERE l.tenant_id = %(tenant)s AND l.id = marked.id
"""
_UNCHANGED = """
WITH settled AS (
    SELECT l.id FROM unnest(%(ids)s::uuid[], %(marks)s::int[]) AS a(id, marks)
    JOIN channels_listing l ON l.tenant_id = %(tenant)s AND l.id = a.id AND l.marks = a.marks
    ORDER BY l.id FOR NO KEY UPDATE OF l
)
UPDATE channels_listing l SET dirty_since = NULL FROM settled WHERE l.tenant_id = %(tenant)s AND l.id = settled.id
"""
# Stock that moved after its quantity was read keeps the listing owed, from the moment it was sent. A listing whose
# acknowledged quantity somebody declared void meanwhile stays without one.
_SETTLE = """
WITH answered AS (
    SELECT l.id, a.marks, a.accepted, a.told, a.error
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS a(id uuid, marks int, accepted bool, told int, error text)
    JOIN channels_listing l ON l.tenant_id = %(tenant)s AND l.id = a.id
    ORDER BY l.id FOR NO KEY UPDATE OF l
)
UPDATE channels_listing l
SET told = CASE WHEN l.marks = a.marks OR l.told IS NOT NULL THEN a.told END,
    told_at = CASE WHEN a.accepted THEN %(now)s ELSE l.told_at END,
    error = a.error,
    dirty_since = CASE WHEN l.marks <> a.marks THEN %(sent)s END
FROM answered a WHERE l.tenant_id = %(tenant)s AND l.id = a.id
"""
# A channel's own sales must be in our books before its number is raised; a poll this recent is good enough.
FRESH_POLL = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Owed:
    listing: Listing
    quantity: int


def mark_dirty(*, since: Mapping[UUID, datetime]) -> int:
    """These SKUs' stock changed then: every channel that offers one, or a kit it is part of, is owed a number.

    Return how many listings are.
    """
    since = dict(since)
    for sku_id, kit_id in kits_with(since):
        since[kit_id] = min(since[sku_id], since.get(kit_id, since[sku_id]))
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK, {"tenant": current_tenant_id(), "skus": list(since), "moments": [since[sku_id] for sku_id in since]}
        )
        return int(cursor.rowcount)


def mark_all_dirty(*, connection_id: UUID, now: datetime, again: bool = True) -> int:
    """Compare everything the channel offers with what it should have; `again` tells it also what it has acknowledged."""
    rows = _offered(connection_id).filter(sku__isnull=False)
    forgotten = {"told": None, "error": ""} if again else {}
    return rows.update(dirty_since=Coalesce("dirty_since", Value(now)), marks=F("marks") + 1, **forgotten)


def mark_of_orders_dirty(*, connection_id: UUID, order_ids: Collection[UUID], now: datetime) -> int:
    """The channel changed its own stock of the orders' SKUs: what it last acknowledged is no longer true."""
    wanted = {sold.row.sku_id for sold in sold_lines(order_ids)}
    rows = _offered(connection_id).filter(sku_id__in=wanted)
    return rows.update(dirty_since=Coalesce("dirty_since", Value(now)), marks=F("marks") + 1, told=None)


def _offered(connection_id: UUID) -> QuerySet[Listing]:
    return Listing.objects.filter(connection_id=connection_id, stock_managed=True, withdrawn_at=None)


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
        Listing.objects.filter(
            connection_id=account.id, dirty_since__isnull=False, sku__isnull=False, withdrawn_at=None
        ).order_by("dirty_since", "pk")[:MOST_AT_ONCE]
    )
    channel = Connection.objects.select_related("channel__stock_view").get(pk=account.id).channel
    wanted = wanted_quantities(kind=account.kind, channel=channel, sku_ids={row.sku_id for row in rows if row.sku_id})
    owed, settled = [], []
    for row in rows:
        quantity = wanted.get(row.sku_id) if row.sku_id else None
        if quantity is None or quantity == row.told:
            settled.append(row)
        else:
            owed.append(_Owed(row, quantity))
    with connection.cursor() as cursor:
        cursor.execute(
            _UNCHANGED,
            {
                "tenant": account.tenant_id,
                "ids": [row.pk for row in settled],
                "marks": [row.marks for row in settled],
            },
        )
    owed.sort(
        key=lambda each: (each.quantity - (each.listing.told if each.listing.told is not None else 0), each.listing.pk)
    )
    return owed, len(settled)


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
    rows = [_answer(each, result) for each, result in zip(owed, results, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {"tenant": account.tenant_id, "rows": orjson.dumps(rows).decode(), "now": now, "sent": sent_at},
        )
    publications = [
        _publication(account.id, each, result, sent_at, now) for each, result in zip(owed, results, strict=True)
    ]
    Publication.objects.bulk_create(publications)
    for made in publications:
        if made.delay_ms is not None:
            metrics.DELAY.labels(account.kind).observe(made.delay_ms / 1000)
    acknowledged = sum(result.accepted for result in results)
    return Published(acknowledged, len(owed) - acknowledged)


def _answer(each: _Owed, result: PushResult) -> dict[str, Any]:
    told = each.quantity if result.quantity is None else result.quantity
    return {
        "id": each.listing.pk,
        "marks": each.listing.marks,
        "accepted": result.accepted,
        "told": told if result.accepted else None,
        "error": "" if result.accepted else result.reason[:500],
    }


def _publication(connection_id: UUID, each: _Owed, result: PushResult, sent_at: datetime, now: datetime) -> Publication:
    changed_at = each.listing.dirty_since or sent_at
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
