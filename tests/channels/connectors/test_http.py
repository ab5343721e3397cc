"""Whatever a channel answers, it leaves as JSON or as a ConnectorError that says how it is cured."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from channels.connectors import http
from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError
from channels.connectors.http import JsonClient, Request, retry_after
from channels.connectors.wiring import Exchange, Wiring

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
URL = "https://shop.example/orders"


def ask(answer, *, method="GET", **request) -> object:
    client = JsonClient(
        channel="Shop", wiring=Wiring(transport=httpx.MockTransport(answer), now=lambda: NOW), allow_private=False
    )
    try:
        return client.send(Request(operation="orders", method=method, url=URL, **request)).data
    finally:
        client.close()


def failure_of(status=200, *, method="GET", **response) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        ask(lambda _: httpx.Response(status, **response), method=method)
    return raised.value


@pytest.mark.parametrize(
    ("status", "kind", "permanent"),
    [
        (400, ErrorKind.VALIDATION, True),
        (401, ErrorKind.AUTH, True),
        (403, ErrorKind.AUTH, True),
        (404, ErrorKind.GONE, True),
        (409, ErrorKind.CONFLICT, True),
        (410, ErrorKind.GONE, True),
        (422, ErrorKind.VALIDATION, True),
        (429, ErrorKind.TRANSIENT, False),
        (500, ErrorKind.TRANSIENT, False),
        (502, ErrorKind.TRANSIENT, False),
        (503, ErrorKind.TRANSIENT, False),
        (504, ErrorKind.TRANSIENT, False),
        (508, ErrorKind.TRANSIENT, False),
        (301, ErrorKind.CONTRACT, True),
    ],
)
def test_a_status_is_told_by_its_cure(status, kind, permanent) -> None:
    failure = failure_of(status, json={"message": "no"})

    assert (failure.kind, failure.permanent) == (kind, permanent)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"", "empty"),
        (b"   ", "empty"),
        (b'{"orders": [{"id": 1', "cut off"),
        (b'{"total": NaN}', "cut off"),
        (b"\xff\xfe\x00", "cut off"),
        (b"[" * 100_000, "cut off"),
    ],
)
def test_a_body_that_is_not_json_passes_with_time(content, told) -> None:
    failure = failure_of(200, content=content)

    assert (failure.kind, failure.permanent, failure.code) == (ErrorKind.TRANSIENT, False, http.NOT_JSON)
    assert told in failure.message


def test_what_no_database_stores_is_taken_out() -> None:
    found = ask(
        lambda _: httpx.Response(200, content=b'{"a\\u0000": ["x\\u0000y", "\\ud83d", "\\ud83d\\ude00"], "n": 1.5}')
    )

    assert found == {"a": ["xy", "?", "😀"], "n": 1.5}


def test_a_write_that_breaks_off_may_have_been_done() -> None:
    def break_off(request):
        raise httpx.RemoteProtocolError("peer closed connection")

    with pytest.raises(ConnectorError) as write:
        ask(break_off, method="POST", json={})
    with pytest.raises(ConnectorError) as read:
        ask(break_off)

    assert (write.value.outcome_unknown, read.value.outcome_unknown) == (True, False)


def test_a_write_that_never_left_was_not_done() -> None:
    def refuse(request):
        raise httpx.ConnectError("refused")

    with pytest.raises(ConnectorError) as raised:
        ask(refuse, method="POST", json={})

    assert (raised.value.kind, raised.value.outcome_unknown) == (ErrorKind.TRANSIENT, False)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-3", 0.0),
        ("999999", 3600.0),
        ("Tue, 03 Nov 2026 09:01:30 GMT", 90.0),
        ("Tue, 03 Nov 2026 08:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("", None),
    ],
)
def test_the_wait_is_read_in_both_forms(header, seconds) -> None:
    assert retry_after({"retry-after": header}, NOW) == seconds


def test_the_wait_reaches_the_error_and_the_throttle() -> None:
    emptied = []

    class Bucket:
        def acquire(self, operation, cost=1): ...
        def learn(self, **_): ...
        def empty(self, retry_after):
            emptied.append(retry_after)

    transport = httpx.MockTransport(lambda _: httpx.Response(429, headers={"Retry-After": "4"}, json={}))
    client = JsonClient(channel="Shop", wiring=Wiring(transport=transport, throttle=Bucket()), allow_private=False)
    with pytest.raises(ConnectorError) as raised:
        client.send(Request(operation="orders", method="GET", url=URL))
    client.close()

    assert (raised.value.retry_after, emptied) == (4.0, [4.0])


def test_a_redirect_is_not_followed_and_names_its_target() -> None:
    failure = failure_of(302, headers={"Location": "https://www.shop.example/orders?key=1"}, json={})

    assert failure.message == "Shop sends to another address: https://www.shop.example."


def test_an_answer_that_is_too_large_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(http, "MAX_BYTES", 1000)

    failure = failure_of(200, content=b'["' + b"x" * 2000 + b'"]')

    assert (failure.kind, failure.permanent) == (ErrorKind.CONTRACT, True)


def test_every_exchange_is_observed_without_credentials() -> None:
    seen: list[Exchange] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"ok": True}))
    client = JsonClient(channel="Shop", wiring=Wiring(transport=transport, observer=seen.append), allow_private=False)
    client.send(
        Request(
            operation="orders",
            method="PUT",
            url=URL,
            params={"page": "2"},
            json={"é": 1},
            auth=httpx.BasicAuth("k", "s3cret"),
        )
    )
    client.close()

    [exchange] = seen
    assert (exchange.url, exchange.status, exchange.request_body) == (f"{URL}?page=2", 200, '{"é": 1}')
    assert "s3cret" not in repr(exchange)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = []
        thread = threading.Thread(target=lambda: held.append(listener.accept()), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(2)
        for connection, _ in held:
            connection.close()


def test_a_server_that_never_answers_is_left_in_time(monkeypatch, silent_port) -> None:
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.2, connect=0.2))
    client = JsonClient(channel="Shop", wiring=Wiring(), allow_private=True)

    with pytest.raises(ConnectorError) as raised:
        client.send(Request(operation="orders", method="POST", url=f"http://127.0.0.1:{silent_port}/", json={}))
    client.close()

    assert (raised.value.kind, raised.value.outcome_unknown) == (ErrorKind.TRANSIENT, True)
    assert raised.value.message == "Shop did not answer in time."


def test_a_server_that_drips_is_left_at_the_deadline(monkeypatch) -> None:
    monkeypatch.setattr(http, "DEADLINE_SECONDS", -1)

    assert "took too long" in failure_of(200, json={}).message
