"""What a person may do to a channel: test, pause, resume, publish again, link listings, cure parked orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels.connectors.errors import ConnectorError
from channels.errors import ChannelUnreachable, InvalidSettings, ParkedItemNotFound
from channels.queries import get_connection, listings_of, parked_items
from channels.services import (
    adopt_listings,
    discard_parked,
    link_listing,
    mark_all_dirty,
    pause,
    replay_parked,
    resume,
    test_connection,
)
from channels.web.forms import DiscardForm, LinkForm
from channels.web.outside import outside_scope
from channels.web.told import told
from oms.tenancy.context import tenant_scope
from oms.tenancy.permissions import Permission
from oms.web.pages import page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels.connectors.types import CheckReport
    from channels.models import ParkedItem
    from oms.tenancy.requests import TenantRequest

POST = ("POST",)
REFUSED = 422


@outside_scope
@page(Permission.CHANNELS_WRITE, methods=POST)
def test(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Try address, credentials and rights, and say what came of it."""
    try:
        report = test_connection(tenant_id=request.tenant_id, connection_id=connection_id)
    except ChannelUnreachable as refusal:
        messages.error(request, _("The channel cannot be used: %(why)s") % {"why": told(refusal.message)})
    else:
        messages.success(request, _words(report))
        for notice in report.notices:
            messages.warning(request, notice)
    return redirect("channels:settings", connection_id)


def _words(report: CheckReport) -> str:
    facts = [each for each in (report.shop_name, report.version, report.currency, report.time_zone) if each]
    return _("The channel answers: %(facts)s.") % {"facts": ", ".join(facts) or _("nothing about itself")}


@page(Permission.CHANNELS_WRITE, methods=POST)
def pause_channel(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Neither poll nor publish until resumed."""
    row = get_connection(connection_id)
    pause(connection_id=row.pk, actor=request.access.actor)
    messages.success(request, _("%(name)s is paused: nothing is read, nothing is told.") % {"name": row.channel.name})
    return redirect("channels:page", row.pk)


@page(Permission.CHANNELS_WRITE, methods=POST)
def resume_channel(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Poll and publish again."""
    row = get_connection(connection_id)
    resume(connection_id=row.pk, now=timezone.now(), actor=request.access.actor)
    messages.success(request, _("%(name)s is polled again, at once.") % {"name": row.channel.name})
    return redirect("channels:page", row.pk)


@page(Permission.CHANNELS_WRITE, methods=POST)
def publish_all(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Owe every listing its quantity again."""
    row = get_connection(connection_id)
    mark_all_dirty(connection_id=row.pk, now=timezone.now())
    messages.success(request, _("Every quantity that differs is sent again, within seconds."))
    return redirect("channels:page", row.pk)


@page(Permission.CHANNELS_WRITE, methods=POST)
def adopt(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Create the SKUs that the channel offers and the catalogue lacks."""
    row = get_connection(connection_id)
    linked = adopt_listings(connection_id=row.pk, now=timezone.now(), actor=request.access.actor)
    words = ngettext("%(count)s listing now has its SKU.", "%(count)s listings now have their SKU.", linked)
    messages.success(request, words % {"count": linked})
    return redirect("channels:listings", row.pk)


@page(Permission.CHANNELS_WRITE, methods=("GET", "POST"))
def link(request: TenantRequest, connection_id: UUID, listing_id: UUID) -> HttpResponse:
    """Say which SKU a listing is; the page is what shows a refusal, and serves those who follow a link."""
    row = get_connection(connection_id)
    listing = listings_of(row.pk).filter(pk=listing_id).first()
    if listing is None:
        raise ParkedItemNotFound(_("There is no such listing."))
    form = LinkForm(request.POST or None, initial={"sku": listing.sku_code})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                link_listing(listing_id=listing.pk, sku_code=form.cleaned_data["sku"], now=timezone.now())
        except InvalidSettings as refusal:
            form.add_error("sku", refusal.message)
        else:
            messages.success(request, _("The listing is linked; its quantity is sent within seconds."))
            return redirect("channels:listings", row.pk)
    context = {"row": row, "listing": listing, "form": form}
    return render(request, "channels/link.html", context, status=REFUSED if form.is_bound else 200)


@outside_scope
@page(Permission.CHANNELS_WRITE, methods=POST)
def replay(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Read the parked orders again from the channel and try once more."""
    with tenant_scope(request.tenant_id):
        row = get_connection(connection_id)
    try:
        accepted = replay_parked(tenant_id=request.tenant_id, connection_id=row.pk, now=timezone.now())
    except ConnectorError as failure:
        messages.error(request, _("The channel cannot be used: %(why)s") % {"why": told(failure.message)})
    else:
        words = ngettext("%(count)s order is accepted.", "%(count)s orders are accepted.", accepted)
        messages.success(request, words % {"count": accepted})
    return redirect("channels:parked", row.pk)


@page(Permission.CHANNELS_READ)
def item(request: TenantRequest, connection_id: UUID, item_id: UUID) -> HttpResponse:
    """One parked order, as it was received."""
    return _show_item(request, _item(connection_id, item_id), DiscardForm())


@page(Permission.CHANNELS_WRITE, methods=POST)
def discard(request: TenantRequest, connection_id: UUID, item_id: UUID) -> HttpResponse:
    """Give a parked order up, with a reason."""
    found = _item(connection_id, item_id)
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return _show_item(request, found, form)
    discard_parked(item_id=found.pk, reason=form.cleaned_data["reason"], now=timezone.now(), actor=request.access.actor)
    messages.success(request, _("The order is given up; it stays on record."))
    return redirect("channels:parked", found.connection_id)


def _item(connection_id: UUID, item_id: UUID) -> ParkedItem:
    found = parked_items().filter(connection_id=connection_id, pk=item_id).first()
    if found is None:
        raise ParkedItemNotFound(_("This item was resolved already."))
    return found


def _show_item(request: TenantRequest, found: ParkedItem, form: DiscardForm) -> HttpResponse:
    context = {
        "item": found,
        "row": found.connection,
        "reason": told(found.reason),
        "form": form,
        "raw": json.dumps(found.raw, indent=2, ensure_ascii=False),
        "may_write": request.access.may(Permission.CHANNELS_WRITE),
    }
    return render(request, "channels/item.html", context, status=REFUSED if form.is_bound else 200)
