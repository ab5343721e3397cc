"""Pytest plugin: plain `pytest` starts the throw-away servers when no others are named."""

import atexit
import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from oms.local.environment import load_environment, merge
from oms.local.home import Home
from oms.local.services import local_services

_open = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Before Django reads its settings; a worker of xdist inherits the controller's environment."""
    home = Home.from_environment(test=True)
    atexit.register(_open.close)  # also where pytest gives up before it is configured
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        urls = _open.enter_context(local_services(home))
        os.environ.update(urls.as_environment())
    os.environ.update(merge(os.environ, load_environment(home)))
    os.environ["REDIS_URL"] = own_redis_database(os.environ["REDIS_URL"], os.environ.get("PYTEST_XDIST_WORKER", ""))
    return (yield)


def own_redis_database(url: str, worker: str) -> str:
    """Each worker of xdist has a Redis database of its own: gw0 uses 1, gw1 uses 2, and so on."""
    number = worker.removeprefix("gw")
    return f"{url.rpartition('/')[0]}/{int(number) + 1}" if number.isdigit() else url


def pytest_unconfigure() -> None:
    """Stop what this session started."""
    _open.close()
