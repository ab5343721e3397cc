"""A merchant's address must never lead inside: forty ways to try it."""

import httpx
import pytest

from channels.connectors.addresses import ForbiddenAddressError, allowed_addresses, refuse_forbidden
from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError
from channels.connectors.http import GuardedTransport, JsonClient, Request
from channels.connectors.wiring import Wiring

PUBLIC = "93.184.215.14"

HOSTILE_NUMBERS = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104 -- an address to refuse
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.1",
    "192.0.2.10",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
]
HOSTILE_URLS = [
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://[::]/",
    "http://[::ffff:7f00:1]/",
    "http://localhost/",
    "http://localhost./",
    "http://①②⑦.⓪.⓪.①/",
    "http://user:secret@127.0.0.1/",
    "http://127.0.0.1:6379/",
]


@pytest.mark.parametrize("number", HOSTILE_NUMBERS)
def test_addresses_that_are_not_public_are_refused(number) -> None:
    with pytest.raises(ForbiddenAddressError):
        refuse_forbidden(number, private=False)


@pytest.mark.parametrize("number", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(number) -> None:
    refuse_forbidden(number, private=False)


@pytest.mark.parametrize("number", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd12::1", "::ffff:127.0.0.1"])
def test_private_addresses_are_allowed_where_the_setting_says_so(number) -> None:
    refuse_forbidden(number, private=True)


@pytest.mark.parametrize("number", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.1", "255.255.255.255", "::"])
def test_some_addresses_are_never_allowed(number) -> None:
    with pytest.raises(ForbiddenAddressError):
        refuse_forbidden(number, private=True)


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_urls_that_lead_inside_are_refused_before_anything_is_sent(url) -> None:
    sent = []
    transport = GuardedTransport(private=False, inner=httpx.MockTransport(sent.append))
    with JsonClientOver(transport) as client, pytest.raises(ConnectorError) as refusal:
        client.send(Request(operation="x", method="GET", url=url))

    assert sent == []
    assert refusal.value.kind in {ErrorKind.VALIDATION, ErrorKind.TRANSIENT}
    assert "127.0.0.1" not in url or refusal.value.code == "forbidden_address"


def test_one_private_address_among_public_ones_forbids_the_host() -> None:
    with pytest.raises(ForbiddenAddressError):
        allowed_addresses("shop.example", 443, private=False, resolver=lambda *_: [PUBLIC, "10.0.0.1"])


def test_a_host_that_moves_inside_after_the_check_is_not_followed() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    reached = []

    def answer(request: httpx.Request) -> httpx.Response:
        reached.append((request.url.host, request.headers["host"], request.extensions["sni_hostname"]))
        return httpx.Response(200, json={})

    transport = GuardedTransport(private=False, inner=httpx.MockTransport(answer), resolver=lambda *_: next(answers))
    with JsonClientOver(transport) as client:
        client.send(Request(operation="x", method="GET", url="https://rebind.example/"))

    assert reached == [(PUBLIC, "rebind.example", "rebind.example")]


@pytest.mark.parametrize("port", [22, 25, 3306, 5432, 6379, 11211])
def test_ports_of_other_services_are_refused(port) -> None:
    with pytest.raises(ForbiddenAddressError):
        allowed_addresses("shop.example", port, private=False, resolver=lambda *_: [PUBLIC])


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == PUBLIC:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={"host": request.url.host})

    transport = GuardedTransport(
        private=False, inner=httpx.MockTransport(answer), resolver=lambda *_: [PUBLIC, "8.8.8.8"]
    )
    with JsonClientOver(transport) as client:
        assert client.send(Request(operation="x", method="GET", url="https://shop.example/")).data == {
            "host": "8.8.8.8"
        }


class JsonClientOver:
    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._client = JsonClient(channel="Shop", wiring=Wiring(transport=transport), allow_private=False)

    def __enter__(self) -> JsonClient:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()
