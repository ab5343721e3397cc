from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.utils.translation import gettext as _

from channels.connectors.enums import FieldKind
from channels.connectors.registry import connector_class
from channels.errors import ConnectionNotFound
from channels.models import ChannelCommand, Connection, ExchangeLog, Listing, ParkedItem, Publication
from channels.types import Delays
from oms.tenancy.context import current_tenant_id
from oms.tenancy.crypto import unseal

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

_DELAYS = """
SELECT connection_id, count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY delay_ms)
FROM channels_publication WHERE tenant_id = %s AND sent_at >= %s AND delay_ms IS NOT NULL GROUP BY connection_id
"""


def connections() -> QuerySet[Connection]:
    """Every connection with its sales channel, in the channels' order of creation."""
    return Connection.objects.select_related("channel", "channel__stock_view").order_by("channel__position", "pk")


def get_connection(connection_id: UUID) -> Connection:
    """One connection, by its own id or its channel's. Raises ConnectionNotFound."""
    found = connections().filter(pk=connection_id).first() or connections().filter(channel_id=connection_id).first()
    if found is None:
        raise ConnectionNotFound(_("There is no such channel."))
    return found


def shown_settings(row: Connection) -> dict[str, Any]:
    """The settings as people may see them: a secret only says whether it is there."""
    secrets = unseal(bytes(row.secrets))
    hidden = {each.name for each in connector_class(row.kind).settings_schema if each.kind == FieldKind.SECRET}
    return {**row.settings, **{name: bool(secrets.get(name)) for name in sorted(hidden)}}


def listings_of(connection_id: UUID) -> QuerySet[Listing]:
    """What the channel offers, with the SKUs, by code."""
    return Listing.objects.select_related("sku").filter(connection_id=connection_id).order_by("sku_code", "pk")


def publications_of(connection_id: UUID) -> QuerySet[Publication]:
    """What the channel was told, newest first."""
    return (
        Publication.objects.select_related("listing__sku")
        .filter(connection_id=connection_id)
        .order_by("-sent_at", "-pk")
    )


def publication_delays(since: datetime) -> dict[UUID, Delays]:
    """From movement to acknowledgement per connection since then; connections that published nothing are left out."""
    with database.cursor() as cursor:
        cursor.execute(_DELAYS, [current_tenant_id(), since])
        return {row[0]: Delays(row[0], row[1], *row[2]) for row in cursor.fetchall()}


def parked_items() -> QuerySet[ParkedItem]:
    """What waits for a person, newest first."""
    rows = ParkedItem.objects.select_related("connection__channel").filter(resolved_at=None)
    return rows.order_by("-updated_at", "-pk")


def commands_of(order_id: UUID) -> QuerySet[ChannelCommand]:
    """What the order's channel was or must be told, oldest first."""
    return ChannelCommand.objects.filter(order_id=order_id).order_by("created_at", "pk")


def exchanges_of(connection_id: UUID) -> QuerySet[ExchangeLog]:
    """The calls made to the channel, newest first."""
    return ExchangeLog.objects.filter(connection_id=connection_id).order_by("-at", "-pk")
