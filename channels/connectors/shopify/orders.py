"""Read orders in two steps: which changed, then their details in groups that the cost limit allows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.connectors.errors import ConnectorError, contract_error
from channels.connectors.reading import required_moment
from channels.connectors.shopify import queries
from channels.connectors.shopify.client import TOO_COSTLY, Client
from channels.connectors.shopify.mapping import map_order, shipped_is_unclear
from channels.connectors.types import ChannelOrder, OrderPage, UnmappableOrder

_HEADERS = 50
_GROUP, _LINES = 3, 10
_FEWEST_LINES = 5
_MOST_COST, _MOST_GROUP = 900.0, 20
_PARCEL_LINES = 100
_READ = "orders.read"
_SENT = frozenset({"SUCCESS", "OPEN", "PENDING"})
_Record = Mapping[str, Any]

_fitting: dict[str, tuple[int, int]] = {}  # per shop: how many orders, with how many lines, one query may ask
# The windows of polls overlap and details are dear: what was read this long after its last change is not asked again.
# Before that it is: Shopify tells changes to the second, and an order may change twice in one.
_SETTLES = timedelta(seconds=30)
_settled: dict[tuple[str, str, str], dict[str, tuple[datetime, ChannelOrder | UnmappableOrder]]] = {}


def changed(client: Client, *, since: datetime, until: datetime, cursor: str | None) -> OrderPage:
    """One page of the orders changed in the window, oldest change first."""
    found = client.run(
        "orders.changed",
        queries.CHANGED_ORDERS,
        {"first": _HEADERS, "after": cursor, "query": f"updated_at:>='{_zulu(since)}' updated_at:<'{_zulu(until)}'"},
    ).get("orders")
    if not isinstance(found, Mapping) or not isinstance(found.get("pageInfo"), Mapping):
        raise contract_error("Shopify answered no list of orders.", found)
    times = {str(each["id"]): required_moment(each, "updatedAt") for each in found.get("nodes", [])}
    info = found["pageInfo"]
    following = info.get("endCursor") if info.get("hasNextPage") else None
    return OrderPage(orders=tuple(_read_changed(client, times, since, until)), next_cursor=following)


def _read_changed(
    client: Client, times: Mapping[str, datetime], since: datetime, until: datetime
) -> list[ChannelOrder | UnmappableOrder]:
    """These orders, in their order; those that had settled when they were read last are not asked again."""
    kept = {
        order_id: (at, order)
        for order_id, (at, order) in _settled.get(client.credentials, {}).items()
        if at >= since and times.get(order_id, at) == at
    }
    fresh = {each.external_id: each for each in read(client, [order_id for order_id in times if order_id not in kept])}
    settled = {
        order_id: (times[order_id], each) for order_id, each in fresh.items() if times[order_id] < until - _SETTLES
    }
    _settled[client.credentials] = kept | settled
    known = {order_id: order for order_id, (_at, order) in kept.items()} | fresh
    return [known[order_id] for order_id in times if order_id in known]


def read(client: Client, ids: Sequence[str]) -> list[ChannelOrder | UnmappableOrder]:
    """These orders as they are now; those that are gone are left out."""
    bodies: list[_Record] = []
    waiting = list(ids)
    while waiting:
        group, lines = _fitting.get(client.root, (_GROUP, _LINES))
        batch = waiting[:group]
        try:
            bodies += _details(client, batch, lines)
        except ConnectorError as failure:
            if failure.code != TOO_COSTLY:
                raise
            _fitting[client.root] = _smaller(len(batch), lines, failure)
            continue
        _fitting[client.root] = _fitted(client.cost(_READ) / len(batch), group), lines
        waiting = waiting[len(batch) :]
    return [_map(client, body, _fitting.get(client.root, (_GROUP, _LINES))[1]) for body in bodies]


def parcel_lines(client: Client, parcel_id: str) -> dict[str, int]:
    """Units per order line in one parcel."""
    units: dict[str, int] = {}
    variables = {"id": parcel_id, "first": _PARCEL_LINES}
    for each in client.pages("parcels.lines", queries.PARCEL_LINES, variables, "node", "fulfillmentLineItems"):
        line_id = str(each["lineItem"]["id"])
        units[line_id] = units.get(line_id, 0) + int(each.get("quantity") or 0)
    return units


def parcels(client: Client, order_id: str) -> tuple[_Record | None, list[_Record]]:
    """The order's head and the parcels that count."""
    order = client.run("parcels", queries.PARCELS, {"id": order_id}).get("order")
    if not isinstance(order, Mapping):
        return None, []
    return order, [each for each in order.get("fulfillments", []) if each.get("status") in _SENT]


def _details(client: Client, ids: Sequence[str], lines: int) -> list[_Record]:
    found = client.run(_READ, queries.ORDERS, {"ids": list(ids), "lines": lines}).get("nodes")
    if not isinstance(found, list) or len(found) != len(ids):
        raise contract_error("Shopify answered another number of orders than asked.", found)
    return [each for each in found if isinstance(each, Mapping) and each.get("id")]


def _fitted(cost_of_one: float, group: int) -> int:
    """As many orders as a query may cost; Shopify tells the cost with each answer."""
    return min(max(int(_MOST_COST / cost_of_one), 1), _MOST_GROUP) if cost_of_one > 0 else group


def _smaller(group: int, lines: int, failure: ConnectorError) -> tuple[int, int]:
    if group > 1:
        return group // 2, lines
    if lines > _FEWEST_LINES:
        return 1, max(lines // 2, _FEWEST_LINES)
    raise failure


def _map(client: Client, body: _Record, lines: int) -> ChannelOrder | UnmappableOrder:
    whole = _with_all_lines(client, body, lines)
    if not shipped_is_unclear(whole):
        return map_order(whole)
    units: dict[str, int] = {}
    for parcel in parcels(client, str(whole["id"]))[1]:
        for line_id, quantity in parcel_lines(client, str(parcel["id"])).items():
            units[line_id] = units.get(line_id, 0) + quantity
    return map_order(whole, units)


def _with_all_lines(client: Client, body: _Record, lines: int) -> _Record:
    """A long order's further lines, page by page."""
    first = body.get("lineItems")
    info = first.get("pageInfo") if isinstance(first, Mapping) else None
    if not isinstance(first, Mapping) or not isinstance(info, Mapping) or not info.get("hasNextPage"):
        return body
    variables = {"id": body["id"], "lines": lines}
    every = list(client.pages("orders.lines", queries.MORE_LINES, variables, "order", "lineItems"))
    return {**body, "lineItems": {**first, "nodes": every, "pageInfo": {"hasNextPage": False, "endCursor": None}}}


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
