"""Quantities as they come out of a spreadsheet: a block with a location for each column, or a list of SKU, location, quantity."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LARGEST = 1_000_000_000
LIST_WIDTH = 3
# Spreadsheets group thousands by spaces of several kinds, or by a narrow one.
_SPACES = re.compile(r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]")
_NUMBER = re.compile(r"[-+]?[0-9]+([.,][0-9]+)?")
_WHOLE = re.compile(r"\+?([0-9]+([.,](0|00|0000+))?|[0-9]{4,}[.,]000)")
# What is wrong with anything else: the first that fits.
_FAULTS = {
    "quantity_empty": re.compile(r""),
    "quantity_formula": re.compile(r"=.*"),
    "quantity_negative": re.compile(r"-[0-9]+([.,][0-9]+)?"),
    "quantity_ambiguous": re.compile(r"\+?[0-9]{1,3}[.,][0-9]{3}"),
    "quantity_fraction": re.compile(r"\+?[0-9]+[.,][0-9]+"),
    "quantity_not_a_number": re.compile(r".*", re.DOTALL),
}


class Pasted(NamedTuple):
    """One quantity that somebody pasted, with the line it came from (from 1)."""

    line: int
    sku: str
    place: str
    text: str


def read_paste(text: str, is_place: Callable[[str], bool]) -> list[Pasted]:
    """What was pasted, empty cells left out. A block is known by its first row: it names locations and has no quantity."""
    rows = _rows(text)
    if not rows:
        return []
    first = rows[0][1]
    places = first[1:]
    if (
        rows[1:]
        and any(map(is_place, places))
        and not any(_NUMBER.fullmatch(cell) and not is_place(cell) for cell in places)
    ):
        return [each for at, row in rows[1:] for each in _of_block(at, row, places)]
    if len(first) == LIST_WIDTH and not is_place(first[1]) and not _NUMBER.fullmatch(first[2]):
        rows = rows[1:]
    return [_of_list(at, row) for at, row in rows]


def quantity_of(text: str) -> int | str:
    """The quantity on hand that a cell says, or the code of what is wrong with it."""
    figure = _SPACES.sub("", text)
    if not _WHOLE.fullmatch(figure):
        return next(code for code, pattern in _FAULTS.items() if pattern.fullmatch(figure))
    whole = int(re.split("[.,]", figure)[0])
    return whole if whole < LARGEST else "quantity_too_large"


def _rows(text: str) -> list[tuple[int, list[str]]]:
    sign = next((each for each in "\t;" if each in text), ",")
    reader = csv.reader(io.StringIO(text.strip("\n\r")), delimiter=sign)
    found = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    return [(line, row) for line, row in found if any(row)]


def _of_block(line: int, row: Sequence[str], places: Sequence[str]) -> list[Pasted]:
    named = [*places, *[""] * (len(row) - 1 - len(places))]
    return [Pasted(line, row[0], place, cell) for place, cell in zip(named, row[1:], strict=False) if cell]


def _of_list(line: int, row: Sequence[str]) -> Pasted:
    return Pasted(line, *(*row, "", "")[:LIST_WIDTH])
