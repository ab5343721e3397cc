"""Connecting a channel, and changing how it is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.connectors.registry import connector_class, kinds
from channels.errors import ConnectionNotFound, InvalidSettings
from channels.queries import shown_settings
from channels.services import create_connection, update_connection
from channels.web.forms import ConnectForm, SettingsForm
from channels.web.tabs import head_of, open_connection, webhook_address
from oms.orders.errors import InvalidOrder
from oms.tenancy.permissions import Permission
from oms.web.pages import page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels.models import Connection
    from oms.tenancy.requests import TenantRequest

REFUSED = 422


@page(Permission.CHANNELS_WRITE)
def choose(request: TenantRequest) -> HttpResponse:
    """Which kind of channel to connect."""
    found = [(kind, connector_class(kind).label) for kind in kinds()]
    return render(request, "channels/choose.html", {"kinds": found})


@page(Permission.CHANNELS_WRITE, methods=("GET", "POST"))
def connect(request: TenantRequest, kind: str) -> HttpResponse:
    """The settings of a new channel."""
    if kind not in kinds():
        raise ConnectionNotFound(_("There is no connector of kind %(kind)s.") % {"kind": kind})
    if request.method == "GET":
        return _ask(request, kind, ConnectForm(kind))
    form = ConnectForm(kind, request.POST)
    row = _create(request, form) if form.is_valid() else None
    if row is None:
        return _ask(request, kind, form, status=REFUSED)
    messages.success(
        request, _("%(name)s is connected; its first poll starts within seconds.") % {"name": row.channel.name}
    )
    return redirect("channels:settings", row.pk)


def _ask(request: TenantRequest, kind: str, form: ConnectForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "label": connector_class(kind).label}
    return render(request, "channels/connect.html", context, status=status)


def _create(request: TenantRequest, form: ConnectForm) -> Connection | None:
    try:
        with transaction.atomic():
            return create_connection(
                kind=form.kind,
                settings=form.settings,
                now=timezone.now(),
                actor=request.access.actor,
                **form.channel,
            )
    except InvalidSettings as refusal:
        form.refuse(refusal)
    except InvalidOrder as refusal:
        form.add_error("name", refusal.message)
    return None


@page(Permission.CHANNELS_WRITE, methods=("GET", "POST"))
def settings(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """The settings of a channel; secrets are never shown."""
    row = open_connection(connection_id)
    kept = shown_settings(row)
    first = {"name": row.channel.name, "stock_view": str(row.channel.stock_view_id or "")}
    form = SettingsForm(row.kind, request.POST or None, kept=kept, initial=first)
    if request.method == "POST" and form.is_valid() and _update(request, row, form):
        messages.success(request, _("The settings are saved; the channel is polled at once."))
        return redirect("channels:settings", row.pk)
    context = {**head_of(request, row, "settings"), "form": form, "webhook_address": webhook_address(request, row)}
    return render(request, "channels/settings.html", context, status=REFUSED if form.is_bound else 200)


def _update(request: TenantRequest, row: Connection, form: SettingsForm) -> bool:
    try:
        with transaction.atomic():
            update_connection(
                connection_id=row.pk,
                now=timezone.now(),
                actor=request.access.actor,
                settings=form.settings,
                channel=form.channel,
            )
    except InvalidSettings as refusal:
        form.refuse(refusal)
        return False
    return True
