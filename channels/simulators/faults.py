"""Faults on demand: what a shop's network, host and extensions do on a bad day.

Set with POST /_sim/faults {"faults": [{"kind": "server_error", "times": 2, "path": "/orders"}]}; an empty list clears.
"""

import asyncio
import random
import re
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BEFORE = frozenset({"too_many", "server_error", "timeout", "slow", "html", "empty"})
AFTER = frozenset({"after_error", "after_timeout", "truncated", "broken"})
LISTS = frozenset({"duplicates", "disorder", "lag"})
KINDS = BEFORE | AFTER | LISTS
_PAGE = b"<!DOCTYPE html><html><body><h1>Site en maintenance</h1></body></html>"


@dataclass(slots=True)
class Fault:
    """`times`: how often it strikes, None for always. `rate`: how likely each time. `path`, `method`, `body`: where."""

    kind: str
    times: int | None = None
    rate: float = 1.0
    path: str = ""
    method: str = ""
    body: str = ""
    seconds: float = 30.0
    status: int = 502
    retry_after: str = "1"

    def fits(self, method: str, path: str, body: bytes) -> bool:
        fitting_path = not self.path or re.search(self.path, path) is not None
        return fitting_path and self.method in {"", method} and self.body.encode() in body


class Faults:
    """The faults in force."""

    def __init__(self, seed: int = 1) -> None:
        self._rng = random.Random(seed)
        self.active: list[Fault] = []

    def replace(self, entries: list[dict[str, Any]]) -> None:
        """Raises ValueError for a kind that does not exist."""
        found = [Fault(**entry) for entry in entries]
        unknown = {each.kind for each in found} - KINDS
        if unknown:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        self.active = found

    def strike(self, method: str, path: str, body: bytes = b"") -> Fault | None:
        """The fault for this request, if one strikes; it is used up by that."""
        for fault in self.active:
            if fault.kind in LISTS or not fault.fits(method, path, body) or self._rng.random() >= fault.rate:
                continue
            if fault.times is not None:
                fault.times -= 1
                self.active = [each for each in self.active if each.times is None or each.times > 0]
            return fault
        return None

    @property
    def lag(self) -> float:
        return max((each.seconds for each in self.active if each.kind == "lag"), default=0.0)

    def arrange(self, rows: list[Any]) -> list[Any]:
        """A page of a list, with repeats and out of order where that fault is set."""
        kinds = {each.kind for each in self.active}
        found = list(rows)
        if "duplicates" in kinds and found:
            found += self._rng.sample(found, k=max(1, len(found) // 3))
        if "disorder" in kinds:
            self._rng.shuffle(found)
        return found


class FaultMiddleware:
    """Lets the faults strike before or after the shop does its work."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sim/"):
            await self._app(scope, receive, send)
            return
        body = await _whole_body(receive)
        receive = _replay(body, receive)
        fault = self._faults.strike(scope["method"], scope["path"], body)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind in BEFORE:
            await self._before(fault, scope, receive, send)
        else:
            await self._after(fault, scope, receive, send)

    async def _before(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case "timeout":
                await _hang(fault.seconds, receive)
                await _respond(send, 504, b"")
            case "too_many":
                await _respond(send, 429, b'{"code":"too_many_requests"}', (b"retry-after", fault.retry_after.encode()))
            case "html":
                await _respond(send, 200, _PAGE, (b"content-type", b"text/html; charset=UTF-8"))
            case "empty":
                await _respond(send, 200, b"")
            case _:
                await _respond(send, fault.status, _PAGE, (b"content-type", b"text/html"))

    async def _after(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start = messages[0]
        body = b"".join(each.get("body", b"") for each in messages[1:])
        match fault.kind:
            case "after_timeout":
                await _hang(fault.seconds, receive)
                await _respond(send, 504, b"")
            case "truncated":
                await _respond(send, start["status"], body[: len(body) // 2], *_kept(start))
            case "broken":
                await send(start)
                await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            case _:
                await _respond(send, fault.status, _PAGE, (b"content-type", b"text/html"))


async def _whole_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The request once more, then what follows it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _kept(start: Message) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]


async def _hang(seconds: float, receive: Receive) -> None:
    """Until the caller gives up."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return


async def _respond(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    known = {name for name, _ in headers}
    kind = [] if b"content-type" in known else [(b"content-type", b"application/json")]
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *kind, *length]})
    await send({"type": "http.response.body", "body": body})
