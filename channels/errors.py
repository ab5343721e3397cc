from __future__ import annotations

from oms.tenancy.errors import InvalidInput, NotFound, OmsError


class ConnectionNotFound(NotFound):
    code = "channels.connection_not_found"


class InvalidSettings(InvalidInput):
    code = "channels.invalid_settings"


class ChannelUnreachable(OmsError):
    """The connection test failed; the message is the channel's own reason."""

    code = "channels.unreachable"


class ParkedItemNotFound(NotFound):
    code = "channels.parked_item_not_found"


class WebhookRefused(OmsError):
    code = "channels.webhook_refused"
    http_status = 401
