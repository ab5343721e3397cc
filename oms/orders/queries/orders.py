from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from oms.database.rows import read_rows, select
from oms.orders.enums import GONE, OPEN, UnitState
from oms.orders.errors import OrderNotFound
from oms.orders.models import Hold, Order, OrderPayload, SalesChannel, UnitGroup
from oms.tenancy.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from django.db.models import QuerySet

    from inventory.models import StockView


class UnitsToRoute(NamedTuple):
    """One unit group with what routing asks about its line, SKU and order."""

    group_id: UUID
    line_id: UUID
    quantity: int
    sku_id: UUID
    sku: str
    category: str
    brand: str
    weight_g: int
    order_id: UUID
    number: str
    received_at: datetime
    promised_at: datetime | None
    priority: int
    channel: str
    channel_family: str
    kind: str
    method: str
    country: str
    postcode: str
    collect_location_id: UUID | None
    total: Decimal
    currency: str
    tags: list[str]
    view_id: UUID | None
    pool: str


# Each order asks this: assembling it by the ORM would cost more than running it.
_UNITS_TO_ROUTE = """
SELECT g.id, g.line_id, g.quantity, g.sku_id, s.code, s.category, s.brand, s.weight_g,
       o.id, o.number, o.received_at, o.promised_at, o.priority, c.code, c.family, o.kind, o.method, o.country, o.postcode,
       o.collect_location_id, o.total, o.currency, o.tags, v.id, coalesce(v.pool, '')
FROM orders_unitgroup g
JOIN orders_order o ON o.tenant_id = g.tenant_id AND o.id = g.order_id
JOIN orders_orderline l ON l.tenant_id = g.tenant_id AND l.id = g.line_id
JOIN orders_saleschannel c ON c.tenant_id = g.tenant_id AND c.id = o.channel_id
LEFT JOIN inventory_stockview v ON v.tenant_id = g.tenant_id AND v.id = c.stock_view_id
JOIN inventory_sku s ON s.tenant_id = g.tenant_id AND s.id = g.sku_id
WHERE g.tenant_id = %(tenant)s AND g.order_id = ANY(%(orders)s::uuid[]) AND g.state = ANY(%(states)s::text[])
ORDER BY g.order_id, l.position, g.id
"""


_OPEN_KITS = """
SELECT sku_id, sum(quantity - gone - cancelled) FROM (
    SELECT k.id, k.sku_id, k.quantity, min(g.gone / l.per_kit) AS gone, min(g.cancelled / l.per_kit) AS cancelled
    FROM orders_kitline k
    JOIN orders_order o ON o.tenant_id = k.tenant_id AND o.id = k.order_id AND o.channel_id = %(channel)s AND o.closed_at IS NULL
    JOIN orders_orderline l ON l.tenant_id = k.tenant_id AND l.kit_id = k.id
    CROSS JOIN LATERAL (SELECT coalesce(sum(g.quantity) FILTER (WHERE g.state = ANY(%(gone)s::text[])), 0) AS gone,
                               coalesce(sum(g.quantity) FILTER (WHERE g.state = 'CANCELLED'), 0) AS cancelled
                        FROM orders_unitgroup g WHERE g.tenant_id = l.tenant_id AND g.line_id = l.id) g
    WHERE k.tenant_id = %(tenant)s AND k.sku_id = ANY(%(skus)s::uuid[])
    GROUP BY k.id, k.sku_id, k.quantity
) kit GROUP BY sku_id HAVING sum(quantity - gone - cancelled) > 0
"""
_CHANNELS = """
SELECT code, id, currency FROM orders_saleschannel WHERE tenant_id = %(tenant)s AND code = ANY(%(codes)s::text[])
"""


_SUMMARY = (
    "number",
    "channel_id",
    "external_id",
    "external_number",
    "kind",
    "method",
    "status",
    "payment_state",
    "priority",
    "currency",
    "total",
    "units",
    "country",
    "postcode",
    "city",
    "tags",
    "placed_at",
    "received_at",
    "promised_at",
    "ship_by",
    "closed_at",
    "updated_at",
)


def orders() -> QuerySet[Order]:
    """Every order with its channel, newest first."""
    return Order.objects.select_related("channel").order_by("-received_at", "-pk")


def summaries(order_ids: Collection[UUID]) -> dict[UUID, Order]:
    """What a list of orders tells of each, with its channel, by id; what else an order has is read when it is asked for."""
    rows = read_rows(Order, "id = ANY(%(orders)s::uuid[])", {"orders": list(order_ids)}, names=_SUMMARY)
    sold_by = list({row.channel_id for row in rows})
    by_id = {row.pk: row for row in read_rows(SalesChannel, "id = ANY(%(ids)s::uuid[])", {"ids": sold_by})}
    for row in rows:
        row.channel = by_id[row.channel_id]
    return {row.pk: row for row in rows}


def get_order(order_id: UUID) -> Order:
    """One order with its channel and place of collection. Raises OrderNotFound."""
    found = orders().select_related("collect_location").filter(pk=order_id).first()
    if found is None:
        raise OrderNotFound
    return found


def known_orders(*, channel_id: UUID, external_ids: Collection[str]) -> dict[str, Order]:
    """The orders of a channel that were accepted already, by the channel's own id."""
    rows = Order.objects.filter(channel_id=channel_id, external_id__in=external_ids)
    return {row.external_id: row for row in rows.order_by("pk")}


def unit_groups(order_ids: Iterable[UUID]) -> QuerySet[UnitGroup]:
    """The unit groups of orders with SKU and location, by order and line."""
    rows = UnitGroup.objects.select_related("sku", "location", "line__kit__sku").filter(order_id__in=list(order_ids))
    return rows.order_by("order_id", "line__position", "pk")


def groups_by_id(group_ids: Iterable[UUID]) -> QuerySet[UnitGroup]:
    """Those of the unit groups that exist, with their orders."""
    return UnitGroup.objects.select_related("order").filter(pk__in=list(group_ids)).order_by("pk")


def views_of(order_ids: Iterable[UUID]) -> dict[UUID, StockView | None]:
    """The stock view that the channel of each order sells from, None for channels without one."""
    rows = Order.objects.select_related("channel__stock_view").filter(pk__in=list(order_ids))
    return {row.pk: row.channel.stock_view for row in rows}


def orders_to_route(limit: int) -> list[UUID]:
    """Orders with units that nobody has routed, the most urgent first."""
    pending = UnitGroup.objects.filter(state=UnitState.PENDING).order_by(
        "-order__priority", "order__received_at", "order_id"
    )
    return list(dict.fromkeys(pending.values_list("order_id", flat=True)[: limit * 4]))[:limit]


def orders_waiting_for(
    sku_ids: Collection[UUID], states: Collection[str], *, limit: int, after: UUID | None = None
) -> list[UUID]:
    """Orders with units of these SKUs in one of the states, the most urgent first, or those that follow one of them."""
    waiting = UnitGroup.objects.filter(state__in=list(states), sku_id__in=list(sku_ids))
    if after is not None:
        last = Order.objects.only("priority", "received_at").get(pk=after)
        same = Q(order__priority=last.priority)
        later = Q(order__received_at__gt=last.received_at) | Q(order__received_at=last.received_at, order_id__gt=after)
        waiting = waiting.filter(Q(order__priority__lt=last.priority) | (same & later))
    ordered = waiting.order_by("-order__priority", "order__received_at", "order_id")
    rows = ordered.values_list("order_id", "order__priority", "order__received_at").distinct()
    return [order_id for order_id, _priority, _received_at in rows[:limit]]


def units_to_route(order_ids: Iterable[UUID], states: Collection[str]) -> list[UnitsToRoute]:
    """Units of these orders in one of the states, by order and line; plain rows, because routing reads thousands."""
    rows = select(_UNITS_TO_ROUTE, {"orders": list(order_ids), "states": list(states)})
    return [UnitsToRoute._make(row) for row in rows]


def open_units_of_channel(*, channel_id: UUID, sku_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many units of each SKU the channel has sold that have neither left nor been cancelled; of a kit, whole ones."""
    rows = UnitGroup.objects.filter(
        order__channel_id=channel_id, sku_id__in=list(sku_ids), line__kit=None, state__in=list(OPEN)
    ).order_by()
    units = {row["sku_id"]: row["units"] for row in rows.values("sku_id").annotate(units=Sum("quantity"))}
    gone = [str(state) for state in GONE]
    kits = select(_OPEN_KITS, {"channel": channel_id, "skus": list(sku_ids), "gone": gone})
    return units | {sku_id: int(open_units) for sku_id, open_units in kits}


def holds_of(order_id: UUID) -> QuerySet[Hold]:
    """The order's holds, open ones first."""
    return Hold.objects.filter(order_id=order_id).order_by("released_at", "created_at", "pk")


def payloads_of(order_id: UUID) -> QuerySet[OrderPayload]:
    """What the channel sent for the order, newest first."""
    return OrderPayload.objects.filter(order_id=order_id).order_by("-received_at", "-pk")


def channels() -> QuerySet[SalesChannel]:
    """Every sales channel with its stock view, in the order of creation."""
    return SalesChannel.objects.select_related("stock_view").order_by("position", "pk")


def channels_by_code(codes: Iterable[str]) -> dict[str, tuple[UUID, str]]:
    """Id and currency of the channels that exist, by code."""
    return {code: (pk, currency) for code, pk, currency in select(_CHANNELS, {"codes": list(set(codes))})}


def get_channel(*, channel_id: UUID | None = None, code: str = "") -> SalesChannel:
    """One channel by id or by code. Raises NotFound."""
    rows = channels().filter(pk=channel_id) if channel_id else channels().filter(code=code)
    found = rows.first()
    if found is None:
        raise NotFound(_("There is no such channel."))
    return found
