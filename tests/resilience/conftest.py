"""Real processes on the test database: a relay and Celery workers, with a Valkey of their own that may be stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.db import connections

from oms.local.home import Home
from oms.local.valkey import Valkey


class Processes:
    """Starts and kills; whatever still runs at the end is ended."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._running: list[subprocess.Popen[bytes]] = []

    def relay(self) -> subprocess.Popen[bytes]:
        return self._start("manage.py", "relay")

    def worker(self) -> subprocess.Popen[bytes]:
        options = ["--without-gossip", "--without-mingle", "--loglevel=error", "--concurrency=2"]
        return self._start(
            "-m", "celery", "-A", "oms.celery:app", "worker", "-Q", "stock,critical,default,connectors,bulk", *options
        )

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, *arguments], env=self._environment, start_new_session=True)
        self._running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As a power cut would, children included."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                self.kill(process)


@pytest.fixture
def valkey(tmp_path):
    server = Valkey(Home(tmp_path / "home"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def processes(valkey, transactional_db):
    settings = connections["default"].settings_dict
    url = f"postgres://{quote(settings['USER'])}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "REDIS_URL": valkey.url(),
        "CELERY_VISIBILITY_TIMEOUT": "4",
        "OUTBOX_LEASE_SECONDS": "4",
        "LOG_LEVEL": "ERROR",
        "PYTHONWARNINGS": "ignore",
    }
    started = Processes(environment)
    yield started
    started.end()


def wait_until(true, *, seconds: float) -> None:
    """Poll until `true()`; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.2)
