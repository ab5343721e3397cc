"""The connector in the documentation works, and every kind, capability and fault is described there."""

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import channels
from channels.connectors import conformance
from channels.connectors.enums import Capability, ErrorKind
from channels.connectors.registry import kinds
from channels.connectors.types import ChannelOrder, UnmappableOrder
from channels.connectors.wiring import Wiring
from channels.simulators.faults import KINDS

PAGE = (Path(channels.__file__).parents[1] / "docs" / "connectors.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 3, tzinfo=UTC)


@pytest.fixture
def kaufhaus() -> type:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    found: dict = {}
    exec(code, found)  # noqa: S102 -- the page's own example is what is tried
    return found["Kaufhaus"]


def test_the_example_keeps_the_contract(kaufhaus) -> None:
    assert list(conformance.declaration_problems(kaufhaus)) == []


def test_the_example_reads_orders(kaufhaus) -> None:
    line = {"id": "1", "sku": "MUG", "units": 2, "total": "25.00"}
    good = {
        "id": "7",
        "state": "new",
        "currency": "EUR",
        "placed": "2026-11-03T09:00:00+01:00",
        "changed": "2026-11-03T08:00:00Z",
        "lines": [line],
    }
    answer = {"orders": [good, {**good, "id": "8", "state": "odd"}], "next": None}
    wiring = Wiring(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))

    with kaufhaus.connect({"url": "https://kaufhaus.example", "token": "t"}, wiring) as connector:
        first, second = connector.orders_changed(since=NOW, until=NOW).orders

    assert isinstance(first, ChannelOrder)
    assert (first.placed_at, first.total_gross, first.lines[0].quantity) == (
        datetime(2026, 11, 3, 8, tzinfo=UTC),
        25,
        2,
    )
    assert second == UnmappableOrder(external_id="8", reason="The state is not known here: 'odd'.")


@pytest.mark.parametrize("word", sorted({*kinds(), *Capability, *ErrorKind, *KINDS}))
def test_every_word_is_described(word) -> None:
    assert f"`{word}`" in PAGE
