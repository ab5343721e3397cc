"""The room's invariants."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from oms.events.invariants import always

always(
    "orders.units",
    _("The unit groups of a line sum to the ordered quantity."),
    over="orders_orderline",
    row="l",
    sql="""
    SELECT l.tenant_id, 'line ' || l.id || ': ordered ' || l.quantity || ', units ' || coalesce(sum(g.quantity), 0)
    FROM orders_orderline l LEFT JOIN orders_unitgroup g ON g.tenant_id = l.tenant_id AND g.line_id = l.id
    WHERE {rows} GROUP BY l.tenant_id, l.id, l.quantity HAVING coalesce(sum(g.quantity), 0) <> l.quantity
    """,
)
always(
    "orders.reserved",
    _(
        "Units that a location prepares are reserved to the unit, at that location; held and waiting ones never more than they are."
    ),
    over="orders_unitgroup",
    row="g",
    sql="""
    SELECT g.tenant_id, 'units ' || g.id || ' ' || g.state || ': ' || g.quantity || ', reserved ' || coalesce(r.units, 0)
    FROM orders_unitgroup g
    CROSS JOIN LATERAL (SELECT sum(r.quantity) AS units, count(DISTINCT l.location_id) AS places, min(l.location_id::text) AS place
                        FROM inventory_reservation r JOIN inventory_stocklevel l ON l.tenant_id = r.tenant_id AND l.id = r.level_id
                        WHERE r.tenant_id = g.tenant_id AND r.holder_id = g.id AND r.state IN ('SOFT', 'HARD', 'FIRM')) r
    WHERE {rows} AND ((g.state IN ('ASSIGNED', 'PICKED', 'PACKED', 'READY')
             AND (coalesce(r.units, 0) <> g.quantity OR r.places <> 1 OR r.place <> g.location_id::text))
       OR (g.state = 'HELD' AND coalesce(r.units, 0) <> g.quantity AND NOT (g.reason = 'NO_STOCK' AND coalesce(r.units, 0) < g.quantity))
       OR (g.state IN ('PARKED', 'BACKORDERED') AND g.reason = '')
       OR (g.state = 'PARKED' AND coalesce(r.units, 0) <> 0)
       OR (g.state = 'BACKORDERED' AND coalesce(r.units, 0) > g.quantity)
       OR (g.state IN ('SHIPPED', 'DELIVERED', 'COLLECTED', 'CANCELLED', 'RETURNED') AND coalesce(r.units, 0) <> 0)
       OR (g.state = 'PENDING' AND g.changed_at < now() - interval '5 minutes'))
    """,
)
always(
    "orders.once",
    _("A channel's order exists once."),
    over="orders_order",
    row="o",
    sql="""
    SELECT o.tenant_id, o.channel_id || ' ' || o.external_id FROM orders_order o
    WHERE {rows} AND EXISTS (SELECT 1 FROM orders_order d WHERE d.tenant_id = o.tenant_id AND d.channel_id = o.channel_id
                             AND d.external_id = o.external_id AND d.id <> o.id)
    """,
)
# To the cent, as money is rounded at the line.
_NET = "round({row}.unit_price * {row}.quantity - {row}.discount, 2)"
always(
    "orders.kits",
    _("The parts of a kit are so many for each kit, and cost and are taxed together what the kit is."),
    over="orders_kitline",
    row="k",
    sql=f"""
    SELECT k.tenant_id, 'kit ' || k.id || ': ' || {_NET.format(row="k")} || ' and tax ' || k.tax || ', its parts ' || coalesce(p.net, 0)
           || ' and ' || coalesce(p.tax, 0)
    FROM orders_kitline k
    CROSS JOIN LATERAL (SELECT count(*) AS parts, sum({_NET.format(row="l")}) AS net, sum(l.tax) AS tax,
                               bool_or(l.quantity <> k.quantity * l.per_kit OR l.order_id <> k.order_id) AS wrong
                        FROM orders_orderline l WHERE l.tenant_id = k.tenant_id AND l.kit_id = k.id) p
    WHERE {{rows}} AND (p.parts = 0 OR p.wrong OR p.net <> {_NET.format(row="k")} OR p.tax <> k.tax)
    """,
)
