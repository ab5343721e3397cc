"""Send signed messages as the real shops do: late, repeated or out of order where that fault is set."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from channels.simulators.faults import Faults
from channels.simulators.shop import Order, Shop

_TIMEOUT = httpx.Timeout(5.0)
_TRIES = 3
_GATHER_SECONDS = 0.2
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Hook:
    """Where messages go. `style` is the kind of shop, whose headers they carry."""

    style: str
    url: str = ""
    secret: str = ""
    shop_domain: str = "shop.example"
    sent: list[dict[str, Any]] = field(default_factory=list)


class Postman:
    """Waits for changes and delivers them; the body is drawn when it is delivered, so quick changes become one."""

    def __init__(self, shop: Shop, hook: Hook, faults: Faults, draw: Callable[[Order], dict[str, Any]]) -> None:
        self.hook = hook
        self._shop = shop
        self._faults = faults
        self._draw = draw
        self._waiting: dict[tuple[str, int], None] = {}
        self._rng = random.Random(1)
        shop.listeners.append(self._changed)

    def _changed(self, what: str, order: Order) -> None:
        if self.hook.url:
            self._waiting[what, order.id] = None
            if what == "created":
                self._waiting["updated", order.id] = None

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            pinged = ""
            while True:
                if self.hook.url and self.hook.url != pinged:
                    pinged = self.hook.url
                    await self._ping(client)
                await asyncio.sleep(_GATHER_SECONDS)
                await self.deliver(client)

    async def deliver(self, client: httpx.AsyncClient) -> None:
        """Everything that waits, once."""
        waiting, self._waiting = list(self._waiting), {}
        kinds = {each.kind for each in self._faults.active}
        if "duplicates" in kinds:
            waiting += waiting
        if "disorder" in kinds:
            self._rng.shuffle(waiting)
        for what, order_id in waiting:
            order = self._shop.orders.get(order_id)
            if order is not None and self.hook.url:
                await self._send(client, what, json.dumps(self._draw(order)).encode())

    async def _ping(self, client: httpx.AsyncClient) -> None:
        """WooCommerce announces a new hook with an unsigned form."""
        if self.hook.style == "woocommerce":
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            await self._post(client, b"webhook_id=1", form, topic="ping")

    async def _send(self, client: httpx.AsyncClient, what: str, body: bytes) -> None:
        headers = (
            woo_headers(self.hook, what, body)
            if self.hook.style == "woocommerce"
            else shopify_headers(self.hook, what, body)
        )
        await self._post(client, body, headers, topic=what)

    async def _post(self, client: httpx.AsyncClient, body: bytes, headers: dict[str, str], topic: str) -> None:
        for attempt in range(_TRIES):
            try:
                answer = await client.post(self.hook.url, content=body, headers=headers)
            except httpx.HTTPError as problem:
                _log.warning("webhook %s not delivered: %s", topic, problem)
            else:
                self.hook.sent.append({"topic": topic, "status": answer.status_code})
                if answer.is_success:
                    return
            await asyncio.sleep(_GATHER_SECONDS * 2**attempt)


def woo_headers(hook: Hook, what: str, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "WooCommerce/11.0.1 Hookshot (WordPress/7.1)",
        "X-WC-Webhook-Source": f"https://{hook.shop_domain}/",
        "X-WC-Webhook-Topic": f"order.{what}",
        "X-WC-Webhook-Resource": "order",
        "X-WC-Webhook-Event": what,
        "X-WC-Webhook-Signature": _signature(hook.secret, body),
        "X-WC-Webhook-ID": "1",
        "X-WC-Webhook-Delivery-ID": uuid.uuid4().hex,
    }


def shopify_headers(hook: Hook, what: str, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": f"orders/{'create' if what == 'created' else what}",
        "X-Shopify-Hmac-Sha256": _signature(hook.secret, body),
        "X-Shopify-Shop-Domain": hook.shop_domain,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": str(uuid.uuid4()),
        "X-Shopify-Event-Id": str(uuid.uuid4()),
        "X-Shopify-Triggered-At": datetime.now(tz=UTC).isoformat(),
    }


def _signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
