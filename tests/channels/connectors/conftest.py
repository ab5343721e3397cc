"""A running shop of each kind that Baton ships a connector for."""

from collections.abc import Iterator

import pytest

from tests.channels.connectors.bench import WEBHOOK_SECRET, SimulatedBench, serve
from tests.channels.simulators.hosting import hosting

KINDS = ("shopify", "woocommerce")


@pytest.fixture(scope="session", autouse=True)
def server() -> Iterator[None]:
    with hosting():
        yield


@pytest.fixture(params=KINDS)
def bench(request) -> Iterator[SimulatedBench]:
    """Every test with this fixture runs once per kind."""
    with serve(request.param) as running:
        yield SimulatedBench(request.param, running)


@pytest.fixture
def woo() -> Iterator[SimulatedBench]:
    with serve("woocommerce", webhook_secret=WEBHOOK_SECRET) as running:
        yield SimulatedBench("woocommerce", running)


@pytest.fixture
def shopify() -> Iterator[SimulatedBench]:
    with serve("shopify", webhook_secret=WEBHOOK_SECRET) as running:
        yield SimulatedBench("shopify", running)
