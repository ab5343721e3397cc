"""The other side of every simulator: orders, faults, clock, messages."""

import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Self

import httpx
import pytest


def test_an_order_is_placed_as_asked(any_side) -> None:
    asked = {
        "lines": [{"sku": "MUG", "quantity": 3}],
        "customer": {"first_name": "Zoé", "city": "Lyon"},
        "delivery": "pickup",
        "paid": True,
    }
    [placed] = any_side.control("orders", asked)["orders"]
    state = any_side.state()

    [order] = state["orders"]
    assert (order["id"], order["delivery"], order["total"]) == (placed["id"], "pickup", 37.5)
    assert order["customer"].startswith("Zoé ")
    assert [(line["sku"], line["quantity"]) for line in order["lines"]] == [("MUG", 3)]
    assert state["stock"]["MUG"]["quantity"] == 47


def test_many_orders_are_placed_at_once(any_side) -> None:
    assert len(any_side.control("orders", {"count": 5})["orders"]) == 5
    assert len(any_side.control("orders", {"orders": [{}, {}]})["orders"]) == 2
    assert any_side.state()["count"] == 7


def test_products_are_added_once(any_side) -> None:
    entries = {"products": [{"sku": "NEW", "price": 5, "stock": 3}, {"sku": "MUG", "price": 1}]}

    assert any_side.control("catalogue", entries) == {"added": ["NEW"]}
    assert any_side.state()["stock"]["NEW"]["quantity"] == 3


def test_what_cannot_be_done_is_told(any_side) -> None:
    [placed] = any_side.control("orders", {"lines": [{"sku": "MUG"}]})["orders"]

    assert "no such fault" in any_side.control("faults", {"faults": [{"kind": "fire"}]}, expected=400)["error"]
    assert "KeyError" in any_side.control("orders/1", {"action": "cancel"}, expected=400)["error"]
    assert "KeyError" in any_side.control(f"orders/{placed['id']}", {"action": "explode"}, expected=400)["error"]
    assert "JSONDecodeError" in any_side.http.post("/_sim/orders", content=b"{").json()["error"]


def test_a_cancellation_in_the_shop_gives_the_stock_back(any_side) -> None:
    [placed] = any_side.control("orders", {"lines": [{"sku": "MUG", "quantity": 2}], "paid": True})["orders"]
    done = any_side.control(f"orders/{placed['id']}", {"action": "cancel"})

    assert done["status"].upper() == "CANCELLED"
    assert any_side.state()["stock"]["MUG"]["quantity"] == 50


def test_the_clock_moves_on(any_side) -> None:
    before = any_side.state()["now"]

    assert any_side.control("clock", {"advance": 3600})["now"] > before + 3599


def test_customers_come_as_often_as_told(live_side) -> None:
    assert live_side.control("traffic", {"orders_per_minute": 6000})["orders_per_minute"] == 6000
    deadline = time.monotonic() + 10
    while live_side.state()["count"] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def path_of(kind: str) -> tuple[str, str]:
    return {"woocommerce": ("GET", "/wp-json/wc/v3/orders"), "shopify": ("POST", "/admin/api/2026-10/graphql.json")}[
        kind
    ]


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("too_many", 429, b"too_many"),
        ("server_error", 502, b"maintenance"),
        ("html", 200, b"<!DOCTYPE"),
        ("empty", 200, b""),
    ],
)
def test_faults_that_come_instead_of_an_answer(any_side, kind, status, body) -> None:
    any_side.control("faults", {"faults": [{"kind": kind, "times": 1, "retry_after": "9"}]})
    answer = any_side.http.request(*path_of(any_side.kind))
    after = any_side.http.request(*path_of(any_side.kind))

    assert answer.status_code == status
    assert body in answer.content
    assert answer.headers.get("retry-after") == ("9" if kind == "too_many" else None)
    assert after.status_code == 401


def test_an_answer_is_cut_off_or_broken_off(any_side) -> None:
    any_side.control("faults", {"faults": [{"kind": "truncated", "times": 1}]})
    cut = any_side.http.request(*path_of(any_side.kind))
    any_side.control("faults", {"faults": [{"kind": "broken", "times": 1}]})
    with pytest.raises(httpx.RemoteProtocolError):
        any_side.http.request(*path_of(any_side.kind))

    assert cut.content
    with pytest.raises(ValueError, match=r"JSON|Unterminated|Expecting"):
        cut.json()


def test_a_shop_that_hangs_does_not_answer(any_side) -> None:
    any_side.control("faults", {"faults": [{"kind": "timeout", "times": 1, "seconds": 20}]})
    started = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        any_side.http.request(*path_of(any_side.kind), timeout=0.3)

    assert time.monotonic() - started < 5
    assert any_side.http.request(*path_of(any_side.kind)).status_code == 401


def test_a_slow_shop_answers_in_the_end(any_side) -> None:
    any_side.control("faults", {"faults": [{"kind": "slow", "times": 1, "seconds": 0.3}]})
    started = time.monotonic()

    assert any_side.http.request(*path_of(any_side.kind)).status_code == 401
    assert time.monotonic() - started >= 0.3


class Receiver:
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def wait_for(self, number: int) -> list[tuple[dict[str, str], bytes]]:
        deadline = time.monotonic() + 15
        while len(self.got) < number and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.got

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def test_woocommerce_announces_itself_and_signs_what_it_sends(live_woo) -> None:
    with Receiver() as receiver:
        live_woo.control("webhooks", {"url": receiver.url, "secret": "hush"})
        receiver.wait_for(1)
        live_woo.control("orders", {"lines": [{"sku": "MUG"}], "paid": True})
        ping, *messages = receiver.wait_for(3)

    assert ping[1] == b"webhook_id=1"
    assert "x-wc-webhook-signature" not in ping[0]
    assert [headers["x-wc-webhook-topic"] for headers, _ in messages] == ["order.created", "order.updated"]
    assert messages[0][1] == messages[1][1]
    assert messages[0][0]["x-wc-webhook-delivery-id"] != messages[1][0]["x-wc-webhook-delivery-id"]


def test_quick_changes_come_as_one_message_in_the_final_state(live_shopify) -> None:
    with Receiver() as receiver:
        live_shopify.control("webhooks", {"url": receiver.url, "secret": "hush"})
        [placed] = live_shopify.control("orders", {"lines": [{"sku": "MUG"}], "paid": False, "payment": "transfer"})[
            "orders"
        ]
        live_shopify.control(f"orders/{placed['id']}", {"action": "touch"})
        live_shopify.control(f"orders/{placed['id']}", {"action": "pay"})
        receiver.wait_for(2)
        time.sleep(0.6)

    topics = [headers["x-shopify-topic"] for headers, _ in receiver.got]
    assert topics.count("orders/create") == 1
    assert b'"financial_status": "paid"' in receiver.got[-1][1]
    assert len(receiver.got) < 4


def test_messages_may_come_twice(live_woo) -> None:
    with Receiver() as receiver:
        live_woo.control("webhooks", {"url": receiver.url, "secret": "hush"})
        receiver.wait_for(1)
        live_woo.control("faults", {"faults": [{"kind": "duplicates"}]})
        live_woo.control("orders", {"lines": [{"sku": "MUG"}], "paid": True})
        receiver.wait_for(5)

    assert len(receiver.got) == 5


def test_the_command_serves_a_shop(tmp_path) -> None:
    catalogue = tmp_path / "catalogue.json"
    catalogue.write_text('[{"sku": "MUG", "price": 12.5, "stock": 5}]')
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "channels.simulators", "--kind", "woocommerce", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--catalogue", str(catalogue), "--state", str(tmp_path / "s.json"), "--name", "Boutique"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                state = httpx.get(f"http://127.0.0.1:{port}/_sim/state", trust_env=False).json()
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=20)

    assert (state["kind"], state["name"], state["stock"]["MUG"]["quantity"]) == ("woocommerce", "Boutique", 5)
    assert f"http://127.0.0.1:{port}" in said
    assert (tmp_path / "s.json").exists()
