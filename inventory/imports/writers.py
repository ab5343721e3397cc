"""Tables out: CSV, XLSX or JSON lines, row after row, whatever their number."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import xlsxwriter

from inventory.imports.probe import Format

Rows = Iterable[Sequence[Any]]
PIECE = 65_536
BATCH = 2_000
# A spreadsheet would run a cell of CSV that begins with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON_LINES: "application/x-ndjson",
}


def write_csv(headers: Sequence[str], rows: Rows, *, delimiter: str = ",") -> Iterator[bytes]:
    """UTF-8 with a byte order mark, which spreadsheets need to see accents; text can never become a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    buffer.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer.writerow(headers)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_guarded(value) for value in row])
        if number % BATCH == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def write_json_lines(headers: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """One object a line, numbers as numbers."""
    for row in rows:
        yield orjson.dumps(
            dict(zip(headers, row, strict=True)), default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
        )


def write_xlsx(headers: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A workbook, built on disk row by row and then given out: its end has to be known before its beginning."""
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(headers))
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, [_cell(value) for value in row])
        book.close()
        file.seek(0)
        yield from iter(lambda: file.read(PIECE), b"")


WRITERS: dict[Format, Callable[[Sequence[str], Rows], Iterator[bytes]]] = {
    Format.CSV: write_csv,
    Format.XLSX: write_xlsx,
    Format.JSON_LINES: write_json_lines,
}


def _guarded(value: Any) -> str:
    text = _text(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, list):
        return "|".join(str(each) for each in value)
    return str(value)


def _cell(value: Any) -> str | float | bool:
    return (
        value if isinstance(value, int | float | bool) else float(value) if isinstance(value, Decimal) else _text(value)
    )


def _drained(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
