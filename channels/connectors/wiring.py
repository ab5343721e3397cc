"""What the framework hands to a connector beside its settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from channels.connectors.throttle import NoThrottle, Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One call over the wire, for the exchange log. Credentials are never in it; bodies are cut to a few kilobytes."""

    operation: str
    method: str
    url: str
    status: int | None
    elapsed_ms: float
    request_body: str = ""
    response_body: str = ""
    error: str = ""


def ignore(exchange: Exchange) -> None:
    del exchange


def utc_now() -> datetime:
    return datetime.now(tz=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """`observer` sees each exchange; `transport` replaces the network in tests; `now` is the clock."""

    throttle: Throttle = field(default_factory=NoThrottle)
    observer: Callable[[Exchange], None] = ignore
    transport: httpx.BaseTransport | None = None
    now: Callable[[], datetime] = utc_now
