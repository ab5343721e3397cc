"""Rows out of CSV, XLSX and JSON lines: one after the other, whatever is wrong with some of them."""

from __future__ import annotations

import csv
import io
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, cast

import orjson
from python_calamine import CalamineError, CalamineWorkbook

from inventory.imports.errors import BadFile
from inventory.imports.formulas import formula_cells
from inventory.imports.probe import Format

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from inventory.imports.probe import Layout

# The csv module takes no longer cell.
LONGEST_LINE = 131_072
BATCH = 10_000
# A cell of a catalogue may go over several lines; one that goes over more has lost its closing quotation mark.
MOST_LINES = 50
# The first objects of JSON lines tell which columns there are.
HEADS = 100


# The line, counted as an editor does, from 1; the cells; what is wrong with the row, whose cells are then those that could be
# made out. Plain tuples: there are millions.
Row = tuple[int, "Sequence[str]", str]


@dataclass
class Table:
    """The columns of a file and its rows, which can be gone through once."""

    headers: tuple[str, ...]
    rows: Iterator[Row] = field(repr=False)


def open_table(stream: IO[bytes], layout: Layout, *, most_lines: int = MOST_LINES) -> Table:
    """Read the head of a file; the rows follow as they are asked for. XLSX needs a stream that can seek. Raises BadFile."""
    if layout.format is Format.XLSX:
        return _workbook(stream)
    text = io.TextIOWrapper(stream, layout.encoding, errors=_errors(layout.encoding), newline="")
    lines = _lines(text)
    if layout.format is Format.JSON_LINES:
        return _objects(lines)
    return _csv(lines, layout.delimiter, most_lines)


def _errors(encoding: str) -> str:
    """What does not decode becomes a character that no text has, by which the row is known."""
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


def _lines(text: IO[str]) -> Iterator[str]:
    for line in iter(partial(text.readline, LONGEST_LINE), ""):
        if len(line) >= LONGEST_LINE:
            raise BadFile("line_too_long")
        yield line


def _csv(lines: Iterator[str], delimiter: str, most_lines: int) -> Table:
    records = _records(lines, delimiter, most_lines)
    for number, cells, _problem in records:
        if not any(cells) or (number == 1 and cells[0].lower().startswith("sep=")):
            continue
        headers = tuple(cells)
        while headers and not headers[-1].strip():
            headers = headers[:-1]
        return Table(headers, _squared(records, len(headers)))
    raise BadFile("empty")


def _records(lines: Iterator[str], delimiter: str, most_lines: int) -> Iterator[Row]:
    """What the csv module makes of the lines; where none has a quotation mark, each is a row."""
    number = 1
    while batch := deque(islice(lines, BATCH)):
        if any('"' in line for line in batch):
            for cells, problem, held in _quoted(batch, lines, delimiter, most_lines):
                yield number, cells, problem
                number += held
        else:
            for cells in csv.reader(batch, delimiter=delimiter):
                yield number, cells, ""
                number += 1


def _quoted(
    batch: deque[str], lines: Iterator[str], delimiter: str, most_lines: int
) -> Iterator[tuple[list[str], str, int]]:
    """The rows of a batch and what their last one needs of the lines after it, each with the count of its lines.

    A row that does not end within `most_lines` is broken: its first line is told as such, the others are read on their own, so that
    one quotation mark too many does not swallow the rest of the file.
    """
    held: list[str] = []

    def feed() -> Iterator[str]:
        while batch or held:
            if len(held) >= most_lines:
                raise _Open
            line = batch.popleft() if batch else next(lines, None)
            if line is None:
                return
            held.append(line)
            yield line

    while batch:
        try:
            for cells in csv.reader(feed(), delimiter=delimiter):
                yield cells, "", len(held)
                held.clear()
        except (_Open, csv.Error):
            batch.extendleft(reversed(held[1:]))
            yield held[0].replace('"', "").split(delimiter), "quote", 1
            held.clear()


class _Open(Exception):
    """A quotation mark is still open."""


def _squared(records: Iterator[Row], width: int) -> Iterator[Row]:
    """Rows of one width, blank ones left out."""
    for row in records:
        number, cells, problem = row
        if len(cells) == width:
            if any(cells):
                yield row
        elif any(cells):
            over = any(cells[width:])
            square = [*cells[:width], *[""] * (width - len(cells))]
            yield number, square, problem or ("cells" if over else "")


def _objects(lines: Iterator[str]) -> Table:
    first: list[tuple[int, Any]] = []
    numbered = enumerate(lines, start=1)
    names: dict[str, None] = {}
    for number, line in numbered:
        found = _object(line)
        first.append((number, found))
        names |= dict.fromkeys(found) if isinstance(found, dict) else {}
        if len(first) >= HEADS:
            break
    headers = tuple(names)

    def rows() -> Iterator[Row]:
        yield from (_row_of(number, found, headers) for number, found in first if found is not None)
        for number, line in numbered:
            found = _object(line)
            if found is not None:
                yield _row_of(number, found, headers)

    return Table(headers, rows())


def _object(line: str) -> Any:
    """The object of a line; the text itself where it is none, None where there is nothing."""
    text = line.strip()
    if not text:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return found if isinstance(found, dict) else text


def _row_of(number: int, found: Any, headers: tuple[str, ...]) -> Row:
    if isinstance(found, str):
        return number, [found[:200], *[""] * (len(headers) - 1)] if headers else [], "not_json"
    return number, [cell_text(found.get(name)) for name in headers], ""


def _workbook(stream: IO[bytes]) -> Table:
    try:
        book = CalamineWorkbook.from_filelike(cast("Any", stream))
        sheet = book.get_sheet_by_index(0)
    except (CalamineError, OSError) as error:
        raise BadFile("not_xlsx", str(error)) from error
    formulas = formula_cells(stream)
    rows = enumerate(sheet.iter_rows(), start=1)
    for _number, cells in rows:
        headers = tuple(cell_text(cell) for cell in cells)
        if any(headers):
            return Table(headers, _sheet_rows(rows, formulas))
    raise BadFile("empty")


def _sheet_rows(rows: Iterator[tuple[int, list[Any]]], formulas: Mapping[int, Collection[int]]) -> Iterator[Row]:
    for number, values in rows:
        cells = [cell_text(value) for value in values]
        for column in formulas.get(number, ()):
            cells[column] = f"={cells[column]}"
        if any(cells):
            yield number, cells, ""


def cell_text(value: Any) -> str:
    """A typed cell as the text that a CSV file would have."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return "|".join(cell_text(each) for each in value)
    return str(value)
