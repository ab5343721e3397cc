"""What a channel must be told about its orders, until it has said that it knows."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F

from channels.connectors.enums import CancelReason, Capability
from channels.connectors.errors import ConnectorError
from channels.connectors.types import CancellationPush, PushedLine, ReadyPush, ShipmentPush
from channels.enums import CommandKind, CommandState
from channels.events import CHANNEL_CONFIRMED, CHANNEL_REJECTED
from channels.locks import due_commands
from channels.models import ChannelCommand, Connection
from channels.services.publish import mark_of_orders_dirty
from channels.services.session import account_of, clock, conversation, failed
from oms.events.services import record, record_many
from oms.events.types import NewEvent
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from channels.connectors.base import Connector
    from channels.connectors.types import CommandResult
    from channels.types import Account

MOST_AT_ONCE = 100
MOST_ATTEMPTS = 20
LONGEST_PAUSE = timedelta(minutes=30)
LEASE = timedelta(seconds=60)
# What one batch may take: the lease must not end while it is under way.
MARGIN = timedelta(seconds=30)
NEEDS = {
    CommandKind.SHIPMENT: Capability.PUSH_SHIPMENT,
    CommandKind.READY: Capability.PUSH_READY,
    CommandKind.CANCELLATION: Capability.PUSH_CANCELLATION,
}


@transaction.atomic
def queue_commands(*, commands: Sequence[ChannelCommand]) -> None:
    """Owe the channels these reports; one whose key is known is owed already."""
    ChannelCommand.objects.bulk_create(commands, ignore_conflicts=True)


def send_commands(*, tenant_id: UUID, connection_id: UUID, now: datetime) -> int:
    """Report what is due to the channel, oldest first; return how many were confirmed. Must not be inside a transaction.

    Commands are marked as sent before they are: after a time-out their outcome is unknown, and the connector reads before
    it sends again. What cannot be sent before the lease on it ends is given back.
    """
    with tenant_scope(tenant_id):
        account = account_of(Connection.objects.get(pk=connection_id))
        commands = _leased(connection_id, now)
    if not commands:
        return 0
    confirmed, stop = 0, clock() + LEASE - MARGIN
    with conversation(account) as connector:
        waiting = list(_batches(commands, connector.max_shipment_batch))
        while waiting and clock() < stop:
            batch = waiting.pop(0)
            confirmed += _settle(account, list(zip(batch, _send(connector, batch), strict=True)))
    with tenant_scope(tenant_id):
        ChannelCommand.objects.filter(pk__in=[each.pk for batch in waiting for each in batch]).update(
            due_at=clock(), attempts=F("attempts") - 1
        )
    return confirmed


def _leased(connection_id: UUID, now: datetime) -> list[ChannelCommand]:
    """What is due, marked as sent, and due again for anybody when the lease ends."""
    commands = due_commands(connection_id, now=now, limit=MOST_AT_ONCE)
    for command in commands:
        command.attempts += 1
    ChannelCommand.objects.filter(pk__in=[each.pk for each in commands]).update(
        state=CommandState.SENT, attempts=F("attempts") + 1, due_at=now + LEASE
    )
    return commands


def _batches(commands: Sequence[ChannelCommand], most: int) -> Iterator[list[ChannelCommand]]:
    """Neighbours that the connector takes together: only shipments, so that an order's commands keep their order."""
    for kind, same in groupby(commands, key=lambda each: each.kind):
        size = most if kind == CommandKind.SHIPMENT else 1
        rows = list(same)
        yield from (rows[start : start + size] for start in range(0, len(rows), size))


def _send(connector: Connector, batch: Sequence[ChannelCommand]) -> Sequence[CommandResult | ConnectorError]:
    try:
        if batch[0].kind == CommandKind.SHIPMENT:
            return connector.push_shipments([_shipment(each) for each in batch])
        return [_call(connector, each) for each in batch]
    except ConnectorError as error:
        return [error] * len(batch)


def _settle(account: Account, outcomes: Sequence[tuple[ChannelCommand, CommandResult | ConnectorError]]) -> int:
    done = [(command, result) for command, result in outcomes if not isinstance(result, ConnectorError)]
    for command, error in outcomes:
        if isinstance(error, ConnectorError):
            _not_done(account, command, error)
    if not done:
        return 0
    with tenant_scope(account.tenant_id):
        now = clock()
        ChannelCommand.objects.filter(pk__in=[command.pk for command, _result in done]).update(
            state=CommandState.CONFIRMED, confirmed_at=now, error=""
        )
        touched = {command.order_id for command, result in done if result.stock_touched}
        if touched:
            mark_of_orders_dirty(connection_id=account.id, order_ids=touched, now=now)
        record_many(
            [
                NewEvent(
                    CHANNEL_CONFIRMED,
                    "order",
                    command.order_id,
                    {"command": str(command.pk), "kind": str(command.kind)},
                )
                for command, _result in done
            ]
        )
    return len(done)


def _shipment(command: ChannelCommand) -> ShipmentPush:
    payload: dict[str, Any] = command.payload
    return ShipmentPush(
        order_id=payload["order_id"],
        key=command.key,
        lines=_lines(payload),
        carrier=payload.get("carrier", ""),
        tracking_number=payload.get("number", ""),
        tracking_url=payload.get("url", ""),
        shipped_at=command.created_at,
        complete=payload["complete"],
    )


def _call(connector: Connector, command: ChannelCommand) -> CommandResult:
    payload: dict[str, Any] = command.payload
    if command.kind == CommandKind.READY:
        return connector.push_ready(ReadyPush(order_id=payload["order_id"], key=command.key, lines=_lines(payload)))
    return connector.push_cancellation(
        CancellationPush(
            order_id=payload["order_id"],
            key=command.key,
            reason=CancelReason(payload.get("reason", "OTHER")),
            note=payload.get("note", ""),
            lines=() if payload.get("whole", False) else _lines(payload),
        )
    )


def _lines(payload: Mapping[str, Any]) -> tuple[PushedLine, ...]:
    return tuple(PushedLine(**line) for line in payload.get("lines", ()))


def _not_done(account: Account, command: ChannelCommand, error: ConnectorError) -> None:
    now = clock()
    rejected = error.permanent or command.attempts >= MOST_ATTEMPTS
    backed_off = timedelta(seconds=2 ** min(command.attempts, 11))
    pause = timedelta(seconds=error.retry_after) if error.retry_after else backed_off
    with tenant_scope(account.tenant_id):
        ChannelCommand.objects.filter(pk=command.pk).update(
            state=CommandState.REJECTED if rejected else CommandState.SENT,
            error=error.message[:1000],
            due_at=now + min(pause, LONGEST_PAUSE),
        )
        if rejected:
            payload = {"command": str(command.pk), "kind": str(command.kind), "reason": error.message[:300]}
            record(CHANNEL_REJECTED, "order", command.order_id, payload)
    if not error.permanent:
        failed(account, error, now=now)
