from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels.connectors.enums import FieldKind
from channels.connectors.errors import ConnectorError, SettingsError, UnknownConnectorError
from channels.connectors.registry import connector_class
from channels.enums import ConnectionState
from channels.errors import ChannelUnreachable, ConnectionNotFound, InvalidSettings
from channels.models import Connection
from channels.services.session import account_of, conversation
from oms.orders.services import create_channel, update_channel
from oms.tenancy.context import tenant_scope
from oms.tenancy.crypto import seal, unseal
from oms.tenancy.services import audit
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from channels.connectors.base import Connector
    from channels.connectors.types import CheckReport


@transaction.atomic
def create_connection(
    *, kind: str, name: str, settings: Mapping[str, Any], now: datetime, actor: Actor = SYSTEM, **channel: Any
) -> Connection:
    """Create a sales channel with its connection; the first poll follows within seconds.

    `channel` may carry the SalesChannel's code, family, country, currency, stock_view_id. Raises InvalidSettings.
    """
    found = _class(kind)
    cleaned = _cleaned(found, settings)
    sales = create_channel(name=name, actor=actor, **channel)
    row = Connection.objects.create(channel_id=sales.pk, kind=kind, next_poll_at=now, **_stored(found, cleaned))
    audit(action="connection.created", object_type="connection", object_id=row.pk, actor=actor, kind=kind)
    return row


@transaction.atomic
def update_connection(
    *,
    connection_id: UUID,
    now: datetime,
    actor: Actor = SYSTEM,
    settings: Mapping[str, Any] | None = None,
    channel: Mapping[str, Any] | None = None,
) -> Connection:
    """Change settings or facts of the channel; an empty setting falls back to its default, an empty secret stays.

    Raises InvalidSettings, ConnectionNotFound.
    """
    row = _get(connection_id)
    if settings is not None:
        found = _class(row.kind)
        given = {name: value for name, value in settings.items() if value != "" or name not in _secrets(found)}
        merged = {**row.settings, **unseal(bytes(row.secrets)), **given}
        stored = _stored(found, _cleaned(found, merged))
        Connection.objects.filter(pk=row.pk).update(
            **stored, state=ConnectionState.ACTIVE, failures=0, retry_at=None, next_poll_at=now
        )
        audit(
            action="connection.updated",
            object_type="connection",
            object_id=row.pk,
            actor=actor,
            settings=sorted(settings),
        )
    if channel:
        update_channel(channel_id=row.channel_id, actor=actor, **channel)
    return _get(connection_id)


def test_connection(*, tenant_id: UUID, connection_id: UUID) -> CheckReport:
    """Try address, credentials and rights without changing anything; must not be inside a transaction.

    Raises ChannelUnreachable with the channel's own reason.
    """
    with tenant_scope(tenant_id):
        account = account_of(_get(connection_id))
    try:
        with conversation(account) as connector:
            return connector.check()
    except ConnectorError as error:
        raise ChannelUnreachable(error.message, kind=str(error.kind)) from error


test_connection.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name says


@transaction.atomic
def pause(*, connection_id: UUID, actor: Actor) -> None:
    """Neither poll nor publish until resumed. Raises ConnectionNotFound."""
    row = _get(connection_id)
    Connection.objects.filter(pk=row.pk).update(state=ConnectionState.PAUSED)
    audit(action="connection.paused", object_type="connection", object_id=row.pk, actor=actor)


@transaction.atomic
def resume(*, connection_id: UUID, now: datetime, actor: Actor) -> None:
    """Poll and publish again, at once. Raises ConnectionNotFound."""
    row = _get(connection_id)
    Connection.objects.filter(pk=row.pk).update(
        state=ConnectionState.ACTIVE, failures=0, retry_at=None, next_poll_at=now
    )
    audit(action="connection.resumed", object_type="connection", object_id=row.pk, actor=actor)


def wake(*, connection_id: UUID, now: datetime) -> None:
    """Poll soon: something told us that the channel has changed."""
    Connection.objects.filter(pk=connection_id, next_poll_at__gt=now).update(next_poll_at=now)


def _get(connection_id: UUID) -> Connection:
    row = Connection.objects.select_related("channel").filter(pk=connection_id).first()
    if row is None:
        raise ConnectionNotFound(_("There is no such channel."))
    return row


def _class(kind: str) -> type[Connector]:
    try:
        return connector_class(kind)
    except UnknownConnectorError as error:
        raise InvalidSettings(_("There is no connector of kind %(kind)s.") % {"kind": kind}, field="kind") from error


def _cleaned(found: type[Connector], settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return found.clean_settings(settings)
    except SettingsError as error:
        raise InvalidSettings(error.message, problems=error.problems) from error


def _stored(found: type[Connector], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    hidden = _secrets(found)
    return {
        "settings": {name: value for name, value in cleaned.items() if name not in hidden},
        "secrets": seal({name: value for name, value in cleaned.items() if name in hidden}),
    }


def _secrets(found: type[Connector]) -> set[str]:
    return {each.name for each in found.settings_schema if each.kind == FieldKind.SECRET}
