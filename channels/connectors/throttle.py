"""How a connector asks for leave to call: one bucket per account, shared by every worker, kept elsewhere."""

from typing import Protocol


class Throttle(Protocol):
    """A token bucket with variable cost that learns from the channel's answers."""

    def acquire(self, operation: str, cost: float = 1) -> None:
        """Wait for `cost` tokens, or raise ConnectorError TRANSIENT with `retry_after`."""

    def learn(self, *, available: float, maximum: float, restore_rate: float) -> None:
        """What the channel says about its own bucket: tokens now, at most, and per second."""

    def empty(self, retry_after: float) -> None:
        """The channel refused: nothing may be sent for so many seconds."""


class NoThrottle:
    """Always lets through."""

    def acquire(self, operation: str, cost: float = 1) -> None:
        del operation, cost

    def learn(self, *, available: float, maximum: float, restore_rate: float) -> None:
        del available, maximum, restore_rate

    def empty(self, retry_after: float) -> None:
        del retry_after
