"""Leases on a connection: one worker polls it, one publishes to it, at a time. A lease ends by itself when its worker dies."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from channels.enums import CommandState, ConnectionState
from channels.models import ChannelCommand, Connection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

LEASE = timedelta(seconds=90)


def take_lease(connection_id: UUID, work: str, *, now: datetime) -> bool:
    """Lease the connection for `poll` or `publish`; False when another worker has it or it is not active."""
    field = f"{work}_leased_until"
    free = Q(**{field: None}) | Q(**{f"{field}__lt": now})
    rows = Connection.objects.filter(free, pk=connection_id, state=ConnectionState.ACTIVE)
    return rows.update(**{field: now + LEASE}) == 1


def give_lease_back(connection_id: UUID, work: str) -> None:
    """The work is done."""
    rows = Connection.objects.filter(pk=connection_id)
    rows.update(**{f"{work}_leased_until": None})


def due_commands(connection_id: UUID, *, now: datetime, limit: int) -> list[ChannelCommand]:
    """The commands that are due and nobody else is taking, locked, oldest first."""
    due = ChannelCommand.objects.select_for_update(skip_locked=True, no_key=True).filter(
        connection_id=connection_id, state__in=[CommandState.NEW, CommandState.SENT], due_at__lte=now
    )
    return list(due.order_by("created_at", "pk")[:limit])
