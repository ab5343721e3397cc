"""`python -m oms.local`: start, stop and use the embedded servers."""

import argparse
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence

from oms.local import services
from oms.local.demo import run_demo
from oms.local.environment import load_environment, merge
from oms.local.errors import LocalError
from oms.local.home import Home
from oms.local.processes import leave_on

STOP_SECONDS = 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command; the answer is the process's exit code."""
    options = parser().parse_args(arguments)
    home = Home.from_environment(test=options.test)
    try:
        return int(options.action(home, options))
    except LocalError as refusal:
        print(f"baton: {refusal}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m oms.local", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name, action, text in (
        ("up", _up, "start PostgreSQL and Valkey and leave them running"),
        ("down", _down, "stop them"),
        ("status", _status, "say whether they run, and where"),
        ("env", _env, "print the environment as shell exports"),
        ("demo", _demo, "run the whole product with demonstration data until Ctrl-C"),
        ("run", _run, "run a command with the servers up and DATABASE_URL, REDIS_URL and the rest exported"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--test", action="store_true", help="use the throw-away servers of the tests")
        command.set_defaults(action=action)
        if name == "demo":
            command.add_argument("--port", type=int, default=8000, help="where the pages are (default 8000)")
        if name == "run":
            command.add_argument("command", nargs="+", metavar="CMD", help="after --: the command and its arguments")
    return top


def _up(home: Home, _options: argparse.Namespace) -> int:
    for name, value in services.up(home).as_environment().items():
        print(f"{name}={value}")
    return 0


def _down(home: Home, _options: argparse.Namespace) -> int:
    if services.down(home):
        print("Stopped, although another process was still using the servers.", file=sys.stderr)
    return 0


def _status(home: Home, _options: argparse.Namespace) -> int:
    found = services.status(home)
    for server in found:
        state = f"running (process {server.pid}) at {server.url}" if server.pid else "stopped"
        print(f"{server.name:<9} {state}")
    return 0 if all(server.pid for server in found) else 3


def _env(home: Home, _options: argparse.Namespace) -> int:
    known = load_environment(home)
    for name, value in known.items():
        print(f"export {name}={shlex.quote(os.environ.get(name) or value)}")
    return 0


def _demo(home: Home, options: argparse.Namespace) -> int:
    return run_demo(home, options.port)


def _run(home: Home, options: argparse.Namespace) -> int:
    leave_on((signal.SIGTERM, signal.SIGHUP))
    with services.local_services(home) as urls:
        environment = merge(os.environ, {**load_environment(home), **urls.as_environment()})
        environment["BATON_HOME"] = str(home.path.parent if home.test else home.path)
        return run_command(options.command, environment)


def run_command(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run a command in the foreground; when we are told to end, end it first."""
    try:
        child = subprocess.Popen(command, env=environment)
    except OSError as exc:
        raise LocalError(f"Cannot run {command[0]}: {exc.strerror}.") from exc
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            continue  # the terminal sent it to the child too
        except SystemExit:
            code = _ended(child)
        return code if code >= 0 else 128 - code


def _ended(child: subprocess.Popen[bytes]) -> int:
    child.terminate()
    try:
        return child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


if __name__ == "__main__":
    sys.exit(main())
