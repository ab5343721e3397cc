"""What runs beside the replay, by default in processes of their own: the shop, and the crew that does the work."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from channels.simulators.app import Options, build
from channels.simulators.server import Running
from oms.local.demo import ROOT, any_answer, manage, wait_for
from oms.local.home import LOOPBACK, Home
from oms.local.processes import ProcessSpec, Screen, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oms.local.replay.crew import Crew

ANSWER_SECONDS = 120
CREW_STOP_SECONDS = 120
PAUSE_SECONDS = 0.2
MOST_WAITING = 200


@contextmanager
def shop_within(*, seed: int) -> Iterator[httpx.Client]:
    """A WooCommerce shop that knows nothing yet, in a thread of this process."""
    with Running(build(Options(kind="woocommerce", seed=seed))) as shop, _client(shop.url) as client:
        yield client


@contextmanager
def shop_beside(*, seed: int) -> Iterator[httpx.Client]:
    """The same in a process of its own, until the end of the block or of this process. Raises ProcessFailed."""
    port = Home.from_environment().port("replay-shop")
    url = f"http://{LOOPBACK}:{port}"
    command = [sys.executable, "-m", "channels.simulators", "--kind=woocommerce", f"--port={port}", f"--seed={seed}"]
    with Supervisor(os.environ, Screen(sys.stderr), folder=ROOT) as processes:
        processes.start(ProcessSpec("shop", command))
        wait_for(processes, [url], any_answer)
        with _client(url) as client:
            yield client


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=ANSWER_SECONDS)


@contextmanager
def crew_beside(crew: Crew, *, tenant: str) -> Iterator[Callable[[], None]]:
    """A crew at work until the end of the block; what is given waits while much is left, and replaces a crew that died.

    Raises ProcessFailed when crews die again and again.
    """
    with Supervisor(os.environ, Screen(sys.stderr), folder=ROOT, stop_seconds=CREW_STOP_SECONDS) as processes:
        processes.start(ProcessSpec("crew", manage("replay_crew", tenant)))

        def keep_up() -> None:
            processes.revive()
            while crew.backlog() > MOST_WAITING:
                time.sleep(PAUSE_SECONDS)
                processes.revive()

        yield keep_up
