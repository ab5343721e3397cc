"""Lists on their way to the database: set-wise statements send thousands of identifiers and quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.types.array import ListDumper

if TYPE_CHECKING:
    from psycopg.abc import Buffer


class PlainListDumper(ListDumper):
    """Writes a list of UUIDs, integers or texts at once; psycopg asks of each element, in Python, whether it needs quotes."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        kinds = set(map(type, obj))
        if kinds == {UUID}:
            return f"{{{','.join([value.hex for value in obj])}}}".encode()
        if kinds == {int}:
            return f"{{{','.join(map(str, obj))}}}".encode()
        # psycopg says what is wrong with NUL.
        if kinds == {str} and not any("\0" in value for value in obj):
            return f"{{{','.join(map(_quoted, obj))}}}".encode()
        return super().dump(obj)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
