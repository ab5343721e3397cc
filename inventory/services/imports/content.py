"""The kept file, read again."""

from __future__ import annotations

import io
import shutil
import tempfile
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from inventory.enums import ImportKind
from inventory.imports.columns import guess_mapping, missing_fields, places_of
from inventory.imports.errors import BadFile
from inventory.imports.probe import Format, Layout
from inventory.imports.tables import MOST_LINES, Table, open_table
from inventory.models import ImportPiece

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from inventory.imports.tables import Row
    from inventory.models import ImportRun

BUFFER = 262_144
SPOOLED = 4 * 1_048_576
# A row of stock is a line: a quotation mark that is open at its end is a mistake.
LINES_OF_STOCK = 1


class KeptFile(io.RawIOBase):
    """The pieces of a run's file one after the other, each read from the database when it is asked for.

    Reading needs the tenant's scope open at that moment, not always the same one. `done` counts the bytes that were read.
    """

    def __init__(self, run: ImportRun) -> None:
        super().__init__()
        self._run_id = run.pk
        self._number = 0
        self._rest = b""
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        if not self._rest:
            found = ImportPiece.objects.filter(run_id=self._run_id, number=self._number)
            content = found.values_list("content", flat=True).first()
            if content is None:
                return 0
            self._rest = zlib.decompress(content)
            self._number += 1
        view = memoryview(buffer).cast("B")
        part = self._rest[: len(view)]
        view[: len(part)] = part
        self._rest = self._rest[len(part) :]
        self.done += len(part)
        return len(part)


def table_of(run: ImportRun, kept: KeptFile | None = None) -> Table:
    """The run's file as a table; its rows are read from the database as they are asked for. Raises BadFile."""
    layout = Layout(Format(run.layout["format"]), run.layout["encoding"], run.layout["delimiter"])
    stream = io.BufferedReader(kept or KeptFile(run), BUFFER)
    if layout.format is not Format.XLSX:
        return open_table(stream, layout, most_lines=LINES_OF_STOCK if run.kind == ImportKind.STOCK else MOST_LINES)
    # A workbook is read from its end; its cells are in memory once it is open.
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED) as spool:
        shutil.copyfileobj(stream, spool)
        spool.seek(0)
        return open_table(spool, layout)


@dataclass(frozen=True, slots=True)
class Preview:
    """The columns of a file and its first rows."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]


def preview(run: ImportRun, *, most: int = 10) -> Preview:
    """How a file begins. Raises BadFile."""
    table = table_of(run)
    return Preview(table.headers, tuple(islice(table.rows, most)))


def columns_of(run: ImportRun, table: Table) -> dict[str, int]:
    """Where each field of the run stands in a row: as a person said, or as the names of the columns tell. Raises BadFile."""
    mapping = run.mapping or guess_mapping(run.kind, table.headers)
    places = places_of(run.kind, table.headers, mapping)
    missing = missing_fields(run.kind, dict.fromkeys(places, ""), location=run.location)
    if missing:
        raise BadFile("columns", ", ".join(str(field.label) for field in missing))
    return places
