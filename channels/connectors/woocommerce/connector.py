"""WooCommerce behind the contract: joins the calls with their meaning."""

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from channels.connectors.base import Connector
from channels.connectors.enums import Capability, ErrorKind, StockSemantics
from channels.connectors.errors import CapabilityMissingError, ConnectorError
from channels.connectors.http import NOT_JSON
from channels.connectors.reading import text
from channels.connectors.types import (
    CancellationPush,
    ChannelOrder,
    CheckReport,
    CommandResult,
    Listing,
    ListingPage,
    OrderPage,
    PushResult,
    ReadyPush,
    RefundPush,
    ShipmentPush,
    StockPush,
    StockReading,
    UnmappableOrder,
    WebhookEvent,
)
from channels.connectors.wiring import Wiring
from channels.connectors.woocommerce import commands, webhooks
from channels.connectors.woocommerce.client import MAX_PAGE_SIZE, PAGE_SIZE, Client
from channels.connectors.woocommerce.config import SCHEMA, Config
from channels.connectors.woocommerce.listing_mapping import VARIABLE, is_sold_directly, listing, quantity_of
from channels.connectors.woocommerce.mapping import has_refunds, map_order
from channels.connectors.woocommerce.paging import PageCursor
from channels.connectors.woocommerce.shipments import push_together
from channels.connectors.woocommerce.stock import push_levels

_LISTING_FIELDS = "id,name,sku,type,parent_id,manage_stock,stock_quantity,global_unique_id,attributes"
_HOLDS_STOCK = frozenset({"on-hold", "processing"})


class WooCommerce(Connector):
    kind = "woocommerce"
    label = "WooCommerce"
    capabilities = frozenset(
        {
            Capability.PULL_ORDERS,
            Capability.LISTINGS,
            Capability.PUSH_STOCK,
            Capability.READ_STOCK,
            Capability.PUSH_SHIPMENT,
            Capability.PUSH_READY,
            Capability.PUSH_CANCELLATION,
            Capability.PUSH_REFUND,
            Capability.WEBHOOKS,
        }
    )
    stock_semantics = StockSemantics.AVAILABLE
    settings_schema = SCHEMA
    max_stock_batch = MAX_PAGE_SIZE
    max_shipment_batch = 25  # each also has a note to write

    def __init__(self, config: Config, client: Client) -> None:
        self._config = config
        self._client = client

    @classmethod
    def connect(cls, settings: Mapping[str, Any], wiring: Wiring | None = None) -> Self:
        config = Config.parse(settings)
        return cls(config, Client(config, wiring or Wiring()))

    def close(self) -> None:
        self._client.close()

    def check(self) -> CheckReport:
        site = self._site()
        self._client.orders({"per_page": "1", "_fields": "id"})
        self._client.require_write()
        notices = []
        if self._config.url.startswith("http:"):
            notices.append("The shop is called without encryption: requests are signed, but can be read on the way.")
        return CheckReport(
            shop_name=text(site, "name"),
            currency=self._client.currency(),
            time_zone=text(site, "timezone_string"),
            notices=tuple(notices),
        )

    def orders_changed(self, *, since: datetime, until: datetime, cursor: str | None = None) -> OrderPage:
        at = PageCursor.parse(cursor)
        bodies, total = self._client.orders(_window(since, until) | at.query | {"per_page": str(PAGE_SIZE)})
        following = at.after(rows=len(bodies), total=total, size=PAGE_SIZE)
        return OrderPage(
            orders=tuple(self._map(body) for body in bodies),
            next_cursor=None if following is None else str(following),
        )

    def order(self, external_id: str) -> ChannelOrder | UnmappableOrder | None:
        body = self._client.order(external_id)
        return None if body is None else self._map(body)

    def listings(self, cursor: str | None = None) -> ListingPage:
        page = int(cursor or "1")
        products, total = self._client.products(_listing_query(page))
        found = [listing(each) for each in products if is_sold_directly(each)]
        for each in products:
            if each.get("type") == VARIABLE:
                found.extend(self._variations(text(each, "id")))
        last = page * MAX_PAGE_SIZE >= total or not products
        return ListingPage(listings=tuple(found), next_cursor=None if last else str(page + 1))

    def push_stock(self, levels: Sequence[StockPush], *, key: str = "") -> list[PushResult]:
        del key  # an absolute quantity may be set again without harm
        return push_levels(self._client, levels, manage_stock=self._config.manage_stock)

    def read_stock(self, listings: Sequence[Listing]) -> list[StockReading]:
        known: dict[str, int | None] = {}
        for parent_id, wanted in _by_parent(listings).items():
            for start in range(0, len(wanted), MAX_PAGE_SIZE):
                ids = ",".join(each.inventory_id for each in wanted[start : start + MAX_PAGE_SIZE])
                query = {"include": ids, "per_page": str(MAX_PAGE_SIZE), "_fields": _LISTING_FIELDS}
                products, _total = self._client.products(query, parent_id)
                known |= {text(each, "id"): quantity_of(each) for each in products}
        return [StockReading(listing=each, quantity=known.get(each.inventory_id)) for each in listings]

    def push_shipment(self, shipment: ShipmentPush) -> CommandResult:
        order = self._existing(shipment.order_id)
        repeated = any(each.get("key") == shipment.key for each in commands.parcels_of(order))
        if not repeated:
            _require_open(order)
            self._client.update_order(shipment.order_id, commands.shipment_update(order, shipment))
        self._note_once(
            shipment.order_id,
            commands.shipment_note(shipment),
            mark=shipment.tracking_number,
            for_customer=shipment.notify_customer,
        )
        return CommandResult(external_id=shipment.order_id, repeated=repeated)

    def push_shipments(self, shipments: Sequence[ShipmentPush]) -> list[CommandResult | ConnectorError]:
        return push_together(self._client, shipments, self.push_shipment)

    def push_ready(self, ready: ReadyPush) -> CommandResult:
        order = self._existing(ready.order_id)
        repeated = ready.key in commands.ready_keys(order)
        if not repeated:
            _require_open(order)
            self._client.update_order(ready.order_id, commands.ready_update(order, ready.key))
        self._note_once(ready.order_id, ready.message, mark=ready.message, for_customer=True)
        return CommandResult(external_id=ready.order_id, repeated=repeated)

    def push_cancellation(self, cancellation: CancellationPush) -> CommandResult:
        if cancellation.lines:
            raise CapabilityMissingError(self.kind, Capability.PARTIAL_CANCELLATION)
        order = self._existing(cancellation.order_id)
        status = text(order, "status")
        if status in {"cancelled", "trash"}:
            return CommandResult(external_id=cancellation.order_id, repeated=True)
        if status in {"completed", "refunded"}:
            raise _conflict(f"The order is {status} at the shop and can no longer be cancelled.", order)
        update = commands.cancellation_update(order, cancellation.key, cancellation.reason)
        self._client.update_order(cancellation.order_id, update)
        self._note_once(cancellation.order_id, cancellation.note, mark=cancellation.note, for_customer=False)
        return CommandResult(external_id=cancellation.order_id, stock_touched=status in _HOLDS_STOCK)

    def push_refund(self, refund: RefundPush) -> CommandResult:
        known = commands.refund_with_key(self._client.refunds(refund.order_id), refund.key)
        if known is not None:
            return CommandResult(external_id=text(known, "id"), repeated=True)
        order = self._existing(refund.order_id)
        made = self._client.create_refund(refund.order_id, commands.refund_body(order, refund))
        return CommandResult(external_id=text(made, "id"))

    @classmethod
    def verify_webhook(cls, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> WebhookEvent:
        return webhooks.verify(headers, body, secrets)

    def _site(self) -> Mapping[str, Any]:
        try:
            site = self._client.site()
        except ConnectorError as failure:
            if failure.kind is ErrorKind.AUTH:
                return {}  # some sites hide their index; the orders will tell whether the key is good
            if failure.kind is not ErrorKind.GONE and failure.code != NOT_JSON:
                raise
            raise ConnectorError(
                "There is no shop at this address: /wp-json/ does not answer. Check address and permalinks.",
                kind=ErrorKind.VALIDATION,
            ) from failure
        if "wc/v3" not in (site.get("namespaces") or ()):
            raise ConnectorError("WooCommerce is not active on this site.", kind=ErrorKind.VALIDATION)
        home = text(site, "home").rstrip("/")
        if self._config.url.startswith("http:") and home and _place(home) != _place(self._config.url):
            raise ConnectorError(
                f"The shop's own address is {home}: enter exactly that, it is part of the signature.",
                kind=ErrorKind.VALIDATION,
            )
        return site

    def _map(self, body: Mapping[str, Any]) -> ChannelOrder | UnmappableOrder:
        refunds = self._client.refunds(text(body, "id")) if has_refunds(body) else []
        return map_order(body, refunds, self._config.reading)

    def _existing(self, order_id: str) -> Mapping[str, Any]:
        order = self._client.order(order_id)
        if order is None:
            raise ConnectorError(f"The shop no longer has order {order_id}.", kind=ErrorKind.GONE)
        return order

    def _variations(self, parent_id: str) -> Iterable[Listing]:
        page = 1
        while True:
            found, total = self._client.products(_listing_query(page), parent_id)
            yield from (listing(each, parent_id) for each in found)
            if page * MAX_PAGE_SIZE >= total or not found:
                return
            page += 1

    def _note_once(self, order_id: str, note: str, *, mark: str, for_customer: bool) -> None:
        """Write a note unless one with this mark is there: the order and its note are two calls."""
        if not note or any(mark in html.unescape(text(each, "note")) for each in self._client.notes(order_id)):
            return
        self._client.create_note(order_id, note, for_customer=for_customer)


def _place(url: str) -> str:
    """Host, port and path: WooCommerce signs with the scheme of the call."""
    return url.partition("://")[2]


def _window(since: datetime, until: datetime) -> dict[str, str]:
    """WooCommerce leaves both bounds out and counts in seconds, so the window is opened by one on each side."""
    after = since.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)
    before = datetime.fromtimestamp(math.ceil(until.timestamp()), tz=UTC)
    return {
        "modified_after": after.strftime("%Y-%m-%dT%H:%M:%S"),
        "modified_before": before.strftime("%Y-%m-%dT%H:%M:%S"),
        "dates_are_gmt": "true",
        "orderby": "id",
        "order": "asc",
    }


def _listing_query(page: int) -> dict[str, str]:
    return {
        "per_page": str(MAX_PAGE_SIZE),
        "page": str(page),
        "orderby": "id",
        "order": "asc",
        "_fields": _LISTING_FIELDS,
    }


def _by_parent(listings: Sequence[Listing]) -> dict[str, list[Listing]]:
    """Products under an empty key, variations under their parent."""
    found: dict[str, list[Listing]] = {}
    for each in listings:
        found.setdefault(each.product_id if each.variant_id else "", []).append(each)
    return found


def _require_open(order: Mapping[str, Any]) -> None:
    status = text(order, "status")
    if status in commands.CLOSED:
        raise _conflict(f"The order is {status} at the shop.", order)


def _conflict(message: str, order: Mapping[str, Any]) -> ConnectorError:
    return ConnectorError(message, kind=ErrorKind.CONFLICT, payload=dict(order))
