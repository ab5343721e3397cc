"""A conversation with a channel: the connector opened, every exchange noted, failures turned into the connection's state."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.db.models import F
from django.utils import timezone

from channels.connectors.enums import ErrorKind
from channels.connectors.fields import CALLS_PER_SECOND
from channels.connectors.registry import connect
from channels.connectors.wiring import Exchange, Wiring
from channels.enums import ConnectionState
from channels.events import CONNECTION_PAUSED
from channels.models import Connection, ExchangeLog
from channels.throttle import SharedBucket
from channels.types import Account
from oms.events.services import record
from oms.tenancy.context import current_tenant_id, tenant_scope
from oms.tenancy.crypto import unseal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from channels.connectors.base import Connector
    from channels.connectors.errors import ConnectorError

logger = structlog.get_logger(__name__)
LONGEST_PAUSE = timedelta(minutes=10)
KEPT_CHARACTERS = 4000
ERROR_STATUS = 400


def clock() -> datetime:
    """The moment after a call to a channel, which is not the moment before it."""
    return timezone.now()  # lint: now -- calls take time, and what they settle is dated when it is settled


def account_of(row: Connection) -> Account:
    """The row as work outside a transaction needs it."""
    return Account(
        current_tenant_id(),
        row.pk,
        row.channel_id,
        row.kind,
        {**row.settings, **unseal(bytes(row.secrets))},
        row.polled_until,
        row.overlap_seconds,
        row.first_days,
        row.poll_seconds,
        row.listed_at,
        row.rescanned_at,
    )


@contextmanager
def conversation(account: Account) -> Iterator[Connector]:
    """Open the connector; must not be inside a transaction. Exchanges are kept whatever happens."""
    exchanges: list[Exchange] = []
    rate = float(account.settings.get(CALLS_PER_SECOND.name) or CALLS_PER_SECOND.default)
    wiring = Wiring(throttle=SharedBucket(account.id, rate=rate), observer=exchanges.append, now=timezone.now)
    try:
        with connect(account.kind, account.settings, wiring) as connector:
            yield connector
    finally:
        _keep(account, exchanges)


def _keep(account: Account, exchanges: list[Exchange]) -> None:
    with tenant_scope(account.tenant_id):
        ExchangeLog.objects.bulk_create(_log(account.id, each) for each in exchanges)


def _log(connection_id: UUID, each: Exchange) -> ExchangeLog:
    failed = bool(each.error) or each.status is None or each.status >= ERROR_STATUS
    return ExchangeLog(
        connection_id=connection_id,
        operation=each.operation[:60],
        method=each.method[:8],
        url=each.url[:500],
        status=each.status,
        elapsed_ms=each.elapsed_ms,
        request_body=each.request_body[:KEPT_CHARACTERS] if failed else "",
        response_body=each.response_body[:KEPT_CHARACTERS] if failed else "",
        error=each.error[:KEPT_CHARACTERS],
    )


def succeeded(account: Account) -> None:
    """The channel answers: the circuit is closed."""
    with tenant_scope(account.tenant_id):
        Connection.objects.filter(pk=account.id, failures__gt=0).update(failures=0, retry_at=None, last_error="")


def failed(account: Account, error: ConnectorError, *, now: datetime) -> None:
    """Note the failure; wait longer each time. Refused credentials pause the connection until a person has looked."""
    logger.warning("channels.call_failed", connection=str(account.id), kind=str(error.kind), error=error.message)
    with tenant_scope(account.tenant_id):
        Connection.objects.filter(pk=account.id).update(
            failures=F("failures") + 1, last_error=error.message[:1000], last_error_at=now
        )
        failures = Connection.objects.values_list("failures", flat=True).get(pk=account.id)
        pause = timedelta(seconds=error.retry_after) if error.retry_after else timedelta(seconds=2 ** min(failures, 10))
        Connection.objects.filter(pk=account.id).update(retry_at=now + min(pause, LONGEST_PAUSE))
        if error.kind == ErrorKind.AUTH:
            Connection.objects.filter(pk=account.id).update(state=ConnectionState.REFUSED)
            record(CONNECTION_PAUSED, "connection", account.id, {"reason": error.message[:300]})
