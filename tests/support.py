"""What tests of the whole need: the outbox emptied here and now, without a broker; acts that meet; a guard taken away."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone

from oms.events.invariants import invariants, violations
from oms.events.jobs import jobs
from oms.events.registry import subscribers
from oms.events.relay import relay_once
from oms.events.services import deliver
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from oms.events.relay import Claim
    from oms.tenancy.models import Tenant

T = TypeVar("T")
PATIENCE = 30
# An advisory lock at which `gated` lets statements wait.
GATE = 770_077


def _deliver_now(claimed: Claim) -> None:
    deliver(
        tenant_id=claimed.tenant_id,
        subscriber_name=claimed.subscriber,
        delivery_ids=claimed.delivery_ids,
        now=timezone.now(),
    )


def until_fed(seconds: float = 300) -> None:
    """Wait until the feed shows what is committed: it holds back while any older transaction of the server runs."""
    deadline = time.monotonic() + seconds
    while True:
        with connections["platform"].cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(max(transaction), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM events_event"
            )
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline, "The feed holds back for too long."
        time.sleep(0.2)


def drain(rounds: int = 20) -> None:
    """Deliver what is owed, and what that brings about, until nothing is."""
    for _round in range(rounds):
        if not relay_once(_deliver_now):
            return
    raise AssertionError("The outbox does not empty.")


def queues_in_use() -> set[str]:
    """Every queue that something is handed to."""
    return {each.queue for each in (*subscribers(), *jobs())}


@contextmanager
def planted(sql: str, *, read_as: str = settings.ROLE_PLATFORM) -> Iterator[None]:
    """Change the database as its owner for the time of the block, on the `platform` connection, and read there as a role."""
    with transaction.atomic(using="platform"), connections["platform"].cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        for statement in sql.split(";"):
            cursor.execute(statement)
            assert cursor.rowcount, f"Nothing is there for {statement}"
        cursor.execute(f"SET LOCAL ROLE {read_as}")
        yield
        transaction.set_rollback(True, using="platform")


def empty_database() -> None:
    """Remove what was committed; the runtime roles may not, so the owner does.

    Most tables are empty, and to truncate one costs more than to delete what a test left. The locks wait for whoever still writes.
    """
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    with as_owner() as owner, owner.transaction():
        listed = owner.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [name for (name,) in listed if name not in kept]
        owner.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        owner.execute("SET LOCAL session_replication_role = replica")
        filled = " UNION ALL ".join(f"(SELECT '{name}' WHERE EXISTS (SELECT FROM {name}))" for name in tables)
        for (name,) in owner.execute(filled).fetchall():
            owner.execute(f"DELETE FROM {name}")


def broken() -> list[str]:
    """The names of the invariants that what is committed breaks; the cases go to the test's output."""
    found = {each.name: violations(each) for each in invariants()}
    for name, (_count, cases) in found.items():
        for _tenant, case in cases:
            sys.stdout.write(f"{name}: {case}\n")
    return [name for name, (count, _cases) in found.items() if count]


@contextmanager
def as_owner() -> Iterator[psycopg.Connection]:
    """A connection of its own as the owner of the test database, whom no guard but constraints and triggers stops."""
    connection = connections["owner"]
    parameters = connection.get_connection_params() | {"dbname": connection.settings_dict["TEST"]["NAME"]}
    for name in ("cursor_factory", "context"):
        parameters.pop(name, None)
    with psycopg.connect(**parameters, autocommit=True) as owner:
        yield owner


def changed(sql: str, *changes: tuple[str, str]) -> str:
    """A statement with some of its words replaced: each must be there, or the test would try nothing."""
    for before, after in changes:
        assert before in sql, f"{before} is not in the statement"
        sql = sql.replace(before, after)
    return sql


def at_once(acts: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Let all act in threads that begin together, each on connections of its own; what each returned or raised."""
    begin = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        begin.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [_outcome(future) for future in [pool.submit(_alone, run, act) for act in acts]]


def overlapping(tenant: Tenant, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Let `second` act when `first` has acted and not committed; `first` commits once `second` is over or waits for it.

    Each in a transaction of its own; what each returned or raised.
    """
    acted, leave = threading.Event(), threading.Event()
    waiting: list[int] = []

    def lead() -> Any:
        try:
            with tenant_scope(tenant.pk):
                found = first()
                acted.set()
                assert leave.wait(PATIENCE)
                return found
        finally:
            acted.set()

    def follow() -> Any:
        assert acted.wait(PATIENCE)
        with tenant_scope(tenant.pk):
            waiting.append(_backend())
            return second()

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(_alone, lead), pool.submit(_alone, follow)
        until(lambda: two.done() or is_blocked(waiting))
        leave.set()
        return _outcome(one), _outcome(two)


class Meeting:
    """A point in the middle of several acts: who calls it waits until each other is there too, is over, or waits for a lock."""

    def __init__(self) -> None:
        self._backends: dict[int, int] = {}
        self._there: set[int] = set()

    def __call__(self) -> None:
        me = threading.get_ident()
        self._there.add(me)
        others = [thread for thread in self._backends if thread != me]
        until(lambda: all(each in self._there or is_blocked([self._backends[each]]) for each in others))

    def run(self, tenant: Tenant, *acts: Callable[[], Any]) -> list[Any]:
        """Let all act at once, each in a transaction of its own; what each returned or raised."""
        begin = threading.Barrier(len(acts))

        def act_in_scope(act: Callable[[], Any]) -> Any:
            try:
                with tenant_scope(tenant.pk):
                    self._backends[threading.get_ident()] = _backend()
                    begin.wait(PATIENCE)
                    return act()
            finally:
                self._there.add(threading.get_ident())

        with ThreadPoolExecutor(len(acts)) as pool:
            return [_outcome(future) for future in [pool.submit(_alone, act_in_scope, act) for act in acts]]


def gated(tenant: Tenant, *acts: Callable[[], Any]) -> list[Any]:
    """Let each act in a transaction of its own up to the GATE that its statement waits at, which opens once all wait.

    What each returned or raised.
    """
    waiting: list[int] = []

    def act_in_scope(act: Callable[[], Any]) -> Any:
        with tenant_scope(tenant.pk):
            waiting.append(_backend())
            return act()

    with ThreadPoolExecutor(len(acts)) as pool, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
        try:
            futures = [pool.submit(_alone, act_in_scope, act) for act in acts]
            until(lambda: len(waiting) == len(acts) and is_blocked(waiting))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])
        return [_outcome(future) for future in futures]


@contextmanager
def pauses(table: str, when: str) -> Iterator[None]:
    """Let rows of a table wait at the GATE before they are inserted, when SQL over NEW says so."""
    with as_owner() as owner:
        owner.execute(
            "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END $$"
        )
        owner.execute(
            f"CREATE TRIGGER pause BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION pause()"
        )
        try:
            yield
        finally:
            owner.execute(f"DROP TRIGGER pause ON {table}; DROP FUNCTION pause()")


def until(true: Callable[[], bool]) -> None:
    """Poll; fails when it does not become true in time."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)


def is_blocked(backends: Sequence[int]) -> bool:
    """Whether each of these database sessions waits for another's lock; without any, no."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(bool_and(cardinality(pg_blocking_pids(pid)) > 0), false) FROM unnest(%s::int[]) pid",
            [list(backends)],
        )
        return bool(cursor.fetchone()[0])


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _alone(act: Callable[..., T], *arguments: Any) -> T:
    try:
        return act(*arguments)
    finally:
        connections.close_all()


def _outcome(future: Future[T]) -> T | Exception:
    error = future.exception(2 * PATIENCE)
    if error is None:
        return future.result()
    if isinstance(error, Exception):
        return error
    raise error


def broken_here(*rooms: str) -> list[str]:
    """The names of the invariants that the open transaction breaks for the tenant whose scope is open; of all, or of some rooms."""
    found = []
    with connection.cursor() as cursor:
        for each in invariants():
            if rooms and not each.name.startswith(rooms):
                continue
            cursor.execute(each.of_every_row())
            cases = cursor.fetchall()
            if cases:
                sys.stdout.write(f"{each.name}: {cases[:3]}\n")
                found.append(each.name)
    return found
