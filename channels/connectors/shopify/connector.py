"""Shopify behind the contract: joins the calls with their meaning."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from channels.connectors.base import Connector
from channels.connectors.enums import Capability, ErrorKind, StockSemantics
from channels.connectors.errors import ConnectorError, contract_error
from channels.connectors.shopify import orders, queries, refunds, shipping, stock, webhooks
from channels.connectors.shopify.client import Client
from channels.connectors.shopify.config import API_VERSION, SCHEMA, Config, gid
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

_LISTINGS = 100
_SCOPES = (
    "read_orders",
    "write_orders",
    "read_products",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
)


class Shopify(Connector):
    kind = "shopify"
    label = "Shopify"
    capabilities = frozenset(
        {
            Capability.PULL_ORDERS,
            Capability.LISTINGS,
            Capability.PUSH_STOCK,
            Capability.READ_STOCK,
            Capability.PUSH_SHIPMENT,
            Capability.PUSH_READY,
            Capability.PUSH_CANCELLATION,
            Capability.PARTIAL_CANCELLATION,
            Capability.PUSH_REFUND,
            Capability.WEBHOOKS,
        }
    )
    stock_semantics = StockSemantics.AVAILABLE
    settings_schema = SCHEMA
    max_stock_batch = stock.MAX_BATCH

    def __init__(self, config: Config, client: Client) -> None:
        self._config = config
        self._client = client
        self._location_id = config.location_id

    @classmethod
    def connect(cls, settings: Mapping[str, Any], wiring: Wiring | None = None) -> Self:
        config = Config.parse(settings)
        return cls(config, Client(config, wiring or Wiring()))

    @classmethod
    def webhook_secrets(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Shopify signs with the app's client secret."""
        own = str(settings.get("client_secret") or "")
        return (*super().webhook_secrets(settings), *([own] if own else []))

    def close(self) -> None:
        self._client.close()

    def check(self) -> CheckReport:
        data = self._client.run("shop", queries.SHOP, {})
        shop = data.get("shop")
        if not isinstance(shop, Mapping):
            raise contract_error("Shopify answered nothing about the shop.", data)
        return CheckReport(
            shop_name=str(shop.get("name") or ""),
            version=API_VERSION,
            currency=str(shop.get("currencyCode") or ""),
            time_zone=str(shop.get("ianaTimezone") or ""),
            notices=(*_missing_scopes(data), *self._location_notices(data)),
        )

    def orders_changed(self, *, since: datetime, until: datetime, cursor: str | None = None) -> OrderPage:
        return orders.changed(self._client, since=since, until=until, cursor=cursor)

    def order(self, external_id: str) -> ChannelOrder | UnmappableOrder | None:
        return next(iter(orders.read(self._client, [gid("Order", external_id)])), None)

    def listings(self, cursor: str | None = None) -> ListingPage:
        variables = {"first": _LISTINGS, "after": cursor}
        found = self._client.run("variants", queries.VARIANTS, variables).get("productVariants")
        if not isinstance(found, Mapping) or not isinstance(found.get("pageInfo"), Mapping):
            raise contract_error("Shopify answered no list of variants.", found)
        info = found["pageInfo"]
        return ListingPage(
            listings=tuple(stock.listing(each) for each in found.get("nodes", [])),
            next_cursor=info.get("endCursor") if info.get("hasNextPage") else None,
        )

    def push_stock(self, levels: Sequence[StockPush], *, key: str = "") -> list[PushResult]:
        return stock.push_levels(self._client, levels, self._location(), key) if levels else []

    def read_stock(self, listings: Sequence[Listing]) -> list[StockReading]:
        return stock.read_levels(self._client, listings, self._location()) if listings else []

    def push_shipment(self, shipment: ShipmentPush) -> CommandResult:
        place = gid("Location", shipment.location_id) if shipment.location_id else ""
        return shipping.ship(self._client, shipment, gid("Order", shipment.order_id), place)

    def push_ready(self, ready: ReadyPush) -> CommandResult:
        return shipping.ready(self._client, ready, gid("Order", ready.order_id))

    def push_cancellation(self, cancellation: CancellationPush) -> CommandResult:
        work = refunds.cancel_lines if cancellation.lines else refunds.cancel
        return work(self._client, cancellation, gid("Order", cancellation.order_id))

    def push_refund(self, refund: RefundPush) -> CommandResult:
        return refunds.refund(self._client, refund, gid("Order", refund.order_id))

    @classmethod
    def verify_webhook(cls, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> WebhookEvent:
        return webhooks.verify(headers, body, secrets)

    def _location(self) -> str:
        """The location that receives the stock: the one given, or the only one there is."""
        if not self._location_id:
            active = _active_locations(self._client.run("locations", queries.LOCATIONS, {}))
            if len(active) != 1:
                raise ConnectorError(
                    f"The shop has {len(active)} locations: choose one in the settings.", kind=ErrorKind.VALIDATION
                )
            self._location_id = str(active[0]["id"])
        return self._location_id

    def _location_notices(self, data: Mapping[str, Any]) -> list[str]:
        active = _active_locations(data)
        names = ", ".join(f"{each['name']} ({str(each['id']).rpartition('/')[2]})" for each in active)
        if self._location_id and self._location_id not in {each["id"] for each in active}:
            return [f"The location of the settings does not exist or is closed. Choose one of: {names}."]
        if not self._location_id and len(active) != 1:
            return [f"Choose the location that receives the stock: {names}."]
        return []


def _active_locations(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    nodes = (data.get("locations") or {}).get("nodes", [])
    return [each for each in nodes if each.get("isActive")]


def _missing_scopes(data: Mapping[str, Any]) -> list[str]:
    given = {str(each.get("handle")) for each in (data.get("currentAppInstallation") or {}).get("accessScopes", [])}
    implied = given | {each.replace("write_", "read_", 1) for each in given if each.startswith("write_")}
    missing = [each for each in _SCOPES if each not in implied]
    notices = [f"The app lacks these rights: {', '.join(missing)}."] if missing else []
    if "read_all_orders" not in given:
        notices.append("Only orders of the last 60 days can be read without the right read_all_orders.")
    return notices
