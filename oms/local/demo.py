"""`make demo`: the whole product on one machine, with channels that keep sending orders.

`manage.py demo --json FILE` loads the data. It finds the addresses of everything in BATON_URL and
BATON_SIMULATOR_<KIND>_URL, and writes to FILE the `tenants` (slug, name, api_key, logins by role) and, under
`simulators`, the arguments each simulated shop is started with, by kind; a path of ours among them is told with the port of the day.
"""

import json
import os
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oms.local.environment import load_environment, merge
from oms.local.errors import LocalError, ProcessFailed
from oms.local.home import LOOPBACK, Home, is_free, write_private
from oms.local.processes import ProcessSpec, Screen, Supervisor, leave_on
from oms.local.services import local_services, watch_services

ROOT = Path(__file__).resolve().parents[2]
SIMULATORS = ("woocommerce", "shopify")
LOADED = "demo-data.json"
HOOKS = "/hooks/"
READY_SECONDS = 120
WATCH_SECONDS = 1.0
WORKER_OPTIONS = ("--without-gossip", "--without-mingle", "--max-tasks-per-child=500", "--loglevel=info")


def run_demo(home: Home, port: int) -> int:
    """Run everything in the foreground until Ctrl-C; the answer is the exit code."""
    home.ensure()
    if not is_free(port):
        raise LocalError(f"Port {port} is in use. Choose another one: make demo PORT={port + 1}")
    leave_on((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    ready = False
    try:
        (home.path / "demo.json").unlink(missing_ok=True)
        screen = Screen(sys.stdout, folder=fresh_folder(home, "logs"))
        screen.line("baton", f"data folder {home.path}; preparing, this takes a minute the first time")
        with local_services(home) as urls:
            environment = merge(os.environ, {**load_environment(home), **urls.as_environment()})
            environment = {"PYTHONWARNINGS": "ignore", **environment, **addresses(home, port)}
            environment |= {"PROMETHEUS_MULTIPROC_DIR": str(fresh_folder(home, "metrics"))}
            with Supervisor(environment, screen, folder=ROOT) as processes:
                start(processes, home, port)
                announce(screen, publish(home, port))
                ready = True
                watch(processes, home, screen)
    except SystemExit as left:
        print("baton: stopped.", flush=True)
        return 0 if ready else int(left.code or 0)
    return 0


def start(processes: Supervisor, home: Home, port: int) -> None:
    """Bring everything up in order; returns when the pages answer. Raises ProcessFailed."""
    processes.run(ProcessSpec("upgrade", manage("upgrade", "--verbosity=0")))
    processes.run(ProcessSpec("demo-data", manage("demo", "--json", str(home.path / LOADED))))
    extra: dict[str, list[str]] = loaded(home).get("simulators", {})
    shops = [simulator(home, kind, at_port(port, extra.get(kind, []))) for kind in SIMULATORS]
    processes.start(*shops, web(port), *background())
    wait_for(processes, [f"{url}/" for url in simulator_urls(home).values()], any_answer)
    wait_for(processes, [f"http://{LOOPBACK}:{port}/readyz"], good_answer)


def at_port(port: int, options: list[str]) -> list[str]:
    """Options of a simulated shop, with the address of the web server before each path that it calls."""
    return [f"http://{LOOPBACK}:{port}{option}" if option.startswith(HOOKS) else option for option in options]


def watch(processes: Supervisor, home: Home, screen: Screen) -> None:
    """Keep everything alive until a signal ends us."""
    while True:
        time.sleep(WATCH_SECONDS)
        for name in watch_services(home):
            screen.line("baton", f"{name} had ended and was started again.")
        processes.revive()


def web(port: int) -> ProcessSpec:
    """The web server."""
    options = ["--bind", f"{LOOPBACK}:{port}", "--worker-class=gthread", "--workers=2", "--threads=24"]
    options += ["--timeout=60", "--graceful-timeout=8", "--no-control-socket", "--log-level=warning"]
    return ProcessSpec("web", [sys.executable, "-m", "gunicorn", "oms.wsgi:application", *options])


def background() -> list[ProcessSpec]:
    """Workers, relay and scheduler. Slow channels never hold up routing, nor long files channels: each has a worker."""
    return [
        worker("worker", "stock,critical,default", concurrency=2),
        worker("connectors", "stock,connectors", concurrency=2),
        worker("bulk", "bulk", concurrency=1),
        ProcessSpec("relay", manage("relay")),
        ProcessSpec("scheduler", manage("scheduler")),
    ]


def worker(name: str, queues: str, *, concurrency: int) -> ProcessSpec:
    """One Celery worker."""
    command = [sys.executable, "-m", "celery", "--quiet", "--app=oms.celery:app", "worker", f"--queues={queues}"]
    return ProcessSpec(name, [*command, f"--concurrency={concurrency}", f"--hostname={name}@%h", *WORKER_OPTIONS])


def simulator(home: Home, kind: str, extra: list[str]) -> ProcessSpec:
    """A shop that speaks one channel's wire format."""
    port = simulator_urls(home)[kind].rpartition(":")[2]
    command = [sys.executable, "-m", "channels.simulators", "--kind", kind, "--port", port]
    return ProcessSpec(kind, [*command, "--state", str(home.path / f"{kind}.json"), *extra])


def simulator_urls(home: Home) -> dict[str, str]:
    """Where the simulators are, by kind; the ports are chosen once, since the channels remember them."""
    names = {kind: f"simulator-{kind}" for kind in SIMULATORS}
    ports = {kind: home.remembered_port(name) or home.port(name) for kind, name in names.items()}
    return {kind: f"http://{LOOPBACK}:{port}" for kind, port in ports.items()}


def addresses(home: Home, port: int) -> dict[str, str]:
    """What every process should know about the others."""
    simulators = {f"BATON_SIMULATOR_{kind.upper()}_URL": url for kind, url in simulator_urls(home).items()}
    return {"BATON_HOME": str(home.path), "BATON_URL": f"http://{LOOPBACK}:{port}", **simulators}


def manage(*arguments: str) -> list[str]:
    """A management command."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def wait_for(processes: Supervisor, urls: list[str], accept: Callable[[str], bool]) -> None:
    """Wait until every address answers; raises ProcessFailed when a process dies or time is up."""
    deadline = time.monotonic() + READY_SECONDS
    waiting = list(urls)
    while waiting := [url for url in waiting if not accept(url)]:
        processes.check()
        if time.monotonic() > deadline:
            raise ProcessFailed(f"{', '.join(waiting)} did not answer within {READY_SECONDS} seconds.")
        time.sleep(0.2)


def good_answer(url: str) -> bool:
    """Whether an address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 -- our own loopback address
            return bool(response.status == 200)  # noqa: PLR2004 -- the HTTP status
    except OSError:
        return False


def any_answer(url: str) -> bool:
    """Whether an HTTP server answers at all."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 -- our own loopback address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def loaded(home: Home) -> dict[str, Any]:
    """What `manage.py demo` wrote."""
    found: dict[str, Any] = json.loads((home.path / LOADED).read_text())
    return found


def publish(home: Home, port: int) -> dict[str, Any]:
    """Write demo.json, which says that all is ready and how to get in."""
    found = {"url": f"http://{LOOPBACK}:{port}", "tenants": loaded(home)["tenants"]}
    write_private(home.path / "demo.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return found


def announce(screen: Screen, found: dict[str, Any]) -> None:
    """Tell the person where to go."""
    lines = ["", f"Baton is ready:  {found['url']}", f"API reference:   {found['url']}/api/v1/docs"]
    for tenant in found["tenants"]:
        lines += ["", f"{tenant.get('name', tenant['slug'])}", f"  API key          {tenant['api_key']}"]
        lines += [f"  {role:<16} {login['email']}  {login['password']}" for role, login in tenant["logins"].items()]
    for line in [*lines, "", "Ctrl-C stops everything.", ""]:
        screen.line("baton", line)


def fresh_folder(home: Home, name: str) -> Path:
    """An empty folder."""
    folder = home.path / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
