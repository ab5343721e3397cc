"""Connections that threads share are like those of their own."""

from copy import deepcopy
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.conf import settings
from django.db import OperationalError, connections, transaction
from django.utils import timezone

from oms.database import sharing
from oms.database.base import DatabaseWrapper
from oms.database.sharing import give_back

ALIAS = "shared"


@pytest.fixture
def given(monkeypatch, django_db_setup, django_db_blocker):
    """The settings of a database whose connections are shared."""
    given = deepcopy(connections["default"].settings_dict)
    given["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 2, "timeout": 5}
    given["CONN_MAX_AGE"] = 0
    monkeypatch.setitem(connections.settings, ALIAS, given)
    with django_db_blocker.unblock():
        # For each name Django learns once which types the database has, over the connection that this thread has of that
        # name; it would take one of those that the test counts.
        connections[ALIAS].ensure_connection()
        _close()
        yield given
        _close()
        del connections[ALIAS]


def _close():
    connections[ALIAS].close()
    connections[ALIAS].close_pool()


@pytest.fixture
def connect(given):
    """Connections as different threads have them."""
    made = []

    def connect() -> DatabaseWrapper:
        made.append(DatabaseWrapper(given, ALIAS))
        return made[-1]

    yield connect
    for each in made:
        each.close()


def ask(connection: DatabaseWrapper, question: str, parameters=()):
    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        return cursor.fetchone()[0]


def test_a_shared_connection_has_the_role_and_the_readers_of_one_of_its_own(connect):
    connection = connect()

    assert ask(connection, "SELECT current_user") == settings.ROLE_APP
    assert ask(connection, "SELECT now()").tzinfo is timezone.now().tzinfo
    assert ask(connection, "SELECT %s::uuid[]", [[UUID(int=1)]]) == [UUID(int=1)]


def test_what_one_thread_gives_back_serves_the_next(connect, monkeypatch):
    first, second, third = connect(), connect(), connect()
    monkeypatch.setattr(sharing, "connections", SimpleNamespace(all=lambda *, initialized_only: [first]))
    server = ask(first, "SELECT pg_backend_pid()")

    assert ask(second, "SELECT pg_backend_pid()") != server
    give_back()

    assert ask(third, "SELECT pg_backend_pid()") == server


def test_the_connection_given_back_last_is_taken_first(given, connect):
    given["OPTIONS"]["pool"]["max_size"] = 3
    one, two, three = connect(), connect(), connect()
    servers = [ask(each, "SELECT pg_backend_pid()") for each in (one, two, three)]

    for each in (three, one, two):
        each.close()

    assert ask(one, "SELECT pg_backend_pid()") == servers[1]
    assert ask(two, "SELECT pg_backend_pid()") == servers[0]


def test_an_open_transaction_keeps_its_connection(connect):
    connect()
    with transaction.atomic(ALIAS):
        server = ask(connections[ALIAS], "SELECT pg_backend_pid()")

        give_back()

        assert ask(connections[ALIAS], "SELECT pg_backend_pid()") == server
    give_back()
    assert connections[ALIAS].connection is None


def test_a_connection_that_belongs_to_one_thread_stays_there(given, monkeypatch):
    del given["OPTIONS"]["pool"]
    own = DatabaseWrapper(given, ALIAS)
    monkeypatch.setattr(sharing, "connections", SimpleNamespace(all=lambda *, initialized_only: [own]))
    server = ask(own, "SELECT pg_backend_pid()")

    give_back()

    assert ask(own, "SELECT pg_backend_pid()") == server
    own.close()


def test_a_database_that_is_down_is_said_to_be_so(given, connect):
    given["PORT"] = 1
    given["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 2, "timeout": 0.2, "reconnect_timeout": 0.1}

    with pytest.raises(OperationalError):
        connect().ensure_connection()
