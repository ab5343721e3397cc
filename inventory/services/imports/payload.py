"""Rows of a table as the database copies them in."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from inventory.imports.probe import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from inventory.imports.tables import Row

BATCH = 10_000
Line = tuple[object, ...]


@dataclass
class Payload:
    """A piece of a file as CSV for COPY: the line, the cells of the fields, the problem."""

    parts: list[bytes] = field(default_factory=list)
    rows: int = 0
    last_line: int = 0


def next_payload(rows: Iterator[Row], places: Mapping[str, int], fields: Sequence[str], *, most: int) -> Payload:
    """The next rows of a table, at most so many; empty after the last one."""
    at = [places.get(name, -1) for name in fields]
    every = itemgetter(*at) if min(at) >= 0 else None
    made = Payload()
    while made.rows < most:
        batch = list(islice(rows, min(BATCH, most - made.rows)))
        if not batch:
            break
        lines: list[Line] = (
            [(line, *every(cells), problem) for line, cells, problem in batch]
            if every
            else [
                (line, *[cells[index] if index >= 0 else None for index in at], problem)
                for line, cells, problem in batch
            ]
        )
        made.parts.append(_csv(lines))
        made.rows += len(batch)
        made.last_line = batch[-1][0]
    return made


def _csv(lines: Sequence[Line]) -> bytes:
    try:
        content = _written(lines).encode()
    except UnicodeEncodeError:
        content = b"\0"
    if b"\0" not in content and UNREADABLE.encode() not in content:
        return content
    return _written([_readable(line) for line in lines]).encode()


def _written(lines: Sequence[Line]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue()


def _readable(line: Line) -> Line:
    """The row as it can be kept; what cannot be decoded, or is no character of a text, makes it a rejected one."""
    number, *cells, problem = line
    texts = [None if cell is None else str(cell) for cell in cells]
    clean = [_clean(text) for text in texts]
    broken = clean != texts or any(UNREADABLE in text for text in clean if text)
    return (number, *clean, problem or ("unreadable" if broken else ""))


def _clean(text: str | None) -> str | None:
    if text is None:
        return None
    return text.encode("utf-8", "replace").decode().replace("\0", UNREADABLE)
