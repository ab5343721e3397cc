"""PostgreSQL refuses to run as root; this finds the account it runs as then.

As root, the server runs as the account `baton` where there is one, else as `nobody`. When the programs or the data
lie under a folder that account may not enter (a checkout in /root), it keeps the right to pass through folders,
instead of the folders being opened to everyone.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oms.local.errors import LocalError

CANDIDATES = ("baton", "nobody")
PASS_THROUGH = ("--inh-caps", "+dac_override", "--ambient-caps", "+dac_override", "--bounding-set", "+dac_override")


@dataclass(frozen=True)
class Account:
    """Who runs the database server: ourselves, or another account when we are root."""

    uid: int
    gid: int
    switch: bool
    prefix: tuple[str, ...] = ()

    @classmethod
    def for_programs(cls, *paths: Path) -> "Account":
        """The account that can run programs in, and keep data under, these folders."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switch=False)
        entry = _unprivileged()
        if all(can_reach(path, entry.pw_uid, entry.pw_gid) for path in paths):
            return cls(entry.pw_uid, entry.pw_gid, switch=True)
        return cls(entry.pw_uid, entry.pw_gid, switch=False, prefix=_setpriv(entry, paths))

    def own(self, path: Path) -> None:
        """Give a folder to the account."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def run(self, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program as the account, from a folder every account can enter."""
        if self.switch:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        line = [*self.prefix, *command]
        return subprocess.run(line, check=False, text=True, cwd="/", stdin=subprocess.DEVNULL, **options)


def can_reach(path: Path, uid: int, gid: int) -> bool:
    """Whether an account may enter a folder and every folder above it."""
    return all(_may_enter(folder.stat(), uid, gid) for folder in (path, *path.parents))


def _may_enter(found: os.stat_result, uid: int, gid: int) -> bool:
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _unprivileged() -> pwd.struct_passwd:
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LocalError("PostgreSQL cannot run as root and there is no account `nobody`. Run as an ordinary user.")


def _setpriv(entry: pwd.struct_passwd, paths: Sequence[Path]) -> tuple[str, ...]:
    program = shutil.which("setpriv")
    if program is None:
        closed = next(path for path in paths if not can_reach(path, entry.pw_uid, entry.pw_gid))
        raise LocalError(
            f"PostgreSQL runs as `{entry.pw_name}` here, which may not enter {closed}. Move the checkout out of a "
            "private folder, set BATON_HOME to one that everyone may enter, or install setpriv (util-linux)."
        )
    who = ("--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups")
    return (program, *who, *PASS_THROUGH, "--")
