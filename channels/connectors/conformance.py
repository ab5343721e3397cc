"""Try a connector against its contract: the same checks for every channel.

A package gives a `Bench` over a shop it can play with (a simulator, a sandbox) and asks `run(bench)` for the problems;
none means that the framework can rely on the connector. `declaration_problems` needs no shop.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from channels.connectors.base import Connector, needed_capabilities
from channels.connectors.enums import CancelReason, Capability, ErrorKind, FieldKind
from channels.connectors.errors import CapabilityMissingError, ConnectorError
from channels.connectors.types import (
    CancellationPush,
    ChannelOrder,
    CommandResult,
    Listing,
    PushedLine,
    RefundLine,
    RefundPush,
    ShipmentPush,
    StockPush,
    UnmappableOrder,
)

_KIND = re.compile(r"[a-z][a-z0-9_]*")
_MOST_PAGES = 200
_ROUNDS = 12  # orders per SKU, so that a pass has more than one page
_PASSING_FAULTS = ("too_many", "server_error", "html", "empty", "truncated", "broken")


class Bench(Protocol):
    """A shop to play with, seen from the other side of the wire. SKUs are in stock and mapped."""

    skus: tuple[str, ...]

    def connector(self, *, wrong_credentials: bool = False) -> Connector: ...

    def place(self, lines: Mapping[str, int]) -> str:
        """A paid order for delivery; the channel's own id."""

    def stock(self, sku: str) -> int:
        """What the shop would sell."""

    def parcels(self, external_id: str) -> int:
        """How many parcels the shop knows for an order."""

    def refunds(self, external_id: str) -> int:
        """How many refunds the shop knows for an order."""

    def fault(self, kind: str, *, times: int = 1, writes_only: bool = False) -> None:
        """Something goes wrong with the next requests; see channels.simulators.faults for the kinds."""

    def delivery(self, external_id: str) -> tuple[dict[str, str], bytes, str]:
        """Headers, body and secret of a message about an order."""


def declaration_problems(connector: type[Connector]) -> Iterator[str]:
    """What is wrong with the class itself."""
    if not _KIND.fullmatch(connector.kind):
        yield f"kind {connector.kind!r} is not a lower-case word"
    if not connector.label:
        yield "there is no label"
    if connector.max_stock_batch < 1:
        yield "max_stock_batch is below 1"
    if connector.max_shipment_batch < 1:
        yield "max_shipment_batch is below 1"
    names = [each.name for each in connector.settings_schema]
    if len(names) != len(set(names)):
        yield "two settings have the same name"
    for each in connector.settings_schema:
        if each.kind is not FieldKind.SECRET and re.search(r"secret|token|password", each.name):
            yield f"the setting {each.name} looks like a secret and is not one"
    for method, capability in needed_capabilities().items():
        overrides = getattr(connector, method) is not getattr(Connector, method)
        if overrides != (capability in connector.capabilities):
            yield f"{method} and the declaration of {capability} do not agree"


def run(bench: Bench) -> list[str]:
    """Every problem found, each as a sentence. The shop is changed by it."""
    problems = []
    with bench.connector() as connector:
        for check in _CHECKS:
            name = check.__name__.removeprefix("_").replace("_", " ")
            problems += [f"{name}: {problem}" for problem in check(bench, connector)]
    return problems


def _declaration(_: Bench, connector: Connector) -> Iterator[str]:
    yield from declaration_problems(type(connector))


def _undeclared(_: Bench, connector: Connector) -> Iterator[str]:
    for method, capability in needed_capabilities().items():
        if capability in connector.capabilities:
            continue
        try:
            getattr(connector, method)(None)
        except CapabilityMissingError:
            continue
        except (ConnectorError, TypeError) as other:
            yield f"{method} raises {other!r}"
        else:
            yield f"{method} does something though {capability} is not declared"


def _pull(bench: Bench, connector: Connector) -> Iterator[str]:
    placed = {bench.place({sku: 1 + place % 2}) for place, sku in enumerate(bench.skus * _ROUNDS)}
    found = _pass(connector)
    missing = placed - {each.external_id for each in found}
    if missing:
        yield f"{len(missing)} of {len(placed)} orders are missing from a pass"
    for each in found:
        if isinstance(each, UnmappableOrder):
            yield f"{each.external_id} cannot be mapped: {each.reason}"
        else:
            yield from _order_problems(each)
    again = {each.external_id: each for each in _pass(connector)}
    for each in found[:5]:
        yield from _same_content(each, again.get(each.external_id), "a second pass")
        yield from _same_content(each, connector.order(each.external_id), "order()")


def _unknown_order(bench: Bench, connector: Connector) -> Iterator[str]:
    known = bench.place({bench.skus[0]: 1})
    number = re.search(r"\d+$", known)
    missing = known[: number.start()] + "987654321" if number else "987654321"
    if connector.order(missing) is not None:
        yield "order() answers something for an order that does not exist"
    try:
        connector.push_shipment(_shipment(missing, {"1": 1}, "gone"))
    except ConnectorError as failure:
        if failure.kind is not ErrorKind.GONE:
            yield f"a shipment of an order that does not exist is {failure.kind}, not GONE"
    else:
        yield "a shipment of an order that does not exist is accepted"


def _stock(bench: Bench, connector: Connector) -> Iterator[str]:
    listings = {each.sku: each for each in _listings(connector)}
    unlisted = [sku for sku in bench.skus if sku not in listings]
    if unlisted:
        yield f"not listed: {unlisted}"
        return
    levels = [StockPush(listing=listings[sku], quantity=7 + place) for place, sku in enumerate(bench.skus)]
    unknown = Listing(external_id="987654321", sku="?", product_id="987654321", inventory_id=_like(levels[0].listing))
    below = StockPush(listing=levels[0].listing, quantity=-1)
    mixed = [*levels[:1], StockPush(listing=unknown, quantity=1), *levels[1:]]
    results = connector.push_stock(mixed, key="conformance-1")
    if [each.listing for each in results] != [each.listing for each in mixed]:
        yield "the results are not in the order of the levels"
    if [each.accepted for each in results] != [each.listing is not unknown for each in mixed]:
        yield "a wrong listing among right ones is not told apart"
    for level in levels:
        if bench.stock(level.listing.sku) != level.quantity:
            yield f"{level.listing.sku} has {bench.stock(level.listing.sku)} in the shop, not {level.quantity}"
    if any(each.accepted for each in connector.push_stock([below])):
        yield "a stock below zero is accepted"
    if Capability.READ_STOCK in connector.capabilities:
        read = connector.read_stock([each.listing for each in levels])
        if [each.quantity for each in read] != [each.quantity for each in levels]:
            yield f"read_stock answers {[each.quantity for each in read]}"


def _shipment_once(bench: Bench, connector: Connector) -> Iterator[str]:
    order_id, lines = _ordered(bench, connector)
    shipment = _shipment(order_id, lines, "once")
    first, second = connector.push_shipment(shipment), connector.push_shipment(shipment)
    if first.repeated or not second.repeated:
        yield f"repeated is {first.repeated}, then {second.repeated}"
    if bench.parcels(order_id) != 1:
        yield f"the shop has {bench.parcels(order_id)} parcels"
    order = connector.order(order_id)
    if isinstance(order, ChannelOrder) and any(each.quantity_shipped != each.quantity for each in order.lines):
        yield "the order read back is not shipped"


def _shipment_after_lost_answer(bench: Bench, connector: Connector) -> Iterator[str]:
    order_id, lines = _ordered(bench, connector)
    shipment = _shipment(order_id, lines, "lost")
    bench.fault("after_error", writes_only=True)
    try:
        connector.push_shipment(shipment)
    except ConnectorError as failure:
        if not failure.outcome_unknown or failure.permanent:
            yield "a lost answer to a write is not told as an unknown outcome to retry"
    else:
        yield "a lost answer is taken for success"
    connector.push_shipment(shipment)
    if bench.parcels(order_id) != 1:
        yield f"the shop has {bench.parcels(order_id)} parcels"


def _shipments_together(bench: Bench, connector: Connector) -> Iterator[str]:
    """Two parcels of one order, the parcel of another, and one of an order that is not there, then all again."""
    order_id, lines = _ordered(bench, connector)
    parts = [_shipment(order_id, {line: units}, f"part-{line}") for line, units in lines.items()]
    other_id, other_lines = _ordered(bench, connector)
    shipments = [*parts, _shipment(other_id, other_lines, "other"), replace(parts[0], order_id="987654321", key="lost")]
    size = connector.max_shipment_batch
    for repeated in (False, True):
        results = [
            result
            for start in range(0, len(shipments), size)
            for result in connector.push_shipments(shipments[start : start + size])
        ]
        *good, lost = results
        if [isinstance(each, CommandResult) and each.repeated for each in good] != [repeated] * len(good):
            yield f"the results of parcels that were {'sent before' if repeated else 'new'} are {good}"
        if not isinstance(lost, ConnectorError):
            yield "a parcel of an unknown order is not told apart"
        if (bench.parcels(order_id), bench.parcels(other_id)) != (len(parts), 1):
            yield f"the shop has {bench.parcels(order_id)} and {bench.parcels(other_id)} parcels"


def _cancellation_once(bench: Bench, connector: Connector) -> Iterator[str]:
    order_id, _ = _ordered(bench, connector)
    push = CancellationPush(order_id=order_id, key="cancel", reason=CancelReason.NO_STOCK)
    first, second = connector.push_cancellation(push), connector.push_cancellation(push)
    if first.repeated or not second.repeated:
        yield f"repeated is {first.repeated}, then {second.repeated}"
    order = connector.order(order_id)
    if not isinstance(order, ChannelOrder) or any(each.quantity_due for each in order.lines):
        yield "the order read back is not cancelled"


def _refund_once(bench: Bench, connector: Connector) -> Iterator[str]:
    order_id, _ = _ordered(bench, connector)
    order = connector.order(order_id)
    if not isinstance(order, ChannelOrder):
        yield "the order cannot be read"
        return
    line = order.lines[0]
    lines = (RefundLine(line_id=line.external_id, quantity=line.quantity, net=line.total_net, tax=line.total_tax),)
    push = RefundPush(order_id=order_id, key="refund", currency=order.currency, amount=line.total_gross, lines=lines)
    before = bench.stock(line.sku)
    first, second = connector.push_refund(push), connector.push_refund(push)
    if first.repeated or not second.repeated or bench.refunds(order_id) != 1:
        yield f"repeated is {first.repeated}, then {second.repeated}; the shop has {bench.refunds(order_id)} refunds"
    if bench.stock(line.sku) != before:
        yield "the refund changed the stock"


def _passing_faults(bench: Bench, connector: Connector) -> Iterator[str]:
    for kind in _PASSING_FAULTS:
        bench.fault(kind)
        try:
            _page(connector)
        except ConnectorError as failure:
            if failure.kind is not ErrorKind.TRANSIENT or failure.permanent:
                yield f"{kind} is {failure.kind}, permanent {failure.permanent}"
            if kind == "too_many" and failure.retry_after is None:
                yield "the wait the shop asks for is not told"
            if failure.outcome_unknown:
                yield f"{kind} while reading is told as an unknown outcome"
        else:
            yield f"{kind} goes unnoticed"
        _page(connector)


def _wrong_credentials(bench: Bench, _: Connector) -> Iterator[str]:
    with bench.connector(wrong_credentials=True) as connector:
        try:
            connector.check()
            _page(connector)
        except ConnectorError as failure:
            if failure.kind is not ErrorKind.AUTH or not failure.permanent:
                yield f"wrong credentials are {failure.kind}, permanent {failure.permanent}"
        else:
            yield "wrong credentials are accepted"


def _webhook(bench: Bench, connector: Connector) -> Iterator[str]:
    order_id = bench.place({bench.skus[0]: 1})
    headers, body, secret = bench.delivery(order_id)
    event = connector.verify_webhook(headers, body, ["a newer secret", secret])
    if event.external_id != order_id or not event.delivery_id:
        yield f"the message names {event.external_id!r} with key {event.delivery_id!r}"
    for what, changed, secrets in (
        ("another body", body + b" ", [secret]),
        ("no secret", body, []),
        ("a wrong one", body, ["x"]),
    ):
        try:
            connector.verify_webhook(headers, changed, secrets)
        except ConnectorError as failure:
            if failure.kind is not ErrorKind.AUTH:
                yield f"{what} is {failure.kind}"
        else:
            yield f"{what} passes"


_CHECKS: tuple[Callable[[Bench, Connector], Iterator[str]], ...] = (
    _declaration,
    _undeclared,
    _pull,
    _unknown_order,
    _stock,
    _shipment_once,
    _shipment_after_lost_answer,
    _shipments_together,
    _cancellation_once,
    _refund_once,
    _passing_faults,
    _wrong_credentials,
    _webhook,
)


def _pass(connector: Connector) -> list[ChannelOrder | UnmappableOrder]:
    now = datetime.now(tz=UTC)
    since, until = now - timedelta(days=1), now + timedelta(seconds=5)
    page = connector.orders_changed(since=since, until=until)
    found = list(page.orders)
    for _ in range(_MOST_PAGES):
        if page.next_cursor is None:
            break
        page = connector.orders_changed(since=since, until=until, cursor=page.next_cursor)
        found += page.orders
    return found


def _page(connector: Connector) -> None:
    """A short read: nothing changed that long ago."""
    then = datetime.now(tz=UTC) - timedelta(days=400)
    connector.orders_changed(since=then, until=then + timedelta(hours=1))


def _listings(connector: Connector) -> Iterator[Listing]:
    page = connector.listings()
    yield from page.listings
    while page.next_cursor is not None:
        page = connector.listings(page.next_cursor)
        yield from page.listings


def _ordered(bench: Bench, connector: Connector) -> tuple[str, dict[str, int]]:
    order_id = bench.place({bench.skus[0]: 2, bench.skus[1]: 1})
    order = connector.order(order_id)
    lines = order.lines if isinstance(order, ChannelOrder) else ()
    return order_id, {each.external_id: each.quantity for each in lines}


def _shipment(order_id: str, lines: Mapping[str, int], key: str) -> ShipmentPush:
    return ShipmentPush(
        order_id=order_id,
        key=key,
        lines=tuple(PushedLine(line_id=line_id, quantity=units) for line_id, units in lines.items()),
        carrier="Colissimo",
        tracking_number=f"6A-{key}",
    )


def _order_problems(order: ChannelOrder) -> Iterator[str]:
    parts = sum((each.total_gross for each in order.lines), Decimal(0))
    parts += sum((each.total_gross for each in order.charges), Decimal(0))
    if parts != order.total_gross or order.total_net + order.total_tax != order.total_gross:
        yield f"{order.external_id} does not add up: {parts}, {order.total_gross}"
    if any(moment.utcoffset() != timedelta(0) for moment in (order.placed_at, order.updated_at)):
        yield f"{order.external_id} has a time that is not in UTC"
    if not order.raw:
        yield f"{order.external_id} has lost its payload"


def _same_content(one: ChannelOrder | UnmappableOrder, other: object, where: str) -> Iterator[str]:
    if not isinstance(one, ChannelOrder) or not isinstance(other, ChannelOrder):
        yield f"{one.external_id} is not read by {where}"
    elif one.content_hash() != other.content_hash():
        yield f"{one.external_id} differs in {where}"


def _like(listing: Listing) -> str:
    """An inventory id of the same form that does not exist."""
    return re.sub(r"\d+$", "987654321", listing.inventory_id)
