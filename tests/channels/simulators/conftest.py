from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from channels.simulators.app import Options, build
from channels.simulators.server import Running
from tests.channels.simulators.hosting import Hosted, hosted, hosting

CATALOGUE = [
    {"sku": "MUG", "name": "Mug", "price": 12.5, "stock": 50, "barcode": "3760000000017"},
    {"sku": "TEE", "name": "T-shirt", "price": 19.9, "stock": 20},
    {"sku": "PULL-M", "name": "Pull M", "price": 59, "stock": 5, "parent": "Pull"},
]


class Side:
    """A running simulator seen by an HTTP client."""

    def __init__(self, running: Running | Hosted, kind: str) -> None:
        self.running = running
        self.kind = kind
        self.app: Any = running.app
        self.shop = self.app.state.shop
        self.http = httpx.Client(base_url=running.url, trust_env=False, timeout=20)

    def control(self, path: str, body: object, expected: int = 200) -> dict:
        answer = self.http.post(f"/_sim/{path}", json=body)
        assert answer.status_code == expected, answer.text
        return answer.json()

    def state(self) -> dict:
        return self.http.get("/_sim/state").json()

    def woo(self, method: str, path: str, **given) -> httpx.Response:
        return self.http.request(
            method, f"/wp-json/wc/v3/{path}", auth=("ck", "cs"), headers={"X-Forwarded-Proto": "https"}, **given
        )

    def graphql(self, query: str, **variables) -> dict:
        answer = self.http.post(
            "/admin/api/2026-10/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": "ck"},
        )
        assert answer.status_code == 200
        return answer.json()


def built(kind: str) -> Starlette:
    return build(Options(kind=kind, seed=3, key="ck", secret="cs", catalogue=CATALOGUE))


def side(kind: str) -> Iterator[Side]:
    with hosted(built(kind)) as running:
        found = Side(running, kind)
        yield found
        found.http.close()


def live(kind: str) -> Iterator[Side]:
    """With the tasks that run beside: messages, customers."""
    with Running(built(kind)) as running:
        found = Side(running, kind)
        yield found
        found.http.close()


@pytest.fixture(scope="session", autouse=True)
def server() -> Iterator[None]:
    with hosting():
        yield


@pytest.fixture(params=["shopify", "woocommerce"])
def any_side(request) -> Iterator[Side]:
    yield from side(request.param)


@pytest.fixture
def woo() -> Iterator[Side]:
    yield from side("woocommerce")


@pytest.fixture
def shopify() -> Iterator[Side]:
    yield from side("shopify")


@pytest.fixture(params=["shopify", "woocommerce"])
def live_side(request) -> Iterator[Side]:
    yield from live(request.param)


@pytest.fixture
def live_woo() -> Iterator[Side]:
    yield from live("woocommerce")


@pytest.fixture
def live_shopify() -> Iterator[Side]:
    yield from live("shopify")
