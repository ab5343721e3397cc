"""The backend that `ENGINE` names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.types.datetime import TimestamptzLoader

from oms.database.arrays import PlainListDumper

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.abc import Buffer

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


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

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
