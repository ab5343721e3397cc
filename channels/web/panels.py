"""What a SKU's page shows of this room: what each channel was told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from channels.enums import ConnectionState
from channels.queries import listings_of_sku, wanted_quantities
from channels.web.looks import state_pill
from channels.web.told import told
from inventory.queries import get_view
from oms.tenancy.permissions import Permission
from oms.web import elements, panels

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from channels.models import Listing
    from oms.tenancy.requests import TenantRequest


def register() -> None:
    """Show it to people who may see channels."""
    panels.register(panels.SKU, publications, permission=Permission.CHANNELS_READ)


def publications(request: TenantRequest, sku: Any) -> str:
    """Each listing of the SKU: what the channel should have and by which stock view, what it was told, and its answer."""
    listings, general = list(listings_of_sku(sku.pk)), get_view()
    connections = {row.connection_id: row.connection for row in listings}
    wanted = {
        key: wanted_quantities(kind=each.kind, channel=each.channel, sku_ids=[sku.pk]).get(sku.pk)
        for key, each in connections.items()
    }
    rows = [
        {
            "row": row,
            "channel": elements.channel(row.connection.channel.name, colour=row.connection.channel.colour),
            "view": row.connection.channel.stock_view or general,
            "wanted": wanted[row.connection_id],
            "sent": row.told if row.told is not None else vars(row).get("refused"),
            "state": _state(row),
            "why": _why(row),
        }
        for row in listings
    ]
    return render_to_string("channels/sku_panel.html", {"rows": rows}, request)


def _state(row: Listing) -> SafeString:
    """What became of the last number."""
    if row.withdrawn_at:
        return elements.mark("neutral", "ban", _("No longer offered"), quiet=True)
    if not row.stock_managed:
        return elements.mark("neutral", "infinity", _("Stock not kept there"), quiet=True)
    if row.error:
        return elements.pill("refused")
    if row.dirty_since:
        return elements.pill("waiting", quiet=True)
    if row.told is None:
        return elements.mark("neutral", "circle-dashed", _("Never told"), quiet=True)
    return elements.mark("good", "check", _("Acknowledged"), quiet=True)


def _why(row: Listing) -> str:
    """Why the channel does not have the number it should have."""
    if row.error:
        return told(row.error)
    stopped = row.connection.state != ConnectionState.ACTIVE or row.connection.failures
    return state_pill(row.connection, quiet=True) if row.dirty_since and stopped and not row.withdrawn_at else ""
