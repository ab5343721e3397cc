"""What stands above every part of a channel's page: name, state, figures, the parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.connectors.registry import connector_class
from channels.enums import ConnectionState
from channels.queries import get_connection
from channels.web.listing import attach_health, delays_of, waiting_of
from channels.web.looks import delay, is_late, kind_label, state_pill
from channels.web.told import told
from oms.tenancy.permissions import Permission
from oms.web import formats

if TYPE_CHECKING:
    from uuid import UUID

    from django_stubs_ext import StrOrPromise

    from channels.models import Connection
    from oms.tenancy.requests import TenantRequest

TABS: tuple[tuple[str, StrOrPromise, Permission], ...] = (
    ("page", gettext_lazy("Publications"), Permission.CHANNELS_READ),
    ("listings", gettext_lazy("Listings"), Permission.CHANNELS_READ),
    ("parked", gettext_lazy("Parked orders"), Permission.CHANNELS_READ),
    ("exchanges", gettext_lazy("Exchanges"), Permission.CHANNELS_READ),
    ("settings", gettext_lazy("Settings"), Permission.CHANNELS_WRITE),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures above the parts."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: StrOrPromise
    href: str
    current: bool
    count: str = ""


def open_connection(connection_id: UUID) -> Connection:
    """The connection with its health. Raises ConnectionNotFound."""
    row = get_connection(connection_id)
    attach_health([row])
    return row


def head_of(request: TenantRequest, row: Connection, current: str) -> dict[str, Any]:
    """The context that `channels/head.html` needs."""
    may_write = request.access.may(Permission.CHANNELS_WRITE)
    return {
        "row": row,
        "kind": kind_label(row.kind),
        "pill": state_pill(row),
        "figures": figures_of(row),
        "channel_tabs": _tabs(request, row, current),
        "current_tab": current,
        "may_write": may_write,
        "is_paused": row.state == ConnectionState.PAUSED,
        "is_refused": row.state == ConnectionState.REFUSED,
        "waiting": waiting_of(row),
        "last_error": told(row.last_error),
    }


def figures_of(row: Connection) -> list[Figure]:
    """Last poll, publication delays, what waits."""
    now, found, counts = timezone.now(), delays_of(row), waiting_of(row)
    polled = formats.duration(now - row.last_polled_at) if row.last_polled_at else _("never")
    p50, p95, count = (found.p50, found.p95, found.count) if found else (None, None, 0)
    return [
        Figure(
            _("Last poll"),
            _("%(time)s ago") % {"time": polled} if row.last_polled_at else polled,
            _("every %(count)s s") % {"count": row.poll_seconds},
        ),
        Figure(
            _("Publication, p50"),
            delay(p50),
            ngettext("%(count)s quantity in 24 h", "%(count)s quantities in 24 h", count)
            % {"count": formats.number(count)},
        ),
        Figure(_("Publication, p95"), delay(p95), _("goal 5 min"), "bad" if is_late(p95) else ""),
        Figure(_("Owed"), formats.number(counts.owed), _("quantities to send"), "warn" if counts.owed else ""),
        Figure(
            _("Without a SKU"),
            formats.number(counts.loose),
            ngettext("of %(count)s listing", "of %(count)s listings", counts.listings)
            % {"count": formats.number(counts.listings)},
            "warn" if counts.loose else "",
        ),
        Figure(_("Parked"), formats.number(counts.parked), _("orders to cure"), "bad" if counts.parked else ""),
    ]


def _tabs(request: TenantRequest, row: Connection, current: str) -> list[Tab]:
    counts = waiting_of(row)
    shown = {"listings": counts.listings, "parked": counts.parked}
    return [
        Tab(
            label,
            reverse(f"channels:{name}", args=[row.pk]),
            name == current,
            formats.number(shown[name]) if name in shown else "",
        )
        for name, label, permission in TABS
        if request.access.may(permission)
    ]


def webhook_address(request: TenantRequest, row: Connection) -> str:
    """Where the channel may send its messages; empty when the connector takes none."""
    if "WEBHOOKS" not in connector_class(row.kind).capabilities:
        return ""
    path = reverse("hooks:receive", args=[request.tenant_id, row.pk, row.webhook_token])
    return request.build_absolute_uri(path)
