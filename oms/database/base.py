"""The backend that `ENGINE` names."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.types.datetime import TimestamptzLoader

from oms.database.arrays import PlainListDumper

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.abc import Buffer

_STACKING = Lock()
TIMESTAMPTZ = psycopg.adapters.types["timestamptz"].oid


class UtcLoader(TimestamptzLoader):
    """Reads a timestamp by `fromisoformat`, which is compiled; the reader that Django brings took a tenth of a bulk's time.

    Django compares `timezone` with what the connection wants; every connection of ours is in UTC.
    """

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            return datetime.fromisoformat(bytes(data).decode()).astimezone(UTC)
        except ValueError:
            # `infinity` and years before Christ: the parent says what is wrong with them.
            return super().load(data)


class _Stack(deque[Any]):
    """What a pool keeps; the connection given back last is taken first."""

    popleft = deque.pop


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    @property
    def pool(self) -> Any:
        """As the parent's, but the busiest connection is taken first.

        psycopg's own takes each in turn, so that all of them have to learn the plans of every statement.
        """
        pool = super().pool
        with _STACKING:
            if pool and not isinstance(pool._pool, _Stack):  # noqa: SLF001 -- it offers no choice
                pool._pool = _Stack(pool._pool)  # noqa: SLF001
        return pool

    def _configure_connection(self, connection: Connection[Any]) -> bool:
        connection.adapters.register_loader(TIMESTAMPTZ, UtcLoader)
        connection.adapters.register_dumper(list, PlainListDumper)
        return bool(super()._configure_connection(connection))  # type: ignore[misc]  # the stubs leave it out

    def _configure_role(self, connection: Connection[Any]) -> bool:
        """As the parent, which asks the pool for another connection to quote the name, and waits for it for ever."""
        role = self.settings_dict["OPTIONS"].get("assume_role")
        if role:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return bool(role)
