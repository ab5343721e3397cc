"""What a channel must be told about its orders, until it has said that it knows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from channels.connectors.enums import CancelReason, Capability
from channels.connectors.errors import ConnectorError
from channels.connectors.types import CancellationPush, PushedLine, ReadyPush, ShipmentPush
from channels.enums import CommandKind, CommandState
from channels.events import CHANNEL_CONFIRMED, CHANNEL_REJECTED
from channels.models import ChannelCommand, Connection
from channels.services.publish import mark_all_of_order_dirty
from channels.services.session import account_of, clock, conversation, failed
from oms.events.services import record
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from channels.connectors.base import Connector
    from channels.connectors.types import CommandResult
    from channels.types import Account

MOST_AT_ONCE = 100
MOST_ATTEMPTS = 20
LONGEST_PAUSE = timedelta(minutes=30)
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

    Before each call the command is marked as sent: after a time-out its outcome is unknown, and the connector reads before
    it sends again.
    """
    with tenant_scope(tenant_id):
        row = Connection.objects.get(pk=connection_id)
        account = account_of(row)
        due = ChannelCommand.objects.filter(
            connection_id=connection_id, state__in=[CommandState.NEW, CommandState.SENT], due_at__lte=now
        )
        commands = list(due.order_by("created_at", "pk")[:MOST_AT_ONCE])
        ChannelCommand.objects.filter(pk__in=[each.pk for each in commands]).update(due_at=now + timedelta(seconds=60))
    if not commands:
        return 0
    confirmed = 0
    with conversation(account) as connector:
        for command in commands:
            confirmed += _send(account, connector, command)
    return confirmed


def _send(account: Account, connector: Connector, command: ChannelCommand) -> int:
    with tenant_scope(account.tenant_id):
        ChannelCommand.objects.filter(pk=command.pk).update(state=CommandState.SENT, attempts=command.attempts + 1)
    try:
        result = _call(connector, command)
    except ConnectorError as error:
        _not_done(account, command, error)
        return 0
    with tenant_scope(account.tenant_id):
        now = clock()
        ChannelCommand.objects.filter(pk=command.pk).update(state=CommandState.CONFIRMED, confirmed_at=now, error="")
        record(CHANNEL_CONFIRMED, "order", command.order_id, {"command": str(command.pk), "kind": str(command.kind)})
        if result.stock_touched:
            mark_all_of_order_dirty(connection_id=account.id, order_id=command.order_id, now=now)
    return 1


def _call(connector: Connector, command: ChannelCommand) -> CommandResult:
    payload: dict[str, Any] = command.payload
    lines = tuple(PushedLine(**line) for line in payload.get("lines", ()))
    match command.kind:
        case CommandKind.SHIPMENT:
            return connector.push_shipment(
                ShipmentPush(
                    order_id=payload["order_id"],
                    key=command.key,
                    lines=lines,
                    carrier=payload.get("carrier", ""),
                    tracking_number=payload.get("number", ""),
                    tracking_url=payload.get("url", ""),
                    shipped_at=command.created_at,
                    complete=payload["complete"],
                )
            )
        case CommandKind.READY:
            return connector.push_ready(ReadyPush(order_id=payload["order_id"], key=command.key, lines=lines))
        case _:
            whole = payload.get("whole", False)
            return connector.push_cancellation(
                CancellationPush(
                    order_id=payload["order_id"],
                    key=command.key,
                    reason=CancelReason(payload.get("reason", "OTHER")),
                    note=payload.get("note", ""),
                    lines=() if whole else lines,
                )
            )


def _not_done(account: Account, command: ChannelCommand, error: ConnectorError) -> None:
    now = clock()
    attempts = command.attempts + 1
    rejected = error.permanent or attempts >= MOST_ATTEMPTS
    pause = timedelta(seconds=error.retry_after) if error.retry_after else timedelta(seconds=2 ** min(attempts, 11))
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
