"""The poll: the truth about a channel's orders."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from channels.connectors.errors import ConnectorError
from channels.locks import give_lease_back, take_lease
from channels.models import Connection
from channels.services.ingest import ingest
from channels.services.listings import sync_listings
from channels.services.parked import park
from channels.services.session import account_of, clock, conversation, failed, succeeded
from channels.types import Ingested
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from channels.connectors.base import Connector
    from channels.connectors.types import ChannelOrder, UnmappableOrder
    from channels.types import Account

logger = structlog.get_logger(__name__)
FASTEST, SLOWEST = 15, 60
RESCAN_EVERY = timedelta(days=1)
RESCAN_DAYS = timedelta(days=3)
RELIST_EVERY = timedelta(minutes=15)


def poll(*, tenant_id: UUID, connection_id: UUID, now: datetime) -> Ingested:
    """Read what changed in the channel since the last poll and take it in; must not be inside a transaction.

    Does nothing when another worker polls or the connection is not active. The watermark moves only after the last page.
    """
    with tenant_scope(tenant_id):
        if not take_lease(connection_id, "poll", now=now):
            return Ingested()
        account = account_of(Connection.objects.get(pk=connection_id))
    try:
        with conversation(account) as connector:
            if account.listed_at is None or now - account.listed_at > RELIST_EVERY:
                sync_listings(account=account, connector=connector, now=now)
            done = _read(account, connector, now)
    except ConnectorError as error:
        failed(account, error, now=clock())
        return Ingested()
    finally:
        with tenant_scope(tenant_id):
            give_lease_back(connection_id, "poll")
    _finish(account, done, now)
    succeeded(account)
    return done


def _read(account: Account, connector: Connector, now: datetime) -> Ingested:
    since = _since(account, now)
    done, cursor = Ingested(), None
    while True:
        page = connector.orders_changed(since=since, until=now, cursor=cursor)
        done += _take_in(account, page.orders)
        cursor = page.next_cursor
        if cursor is None:
            return done


def _since(account: Account, now: datetime) -> datetime:
    if account.polled_until is None:
        return now - timedelta(days=account.first_days)
    since = account.polled_until - timedelta(seconds=account.overlap_seconds)
    rescan = account.rescanned_at is None or now - account.rescanned_at > RESCAN_EVERY
    return min(since, now - RESCAN_DAYS) if rescan and account.overlap_seconds else since


def _take_in(account: Account, orders: Sequence[ChannelOrder | UnmappableOrder]) -> Ingested:
    """A page in one transaction; when something in it fails, order by order, so that one cannot stop the others."""
    if not orders:
        return Ingested()
    try:
        with tenant_scope(account.tenant_id):
            return ingest(connection_id=account.id, orders=orders, now=clock())
    except Exception as error:  # noqa: BLE001 -- a fault of ours must not lose an order: it is parked below
        if len(orders) == 1:
            return _park_fault(account, orders[0], error)
        logger.warning("channels.page_failed", connection=str(account.id), error=repr(error))
    done = Ingested()
    for order in orders:
        done += _take_in(account, [order])
    return done


def _park_fault(account: Account, order: ChannelOrder | UnmappableOrder, error: Exception) -> Ingested:
    logger.error("channels.order_failed", connection=str(account.id), external_id=order.external_id, exc_info=error)
    reason = f"{type(error).__name__}: {error}"
    with tenant_scope(account.tenant_id):
        park(
            connection_id=account.id,
            external_id=order.external_id,
            kind="REFUSED",
            reason=reason,
            raw=order.raw,
            now=clock(),
        )
    return Ingested(parked=1)


def _finish(account: Account, done: Ingested, until: datetime) -> None:
    busy = done.created + done.changed
    seconds = FASTEST if busy else min(int(account.poll_seconds * 1.5), SLOWEST)
    rescanned = account.rescanned_at is None or until - account.rescanned_at > RESCAN_EVERY
    changes = {"rescanned_at": until} if rescanned else {}
    with tenant_scope(account.tenant_id):
        Connection.objects.filter(pk=account.id).update(
            polled_until=until,
            last_polled_at=until,
            poll_seconds=seconds,
            next_poll_at=clock() + timedelta(seconds=seconds),
            **changes,
        )
