"""The backend that `ENGINE` names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.postgresql import base
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

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        connection: Connection[Any] = super().get_new_connection(conn_params)
        connection.adapters.register_loader(TIMESTAMPTZ, UtcLoader)
        connection.adapters.register_dumper(list, PlainListDumper)
        return connection
