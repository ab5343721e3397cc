"""Which cells of a workbook's first sheet are formulas: the reader of values does not tell them from what was typed.

A formula that was never computed reads as 0 or as nothing, and 0 is a quantity.
"""

from __future__ import annotations

import re
import zipfile
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree as ET

from inventory.imports.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMULA = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*><f[ />]')
_SHEETS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheets"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PIECE = 1_048_576
# The longest beginning of a cell that two pieces may part.
OVERLAP = 200
MOST = 200_000


def formula_cells(stream: IO[bytes]) -> dict[int, set[int]]:
    """The columns (from 0) that are formulas in each row (from 1) that has some; the first `MOST` rows of them. Raises BadFile."""
    try:
        with zipfile.ZipFile(stream) as book, book.open(_first_sheet(book)) as sheet:
            return _found(sheet)
    except (zipfile.BadZipFile, KeyError, ET.ParseError, IndexError) as error:
        raise BadFile("not_xlsx", str(error)) from error
    finally:
        stream.seek(0)


def _first_sheet(book: zipfile.ZipFile) -> str:
    sheets = ET.fromstring(book.read("xl/workbook.xml")).find(_SHEETS)  # noqa: S314 -- no entities: expat refuses to expand many
    if sheets is None:
        raise BadFile("not_xlsx")
    wanted = sheets[0].get(_ID)
    for relation in ET.fromstring(book.read("xl/_rels/workbook.xml.rels")):  # noqa: S314 -- as above
        if relation.get("Id") == wanted:
            target = relation.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise BadFile("not_xlsx")


def _found(sheet: IO[bytes]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for piece in _pieces(sheet):
        for column, row in _FORMULA.findall(piece):
            found.setdefault(int(row), set()).add(_index(column))
        if len(found) >= MOST:
            break
    return found


def _pieces(sheet: IO[bytes]) -> Iterator[bytes]:
    kept = b""
    while piece := sheet.read(PIECE):
        yield kept + piece
        kept = piece[-OVERLAP:]


def _index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1
