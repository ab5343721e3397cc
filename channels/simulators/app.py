"""Put a simulator together: shop, wire format, faults, control side and the tasks that run beside."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware

from channels.simulators.control import Control, Simulator
from channels.simulators.faults import FaultMiddleware, Faults
from channels.simulators.shop import Shop
from channels.simulators.shopify import ShopifySimulator
from channels.simulators.traffic import Traffic
from channels.simulators.webhooks import Hook, Postman
from channels.simulators.woo_auth import Keys
from channels.simulators.woocommerce import WooCommerceSimulator

_SAVE_SECONDS = 2.0


@dataclass(slots=True, kw_only=True)
class Options:
    """How a simulator is set up. `key` and `secret` are what a connection must know; `places` are Shopify's warehouses.

    `pickup_points` are the stores where customers collect.
    """

    kind: str
    seed: int = 1
    name: str = ""
    first_id: int = 1001
    key: str = "ck_simulated"
    secret: str = "cs_simulated"  # noqa: S105 -- opens nothing but a simulator on this machine
    places: int = 1
    pickup_points: list[str] = field(default_factory=list)
    orders_per_minute: float = 0.0
    webhook_url: str = ""
    webhook_secret: str = ""
    state: Path | None = None
    catalogue: list[dict[str, Any]] = field(default_factory=list)


def build(options: Options) -> Starlette:
    """The application, with its shop under `app.state.shop`."""
    shop = Shop(
        name=options.name or f"Boutique {options.kind}",
        seed=options.seed,
        first_id=options.first_id,
        pickup_points=options.pickup_points,
    )
    if options.state is not None and options.state.exists():
        shop.load(json.loads(options.state.read_text(encoding="utf-8")))
    faults = Faults(options.seed)
    simulator = _simulator(options, shop, faults)
    shop.add_products(options.catalogue)
    hook = Hook(style=options.kind, url=options.webhook_url, secret=options.webhook_secret)
    postman = Postman(shop, hook, faults, simulator.webhook_body)
    traffic = Traffic(shop, orders_per_minute=options.orders_per_minute, seed=options.seed)
    control = Control(simulator, shop, faults, hook, traffic)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(each) for each in (postman.run(), traffic.run(), _keep(shop, options.state))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            if options.state is not None:
                shop.save_to(options.state)

    app = Starlette(
        routes=[*control.routes(), *simulator.routes()],
        middleware=[Middleware(FaultMiddleware, faults=faults)],
        lifespan=lifespan,
    )
    app.state.shop, app.state.faults, app.state.hook, app.state.simulator = shop, faults, hook, simulator
    return app


def _simulator(options: Options, shop: Shop, faults: Faults) -> Simulator:
    if options.kind == "woocommerce":
        return WooCommerceSimulator(shop, faults, Keys(options.key, options.secret))
    if options.kind == "shopify":
        return ShopifySimulator(shop, faults, token=options.key, client_secret=options.secret, places=options.places)
    raise ValueError(f"There is no simulator of kind {options.kind!r}.")


async def _keep(shop: Shop, state: Path | None) -> None:
    """Save what changed from time to time, so that a shop outlives its process."""
    seen = shop.changes
    while state is not None:
        await asyncio.sleep(_SAVE_SECONDS)
        if shop.changes != seen:
            seen = shop.changes
            shop.save_to(state)
