"""The data folder: where it is, what is in it, and which ports it uses."""

import json
import os
import random
import socket
from dataclasses import dataclass
from pathlib import Path

from oms.local.errors import LocalError

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_000)  # below the ephemeral range, so that no outgoing connection takes a remembered port


@dataclass(frozen=True)
class Home:
    """One data folder. Two folders never share a server, a port or a file."""

    path: Path
    test: bool = False

    @classmethod
    def from_environment(cls, *, test: bool = False) -> "Home":
        """The folder named by BATON_HOME, else `.baton`; tests live in a folder of their own inside it."""
        base = Path(os.environ.get("BATON_HOME") or ".baton").expanduser().resolve()
        return cls(base / "test" if test else base, test=test)

    def ensure(self) -> None:
        """Create the folder; raises LocalError when that is impossible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise LocalError(f"Cannot create the data folder {self.path}: {exc.strerror}. Set BATON_HOME.") from exc
        if not os.access(self.path, os.W_OK):
            raise LocalError(f"The data folder {self.path} is not writable. Set BATON_HOME to a folder of yours.")

    def port(self, service: str) -> int:
        """The port this folder remembers for a service; chosen once, changed only when somebody else took it."""
        known = self._ports()
        port = known.get(service)
        if port is None or not is_free(port):
            port = free_port(avoid=frozenset(known.values()))
            self.remember_port(service, port)
        return port

    def remember_port(self, service: str, port: int) -> None:
        """Keep a service's port for the next start."""
        write_private(self._ports_file, json.dumps({**self._ports(), service: port}, indent=2))

    def remembered_port(self, service: str) -> int | None:
        """The last port of a service, in use or not."""
        return self._ports().get(service)

    def _ports(self) -> dict[str, int]:
        return read_json(self._ports_file)

    @property
    def _ports_file(self) -> Path:
        return self.path / "ports.json"


def read_json(path: Path) -> dict[str, int]:
    """A small JSON object; a missing or half-written file counts as empty."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {str(key): int(value) for key, value in found.items()}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in one step."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)
    draft.replace(path)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(*, avoid: frozenset[int] = frozenset()) -> int:
    """A loopback port that nobody listens on."""
    for port in random.sample(PORTS, 200):
        if port not in avoid and is_free(port):
            return port
    raise LocalError(f"No free port between {PORTS.start} and {PORTS.stop} on {LOOPBACK}.")
