from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from channels.api.serializers import API_KIND, ChannelChange, ChannelIn, ChannelOut, CheckOut, PublicationOut
from channels.errors import InvalidSettings
from channels.models import Connection
from channels.queries import connections, get_connection, publication_delays, publications_of
from channels.services import create_connection, test_connection, update_connection
from inventory.queries import get_view
from oms.orders.queries import channels, get_channel
from oms.orders.services import create_channel, update_channel
from oms.rest.serializers import show, show_each
from oms.rest.viewsets import TenantViewSet
from oms.tenancy.context import tenant_scope
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from channels.types import Delays
    from oms.orders.models import SalesChannel
    from oms.rest.requests import ApiRequest

MEASURED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ShownChannel:
    """A sales channel with its connection and how fast it is told of stock, where it has them."""

    channel: SalesChannel
    connection: Connection | None
    publication: Delays | None
    webhook_url: str

    @property
    def kind(self) -> str:
        return self.connection.kind if self.connection else API_KIND


class ChannelViewSet(TenantViewSet[Any]):
    """Where the merchant sells, and how each place is connected."""

    permissions = {
        "list": Permission.CHANNELS_READ,
        "retrieve": Permission.CHANNELS_READ,
        "publications": Permission.CHANNELS_READ,
        "create": Permission.CHANNELS_WRITE,
        "partial_update": Permission.CHANNELS_WRITE,
    }
    parameters = {"publications": ("limit", "cursor")}
    serializer_class = ChannelOut

    def list(self, _request: ApiRequest) -> Response:
        """Every channel, in the order of creation."""
        return self.get_paginated_response(self._shown(self.paginate_queryset(channels()) or ()))

    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        (shown,) = self._shown([get_channel(channel_id=self.id_in_path)])
        return Response(shown)

    @extend_schema(request=ChannelIn, responses={201: ChannelOut})
    def create(self, request: ApiRequest) -> Response:
        """Create a channel and, for a connector's kind, its connection: the first poll follows within seconds."""
        body = _with_view(self.read(ChannelIn))
        kind, settings = body.pop("kind"), body.pop("settings", {})
        if kind == API_KIND:
            channel = create_channel(actor=request.access.actor, **body)
        else:
            channel = self._connected(kind, settings, body)
        (shown,) = self._shown([get_channel(channel_id=channel.pk)])
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChannelChange, responses={200: ChannelOut})
    def partial_update(self, request: ApiRequest, **_path: str) -> Response:
        """Change the fields that are given. Changed settings wake a connection whose credentials were refused."""
        channel = get_channel(channel_id=self.id_in_path)
        body = _with_view(self.read(ChannelChange))
        settings = body.pop("settings", None)
        if settings is not None:
            self._reconfigure(channel, settings)
        if body:
            update_channel(channel_id=channel.pk, actor=request.access.actor, **body)
        (shown,) = self._shown([get_channel(channel_id=channel.pk)])
        return Response(shown)

    @extend_schema(responses={200: PublicationOut(many=True)})
    def publications(self, _request: ApiRequest, **_path: str) -> Response:
        """What the channel was told, newest first, with the delay of each."""
        channel = get_channel(channel_id=self.id_in_path)
        connection = connections().filter(channel_id=channel.pk).first()
        return self.page(publications_of(connection.pk if connection else channel.pk), PublicationOut)

    def _connected(self, kind: str, settings: dict[str, Any], body: dict[str, Any]) -> SalesChannel:
        try:
            made = create_connection(
                kind=kind, settings=settings, now=timezone.now(), actor=self.access.actor, name=body.pop("name"), **body
            )
        except InvalidSettings as refusal:
            raise _in_settings(refusal) from refusal
        return get_channel(channel_id=made.channel_id)

    def _reconfigure(self, channel: SalesChannel, settings: dict[str, Any]) -> None:
        connection = connections().filter(channel_id=channel.pk).first()
        if connection is None:
            raise ValidationError({"settings": ["This channel has no connection, so it has no settings."]})
        try:
            update_connection(
                connection_id=connection.pk, settings=settings, now=timezone.now(), actor=self.access.actor
            )
        except InvalidSettings as refusal:
            raise _in_settings(refusal) from refusal

    def _shown(self, rows: Iterable[SalesChannel]) -> Sequence[dict[str, Any]]:
        by_channel = {each.channel_id: each for each in connections()}
        delays = publication_delays(timezone.now() - MEASURED)
        shown = []
        for channel in rows:
            connection = by_channel.get(channel.pk)
            told = delays.get(connection.pk) if connection else None
            shown.append(ShownChannel(channel, connection, told, self._webhook(connection)))
        return show_each(ChannelOut, shown)

    def _webhook(self, connection: Connection | None) -> str:
        if connection is None or not self.access.may(Permission.CHANNELS_WRITE):
            return ""
        address = reverse("hooks:receive", args=[connection.tenant_id, connection.pk, connection.webhook_token])
        return self.request.build_absolute_uri(address)


class ChannelTestViewSet(TenantViewSet[Connection]):
    """Calls to a channel, which must not happen inside a transaction: each step opens its own scope."""

    permissions = {"test": Permission.CHANNELS_WRITE}
    costs = {"test": 10}
    outside = frozenset({"test"})
    serializer_class = CheckOut

    @extend_schema(request=None, responses={200: CheckOut})
    def test(self, request: ApiRequest, **_path: str) -> Response:
        """Try address, credentials and rights without changing anything; 409 says what the channel answered."""
        with tenant_scope(request.tenant_id):
            channel = get_channel(channel_id=self.id_in_path)
            connection_id = get_connection(channel.pk).pk
        report = test_connection(tenant_id=request.tenant_id, connection_id=connection_id)
        return Response(show(CheckOut, report))


def _with_view(body: dict[str, Any]) -> dict[str, Any]:
    """The channel's fields, the stock view by its id. Raises UnknownView."""
    fields = dict(body)
    if "view" in fields:
        code = fields.pop("view")
        fields["stock_view_id"] = get_view(code).pk if code else None
    return fields


def _in_settings(refusal: InvalidSettings) -> ValidationError:
    problems: dict[str, str] = refusal.data.get("problems", {})
    return ValidationError({"settings": {name: [text] for name, text in problems.items()} or [refusal.message]})
