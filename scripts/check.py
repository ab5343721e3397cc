"""`make check`: every static gate, cheap ones first, each with its name and its time.

All run even after a failure; the exit code says whether any failed. Names given as arguments choose some of them.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent


@dataclass(frozen=True)
class Gate:
    """One check: a name, a command, and what it needs in the environment."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


def production_like() -> dict[str, str]:
    """What a careful operator sets, with secrets made up on the spot."""
    return {
        "BATON_ENV": "production",
        "BATON_HOME": str(ROOT / "build" / "check"),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ENCRYPTION_KEYS": "Y2hlY2stY2hlY2stY2hlY2stY2hlY2stY2hlY2stMTI=",
        "ALLOWED_HOSTS": "baton.example",
        "DATABASE_URL": "postgres://baton@127.0.0.1:1/baton",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "STATIC_ROOT": str(ROOT / "build" / "static"),
    }


def templates() -> list[str]:
    """Every template of the repository."""
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.html"], cwd=ROOT, text=True
    )
    return [path for path in listed.splitlines() if (ROOT / path).is_file()]


def gates() -> list[Gate]:
    """The list, cheapest first."""
    manage = [PYTHON, "-W", "error", "-W", "ignore::RuntimeWarning", "manage.py"]
    return [
        Gate("format", [PYTHON, "-m", "ruff", "format", "--check", "--output-format=concise", "."]),
        Gate("lint", [PYTHON, "-m", "ruff", "check", "--quiet", "--output-format=concise", "."]),
        Gate("templates", [str(BIN / "djade"), "--check", "--target-version", "5.2", *templates()]),
        Gate("rooms", [PYTHON, "-m", "tools.lint_rooms"]),
        Gate("layers", [str(BIN / "lint-imports"), "--no-cache"]),
        Gate("translations", [PYTHON, "scripts/check_messages.py"]),
        Gate("deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], production_like()),
        Gate("migrations", [*manage, "makemigrations", "--check", "--dry-run"], production_like()),
        Gate("types", [PYTHON, "-m", "mypy"], {"BATON_ENV": "test"}),
    ]


def passes(gate: Gate) -> bool:
    """Run one gate; what it said is shown only when it failed."""
    print(f"{gate.name:<13}", end="", flush=True)
    started = time.monotonic()
    result = subprocess.run(
        gate.command,
        cwd=ROOT,
        env={**os.environ, **gate.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    good = result.returncode == 0
    print(f"{'ok' if good else 'FAILED':<7} {time.monotonic() - started:5.1f} s", flush=True)
    if not good:
        print(result.stdout.rstrip(), flush=True)
    return good


def main(names: Sequence[str]) -> int:
    """Run the gates; the answer is the exit code."""
    every = gates()
    unknown = set(names) - {gate.name for gate in every}
    if unknown:
        print(f"There is no check {', '.join(sorted(unknown))}; choose from {', '.join(gate.name for gate in every)}.")
        return 2
    failed = [gate.name for gate in every if (not names or gate.name in names) and not passes(gate)]
    print(f"check: {len(failed)} failed: {', '.join(failed)}" if failed else "check: all good")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
