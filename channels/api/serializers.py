"""Channels and what they are told, in JSON. Secrets go in and never come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from channels.connectors.registry import kinds
from channels.enums import ConnectionState
from channels.queries import shown_settings
from oms.orders.enums import ChannelFamily
from oms.rest.serializers import In, Out, Switch, Text

if TYPE_CHECKING:
    from channels.models import Connection, Publication

API_KIND = "api"


class DelaysOut(Out):
    """From movement to acknowledgement over the last 24 hours, in milliseconds."""

    count = serializers.IntegerField()
    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)


class ConnectionOut(Out):
    """`settings` shows of each secret only whether it is there."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(ConnectionState.choices)
    settings = serializers.SerializerMethodField()
    poll_seconds = serializers.IntegerField()
    polled_until = serializers.DateTimeField(allow_null=True)
    last_polled_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    last_error_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_settings(self, row: Connection) -> dict[str, Any]:
        return shown_settings(row)


class ChannelOut(Out):
    """A sales channel. Without a connection (kind `api`) its orders come through this API."""

    id = serializers.UUIDField(source="channel.pk")
    code = serializers.CharField(source="channel.code")
    name = serializers.CharField(source="channel.name")
    kind = serializers.CharField()
    family = serializers.ChoiceField(ChannelFamily.choices, source="channel.family")
    country = serializers.CharField(source="channel.country")
    currency = serializers.CharField(source="channel.currency")
    view = serializers.CharField(source="channel.stock_view.code", allow_null=True)
    active = serializers.BooleanField(source="channel.active")
    created_at = serializers.DateTimeField(source="channel.created_at")
    connection = ConnectionOut(allow_null=True)
    webhook_url = serializers.CharField(
        help_text="Where the channel may call; empty for readers, and without connection."
    )
    publication = DelaysOut(allow_null=True)


class ChannelChange(In):
    """Of `settings`, what is not given stays, secrets too."""

    name = Text(max_length=100, required=False)
    family = serializers.ChoiceField(ChannelFamily.choices, required=False)
    view = Text(max_length=40, allow_null=True, required=False, help_text="Code of a stock view.")
    active = Switch(required=False)
    settings = serializers.DictField(required=False)


class ChannelIn(In):
    """`settings` are the connector's own, e.g. url, consumer_key and consumer_secret of a WooCommerce shop."""

    kind = serializers.CharField(default=API_KIND, help_text="A connector, or `api` for orders through this API.")
    name = Text(max_length=100)
    code = serializers.RegexField("^[a-z0-9][a-z0-9-]*$", max_length=40, required=False)
    family = serializers.ChoiceField(ChannelFamily.choices, required=False)
    country = serializers.RegexField("^[A-Z]{2}$", required=False)
    currency = serializers.RegexField("^[A-Z]{3}$", required=False)
    view = Text(max_length=40, allow_null=True, required=False, help_text="Code of a stock view.")
    settings = serializers.DictField(required=False)

    def validate_kind(self, value: str) -> str:
        if value not in (API_KIND, *kinds()):
            raise serializers.ValidationError(f"Choose among {', '.join((API_KIND, *kinds()))}.")
        return value


class CheckOut(Out):
    """What the channel said of itself; `notices` should be read before going live."""

    shop_name = serializers.CharField()
    version = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    notices = serializers.ListField(child=serializers.CharField())


class PublicationOut(Out):
    """A quantity told to the channel; `delay_ms` runs from the movement to the channel's acknowledgement."""

    id = serializers.UUIDField()
    sku = serializers.SerializerMethodField()
    listing = serializers.CharField(source="listing.external_id")
    before = serializers.IntegerField(allow_null=True)
    quantity = serializers.IntegerField()
    changed_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    delay_ms = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()

    @extend_schema_field(str)
    def get_sku(self, row: Publication) -> str:
        return str(row.listing.sku.code if row.listing.sku else row.listing.sku_code)
