"""Run several processes as one: prefixed logs, restarts, one clean end."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

from oms.local.errors import ProcessFailed

STOP_SECONDS = 9.0
RESTARTS = 5
RESTART_WINDOW = 60.0
COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ProcessSpec:
    """One process: its name in the logs, and its command."""

    name: str
    command: Sequence[str]


class Screen:
    """Where the lines of all processes meet, each with its name before it."""

    def __init__(self, output: IO[str], *, folder: Path | None = None) -> None:
        self._output = output
        self._folder = folder
        self._lock = threading.Lock()
        self._names: list[str] = []
        self._coloured = output.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str) -> None:
        """Print one line; a reader that went away is not an error."""
        with self._lock, contextlib.suppress(BrokenPipeError, ValueError):
            self._output.write(f"{self._prefix(name)} {text}\n")
            self._output.flush()
        if self._folder is not None:
            with (self._folder / f"{name}.log").open("a") as log:
                log.write(f"{text}\n")

    def _prefix(self, name: str) -> str:
        if name not in self._names:
            self._names.append(name)
        label = f"{name:<12}|"
        if not self._coloured:
            return label
        return f"\x1b[{COLOURS[self._names.index(name) % len(COLOURS)]}m{label}\x1b[0m"


@dataclass
class Running:
    """A started process, and what it said last."""

    spec: ProcessSpec
    process: subprocess.Popen[bytes]
    reader: threading.Thread
    said: deque[str]
    starts: list[float] = field(default_factory=list)

    def ending(self) -> str:
        """How it ended, in a sentence."""
        code = self.process.returncode
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"`{self.spec.name}` {how}."

    def failure(self) -> str:
        """How it ended and what it said, for a person."""
        self.reader.join(timeout=1)
        return "\n".join([f"{self.ending()} It said:", *(f"    {text}" for text in self.said)])


class Supervisor:
    """Start processes, watch them, stop them together. Use as a context manager."""

    def __init__(
        self, environment: Mapping[str, str], screen: Screen, *, folder: Path, stop_seconds: float = STOP_SECONDS
    ) -> None:
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._screen = screen
        self._folder = folder
        self._stop_seconds = stop_seconds
        self._running: list[Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.stop()

    def start(self, *specs: ProcessSpec) -> None:
        """Start processes that should run until the end."""
        self._running += [self._launch(spec) for spec in specs]

    def run(self, spec: ProcessSpec) -> None:
        """Run one process to its end. Raises ProcessFailed."""
        running = self._launch(spec)
        self._running.append(running)
        running.process.wait()
        self._running.remove(running)
        if running.process.returncode != 0:
            raise ProcessFailed(running.failure())
        running.reader.join(timeout=5)

    def check(self) -> None:
        """Raises ProcessFailed when a process ended."""
        for running in self._running:
            if running.process.poll() is not None:
                raise ProcessFailed(running.failure())

    def revive(self) -> None:
        """Start again what ended; raises ProcessFailed when it does so again and again."""
        for index, running in enumerate(self._running):
            if running.process.poll() is None:
                continue
            now = time.monotonic()
            recent = [moment for moment in running.starts if now - moment < RESTART_WINDOW]
            if len(recent) >= RESTARTS:
                raise ProcessFailed(f"{running.failure()}\nIt was started {RESTARTS} times within a minute.")
            self._screen.line(running.spec.name, f"{running.ending()} Starting it again.")
            _end_group(running)
            self._running[index] = self._launch(running.spec)
            self._running[index].starts = [*recent, now]

    def pids(self) -> dict[str, int]:
        """The process ids by name."""
        return {running.spec.name: running.process.pid for running in self._running}

    def stop(self) -> None:
        """Ask every process to end, wait, and end the rest with its children."""
        for running in self._running:
            if running.process.poll() is None:
                running.process.terminate()
        deadline = time.monotonic() + self._stop_seconds
        for running in self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        for running in self._running:
            _end_group(running)
            running.process.wait()
            running.reader.join(timeout=1)
        self._running.clear()

    def _launch(self, spec: ProcessSpec) -> Running:
        try:
            process = subprocess.Popen(
                spec.command,
                cwd=self._folder,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the runner alone, which then stops all in order
                preexec_fn=_end_with_parent if _libc else None,  # noqa: PLW1509 -- one call into libc, no locks taken
            )
        except OSError as exc:
            raise ProcessFailed(f"Cannot start `{spec.name}` ({spec.command[0]}): {exc.strerror}.") from exc
        said: deque[str] = deque(maxlen=20)
        reader = threading.Thread(target=self._read, args=(spec.name, process, said), daemon=True)
        reader.start()
        return Running(spec, process, reader, said, [time.monotonic()])

    def _read(self, name: str, process: subprocess.Popen[bytes], said: deque[str]) -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for raw in lines:
                text = raw.decode(errors="replace").rstrip()
                if text:
                    said.append(text)
                    self._screen.line(name, text)


def _end_group(running: Running) -> None:
    """End a process at once, and what it started and did not end."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(running.process.pid, signal.SIGKILL)


def leave_on(signals: Iterable[signal.Signals]) -> None:
    """Turn the first of these signals into SystemExit; the later ones must not disturb the clean end."""
    left = False

    def leave(number: int, _frame: FrameType | None) -> None:
        nonlocal left
        if not left:
            left = True
            raise SystemExit(128 + number)

    for number in signals:
        signal.signal(number, leave)


def _end_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
