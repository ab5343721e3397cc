"""What a SKU's page shows of this room: for whom its units are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.enums import OPEN_STATES, ReservationState, SkuKind
from inventory.queries import BASKET_PREFIX, reservations
from oms.orders.queries import groups_by_id
from oms.tenancy.permissions import Permission
from oms.web import panels

if TYPE_CHECKING:
    from datetime import datetime

    from inventory.models import Reservation
    from oms.orders.models import UnitGroup
    from oms.tenancy.requests import TenantRequest

SHOWN = 50


class Holder(NamedTuple):
    """An order, a basket or a transfer, and where to read of it."""

    label: str
    url: str = ""


class Kept(NamedTuple):
    """What one holder keeps: units in all, and where."""

    holder: Holder
    units: int
    places: list[str]
    states: list[str]
    since: datetime
    until: datetime | None


def register() -> None:
    """Show it to people who may read orders."""
    panels.register(panels.SKU_ASIDE, reserved, permission=Permission.ORDERS_READ)


def reserved(request: TenantRequest, sku: Any) -> str:
    """The open reservations of the SKU by holder, the newest first; a virtual kit has none of its own."""
    if sku.kind == SkuKind.VIRTUAL:
        return ""
    found = list(reservations().filter(level__sku_id=sku.pk, state__in=OPEN_STATES)[: SHOWN + 1])
    groups = {group.pk: group for group in groups_by_id([row.holder_id for row in found])}
    by_holder: dict[Holder, list[Reservation]] = {}
    for row in found[:SHOWN]:
        by_holder.setdefault(_holder(row, groups.get(row.holder_id)), []).append(row)
    kept = [_kept(holder, rows) for holder, rows in by_holder.items()]
    return render_to_string("orders/reserved.html", {"kept": kept, "more": len(found) > SHOWN}, request)


def _holder(row: Reservation, group: UnitGroup | None) -> Holder:
    if group is not None:
        return Holder(group.order.number, reverse("orders:page", args=[group.order.number]))
    if row.reference.startswith(BASKET_PREFIX):
        return Holder(_("Basket %(reference)s") % {"reference": row.reference.removeprefix(BASKET_PREFIX)})
    if row.state == ReservationState.SOFT:
        return Holder(row.reference or _("Basket"))
    return Holder(row.reference, f"{reverse('inventory:transfers')}?{urlencode({'q': row.reference})}")


def _kept(holder: Holder, rows: list[Reservation]) -> Kept:
    return Kept(
        holder,
        sum(row.quantity for row in rows),
        list(dict.fromkeys(row.level.location.name for row in rows)),
        list(dict.fromkeys(str(ReservationState(row.state).label) for row in rows)),
        min(row.created_at for row in rows),
        min((row.expires_at for row in rows if row.expires_at), default=None),
    )
