from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from channels.connectors.enums import WebhookSubject
from channels.connectors.errors import ConnectorError
from channels.connectors.registry import connector_class
from channels.errors import WebhookRefused
from channels.models import Connection
from channels.services.connect import wake
from channels.services.session import account_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

WAKES = frozenset({WebhookSubject.ORDER, WebhookSubject.LISTING, WebhookSubject.STOCK})


def receive_webhook(*, connection_id: UUID, token: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """A channel's message wakes the poll and does nothing else; it is verified, never believed.

    Raises WebhookRefused for an unknown address or a wrong signature.
    """
    row = Connection.objects.filter(pk=connection_id, webhook_token=token).first()
    if row is None:
        raise WebhookRefused(_("There is no such webhook address."))
    found = connector_class(row.kind)
    secrets = found.webhook_secrets(account_of(row).settings)
    try:
        event = found.verify_webhook(headers, body, secrets)
    except ConnectorError as error:
        raise WebhookRefused(error.message) from error
    if event.subject in WAKES:
        wake(connection_id=row.pk, now=now)
