"""One loopback server for a whole test run; each test puts its own shop behind it. Background tasks do not run here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from channels.simulators.server import Running


@dataclass
class Hosted:
    """A shop that answers at `url` as long as the test runs."""

    app: Starlette
    url: str


class Switchboard:
    """Hands every request to the shop of the test that runs."""

    def __init__(self) -> None:
        self.app: ASGIApp = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.app if scope["type"] == "http" else Starlette())(scope, receive, send)


_switchboard = Switchboard()
_started: list[Running] = []


@contextmanager
def hosting() -> Iterator[None]:
    """The server, for a whole test run; whoever asks second finds it running."""
    if _started:
        yield
        return
    with Running(_switchboard) as running:
        _started.append(running)
        yield
        _started.remove(running)


@contextmanager
def hosted(app: Starlette) -> Iterator[Hosted]:
    """Put this shop behind the server."""
    _switchboard.app = app
    try:
        yield Hosted(app, _started[0].url)
    finally:
        _switchboard.app = Starlette()
