"""Which kinds of event exist and who reacts to them. Filled when the rooms are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oms.events.types import DeliveredEvent

    Handler = Callable[[Sequence[DeliveredEvent]], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`handler` receives a batch of one tenant's events inside that tenant's scope and transaction."""

    name: str
    kinds: frozenset[str]
    handler: Handler
    queue: str
    batch: int


_kinds: dict[str, str] = {}
_subscribers: dict[str, Subscriber] = {}


def declare(kind: str, description: str) -> str:
    """Make a kind known and return it, for the rooms' `events` modules."""
    _kinds[kind] = description
    return kind


def subscribe(*kinds: str, name: str, queue: str = "default", batch: int = 50) -> Callable[[Handler], Handler]:
    """Register the decorated function for these kinds. Raises ValueError for an undeclared kind or a second use of the name."""

    def register(handler: Handler) -> Handler:
        missing = sorted(set(kinds) - set(_kinds))
        if missing:
            raise ValueError(f"{name} subscribes to undeclared kinds: {', '.join(missing)}")
        if name in _subscribers:
            raise ValueError(f"There are two subscribers called {name}")
        _subscribers[name] = Subscriber(name, frozenset(kinds), handler, queue, batch)
        return handler

    return register


def kinds() -> dict[str, str]:
    """Every kind with what it tells."""
    return dict(_kinds)


def subscriber(name: str) -> Subscriber:
    """The subscriber of that name. Raises KeyError."""
    return _subscribers[name]


def subscribers() -> list[Subscriber]:
    """Every subscriber, by name."""
    return [_subscribers[name] for name in sorted(_subscribers)]


def subscribers_of(kind: str) -> list[Subscriber]:
    """Those who react to a kind. Raises ValueError for an undeclared one."""
    if kind not in _kinds:
        raise ValueError(f"Event kind {kind} is not declared")
    return [each for each in _subscribers.values() if kind in each.kinds]
