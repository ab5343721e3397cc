"""The conformance bench over the simulators: the shop seen from its own side."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from channels.connectors.base import Connector
from channels.connectors.registry import connect
from channels.connectors.wiring import Wiring
from channels.simulators.app import Options, build
from channels.simulators.shop import Order, Shop
from channels.simulators.webhooks import Hook, shopify_headers, woo_headers
from tests.channels.simulators.hosting import Hosted, hosted

CATALOGUE = [
    {"sku": "MUG", "name": "Mug « Café »", "price": 12.5, "stock": 5000, "barcode": "3760000000017"},
    {"sku": "TEE", "name": "T-shirt été", "price": 19.9, "stock": 5000},
    {"sku": "BOOK", "name": "Livre de recettes", "price": 24, "stock": 5000, "vat": 5.5},
    {"sku": "PULL-M", "name": "Pull marin M", "price": 59, "stock": 5000, "parent": "Pull marin"},
    {"sku": "PULL-L", "name": "Pull marin L", "price": 59, "stock": 5000, "parent": "Pull marin"},
]
KEY, SECRET, WEBHOOK_SECRET = "key-1", "secret-1", "hook-secret-1"
UNTHROTTLED = 1e9


@contextmanager
def serve(kind: str, **options: Any) -> Iterator[Hosted]:
    """A shop of this kind, for one test."""
    built = build(Options(**{"kind": kind, "seed": 7, "key": KEY, "secret": SECRET, "catalogue": CATALOGUE, **options}))
    if kind == "shopify":
        bucket = built.state.simulator.bucket
        bucket.maximum = bucket.available = UNTHROTTLED
    with hosted(built) as running:
        yield running


def settings_for(kind: str, url: str) -> dict[str, Any]:
    own = {
        "woocommerce": {"url": url, "consumer_key": KEY, "consumer_secret": SECRET},
        "shopify": {"api_url": url, "access_token": KEY},
    }[kind]
    return {**own, "allow_private_addresses": True}


@dataclass
class SimulatedBench:
    """One simulator, and the connector that talks to it over loopback."""

    kind: str
    running: Hosted
    skus: tuple[str, ...] = ("MUG", "TEE", "BOOK", "PULL-M", "PULL-L")
    wiring: Wiring = field(default_factory=Wiring)

    @property
    def shop(self) -> Shop:
        return self.running.app.state.shop

    @property
    def simulator(self) -> Any:
        return self.running.app.state.simulator

    def connector(self, *, wrong_credentials: bool = False, **given: Any) -> Connector:
        wrong = {"woocommerce": {"consumer_secret": "wrong"}, "shopify": {"access_token": "wrong"}}[self.kind]
        settings = settings_for(self.kind, self.running.url) | (wrong if wrong_credentials else {}) | given
        return connect(self.kind, settings, self.wiring)

    def place(self, lines: Mapping[str, int], **request: Any) -> str:
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines.items()]
        order = self.shop.place_order({"lines": wanted, "paid": True, "delivery": "ship", **request})
        return self.external_id(order)

    def external_id(self, order: Order) -> str:
        return str(order.id) if self.kind == "woocommerce" else f"gid://shopify/Order/{order.id}"

    def order(self, external_id: str) -> Order:
        return self.shop.orders[int(external_id.rpartition("/")[2])]

    def report(self, external_id: str) -> dict[str, Any]:
        return self.simulator.report(self.order(external_id))

    def stock(self, sku: str) -> int:
        product = self.shop.product(sku)
        assert product is not None
        return product.stock

    def parcels(self, external_id: str) -> int:
        report = self.report(external_id)
        if self.kind == "shopify":
            return len(report["parcels"])
        return len(json.loads(report["meta"].get("_baton_parcels", "[]")))

    def refunds(self, external_id: str) -> int:
        return len(self.report(external_id)["refunds"])

    def fault(self, kind: str, *, times: int = 1, writes_only: bool = False) -> None:
        where: dict[str, Any] = {}
        if writes_only and self.kind == "woocommerce":
            where = {"method": "PUT"}
        elif writes_only:
            where = {"body": "mutation"}
        self.running.app.state.faults.replace([{"kind": kind, "times": times, "seconds": 5, **where}])

    def delivery(self, external_id: str) -> tuple[dict[str, str], bytes, str]:
        body = json.dumps(self.simulator.webhook_body(self.order(external_id))).encode()
        sign: Callable[[Hook, str, bytes], dict[str, str]] = {
            "woocommerce": woo_headers,
            "shopify": shopify_headers,
        }[self.kind]
        return sign(Hook(style=self.kind, secret=WEBHOOK_SECRET), "updated", body), body, WEBHOOK_SECRET
