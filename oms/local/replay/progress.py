"""How far a replay is, in a file that outlives it."""

from __future__ import annotations

import fcntl
import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from channels.enums import CommandState
from oms.local.home import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOLD, MOVED, READ = "sold in the shop", "returns and adjustments", "read, accepted, routed"
EVENTS, PREPARED, TOLD = "events", "prepared, shipped", "reported, published"
OWED = (CommandState.NEW, CommandState.SENT)


class ReplayStuck(Exception):
    """The replay cannot go on."""


@dataclass(slots=True)
class Progress:
    """How many invoices are accepted, how long that took, and the seconds that each kind of work took."""

    name: str
    position: int = 0
    batch: int = 0
    runs: int = 0
    elapsed: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[None]:
        """What is in the block counts as elapsed time."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.elapsed += time.perf_counter() - began

    def spend(self, name: str, work: Callable[[], object]) -> None:
        """Do some work of this kind."""
        began = time.perf_counter()
        work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def save(self) -> None:
        """Keep this in the data folder."""
        file = _file(self.name)
        spare = file.with_suffix(".new")
        spare.write_text(json.dumps(asdict(self), indent=1))
        spare.replace(file)

    @classmethod
    def read(cls, name: str) -> Progress:
        """What was kept under this name, or nothing done yet."""
        file = _file(name)
        return cls(**json.loads(file.read_text())) if file.exists() else cls(name)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Nobody else plays under this name meanwhile. Raises ReplayStuck when somebody does."""
    with _file(name).with_suffix(".lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReplayStuck(f"Another process plays {name}.") from None
        yield


def _file(name: str) -> Path:
    return Home.from_environment().path / f"replay-{name}.json"
