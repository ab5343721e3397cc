"""Fixtures that every test may use: the database under its three roles, two tenants, and people to act."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from playwright.sync_api import TimeoutError as BrowserTimeout

from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from tests.support import empty_database

# Named once and here: imported in two folders, a session fixture is two fixtures, and two browsers do not share a thread.
from tests.web.browser import browser_page, chromium, live, open_browser  # noqa: F401 -- fixtures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    from oms.tenancy.models import Tenant

# An advisory lock: who holds it may migrate the database that the workers copy.
MIGRATING = 770_078
NOW = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)
# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile(
    "baton",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("baton")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, request) -> Iterator[None]:
    """Create the test database as its owner; the other two connections are the same database under the runtime roles.

    Tests therefore run under row-level security, as production does.
    """
    workerinput = getattr(request.config, "workerinput", None)
    with django_db_blocker.unblock():
        owner = connections["owner"]
        name = owner.settings_dict["TEST"]["NAME"]
        if workerinput:
            with _first_come(owner) as cursor:
                template = f"{name}_migrated"
                _migrate_once(cursor, template, run=workerinput["testrunuid"])
                owner.settings_dict["TEST"]["TEMPLATE"] = template
                name = f"{name}_{workerinput['workerid']}"
                previous = _create(name)
        else:
            previous = _create(name)
        for alias in ("default", "platform"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name
            settings.DATABASES[alias]["NAME"] = name
    yield
    with django_db_blocker.unblock():
        for alias in ("default", "platform"):
            connections[alias].close()
        # Threads of live servers may still hold a connection; the database would refuse to be dropped.
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                [name],
            )
        teardown_databases(previous, verbosity=0)


@contextmanager
def _first_come(owner: BaseDatabaseWrapper) -> Iterator[CursorWrapper]:
    """A cursor beside the test databases, for one worker at a time."""
    with owner._nodb_cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        yield cursor


def _migrate_once(cursor: CursorWrapper, name: str, *, run: str) -> None:
    """The first worker of a run migrates a database, which says whose it is; all copy it."""
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
    if cursor.fetchone() != (run,):
        teardown_databases(_create(name), verbosity=0, keepdb=True)
        cursor.execute(f"COMMENT ON DATABASE {name} IS '{run}'")


def _create(name: str) -> list[tuple[BaseDatabaseWrapper, str, bool]]:
    for alias in ("default", "platform", "owner"):
        connections[alias].settings_dict["TEST"]["NAME"] = name
    return setup_databases(verbosity=0, interactive=False, aliases=["owner"], serialized_aliases=[])


# What a locator and an `expect` raise whose time is up.
WAITED_IN_VAIN = [BrowserTimeout, "(Locator|Page) expected"]


def pytest_collection_modifyitems(items) -> None:
    """Tests that use the database may use both runtime roles; a browser that was too slow is tried once more."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=WAITED_IN_VAIN))
        if {"db", "transactional_db", "tenants"} & set(getattr(item, "fixturenames", ())):
            transactional = "transactional_db" in item.fixturenames
            item.add_marker(pytest.mark.django_db(databases=["default", "platform"], transaction=transactional))


@pytest.fixture(autouse=True)
def empty_afterwards(request) -> Iterator[None]:
    """What a test committed is gone after it."""
    yield
    if "transactional_db" in request.fixturenames:
        empty_database()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def tenants(db) -> tuple[Tenant, Tenant]:
    """Keravel, whose scope tests work in, and Rival, whose data must never be seen."""
    return (
        create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM),
        create_tenant(slug="rival", name="Rival", actor=SYSTEM),
    )


@pytest.fixture
def shared(transactional_db, tenants) -> Tenant:
    """Keravel, committed, for acts of several threads; each opens the scope itself."""
    return tenants[0]


@pytest.fixture
def tenant(tenants) -> Iterator[Tenant]:
    """The tenant whose scope is open during the test."""
    with tenant_scope(tenants[0].pk):
        yield tenants[0]
