"""Start and stop the servers Baton stands on, unless the environment names others."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from oms.local.environment import remember
from oms.local.home import Home
from oms.local.lease import Lease, alone, in_use
from oms.local.postgres import Postgres
from oms.local.valkey import Valkey

Server = Postgres | Valkey
VARIABLES: dict[str, type[Server]] = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}


@dataclass(frozen=True)
class ServiceUrls:
    """Where the two servers are."""

    database: str
    redis: str

    def as_environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database, "REDIS_URL": self.redis}


@dataclass(frozen=True)
class ServiceStatus:
    """One embedded server as it is now."""

    name: str
    pid: int | None
    url: str


def embedded(environment: Mapping[str, str], home: Home) -> dict[str, Server]:
    """The servers that run here, by the variable that would replace them."""
    return {name: kind(home) for name, kind in VARIABLES.items() if not environment.get(name)}


@contextmanager
def local_services(home: Home, environment: Mapping[str, str] | None = None) -> Iterator[ServiceUrls]:
    """Run the servers for the length of a `with` block.

    They are stopped at its end, unless another process still uses them or `up` asked to keep them.
    DATABASE_URL and REDIS_URL, where set, replace the embedded servers. Raises ServiceFailed.
    """
    environment = os.environ if environment is None else environment
    servers = embedded(environment, home)
    home.ensure()
    lease = Lease(home.path / "lease")
    try:
        with alone(home.path / "lock"):
            lease.take()
            _start(home, servers)
        yield _urls(environment, servers)
    finally:
        with alone(home.path / "lock"):
            if lease.give_back() and not _kept(home):
                _stop(servers)


def watch_services(home: Home) -> list[str]:
    """Start again the embedded servers that ended; the answer names them."""
    ended = [server for server in embedded(os.environ, home).values() if server.pid() is None]
    with alone(home.path / "lock"):
        for server in ended:
            server.start()
    return [server.name for server in ended]


def up(home: Home) -> ServiceUrls:
    """Start the servers and leave them running until `down`."""
    home.ensure()
    servers = embedded(os.environ, home)
    with alone(home.path / "lock"):
        (home.path / "keep").touch()
        _start(home, servers)
    return _urls(os.environ, servers)


def down(home: Home) -> bool:
    """Stop the servers; True when somebody was still using them."""
    home.ensure()
    with alone(home.path / "lock"):
        (home.path / "keep").unlink(missing_ok=True)
        used = in_use(home.path / "lease")
        _stop(embedded({}, home))
    return used


def status(home: Home) -> list[ServiceStatus]:
    """The embedded servers of a folder, running or not."""
    servers = embedded({}, home).values()
    return [ServiceStatus(name=server.name, pid=server.pid(), url=server.url()) for server in servers]


def _kept(home: Home) -> bool:
    return (home.path / "keep").exists()


def _start(home: Home, servers: Mapping[str, Server]) -> None:
    for server in servers.values():
        server.start()
    remember(home, {variable: server.url() for variable, server in servers.items()})


def _stop(servers: Mapping[str, Server]) -> None:
    for server in reversed(list(servers.values())):
        server.stop()


def _urls(environment: Mapping[str, str], servers: Mapping[str, Server]) -> ServiceUrls:
    found = {name: servers[name].url() if name in servers else environment[name] for name in VARIABLES}
    return ServiceUrls(database=found["DATABASE_URL"], redis=found["REDIS_URL"])
