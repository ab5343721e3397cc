"""A file of levels: read with its mistakes, tried, then applied."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import MovementReason
from inventory.services import set_levels
from inventory.types import LevelSetting, RejectedRow
from oms.tenancy.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

    from oms.tenancy.types import Actor

COLUMNS = ("sku", "location", "on_hand")
LARGEST_FILE = 2 * 1024 * 1024
MOST_ROWS = 50_000


class BadSheet(InvalidInput):
    """The file as a whole cannot be read; the message says why."""

    code = "inventory.bad_sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the file asks, each row with its line in the file, and the rows that cannot be read."""

    rows: tuple[tuple[int, LevelSetting], ...]
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the file does, or would do."""

    changed: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]

    @property
    def valid(self) -> int:
        return self.changed + self.unchanged


def decode(raw: bytes) -> str:
    """The file's text. Raises BadSheet."""
    if len(raw) > LARGEST_FILE:
        raise BadSheet(_("The file is larger than 2 MB; send it in parts."))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSheet(_("The file is not UTF-8; choose “CSV UTF-8” when you save it.")) from None


def read_sheet(text: str) -> Sheet:
    """The rows of the file; the first line names the columns. Raises BadSheet."""
    lines = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()
    head = lines[0] if lines else ""
    delimiter = ";" if head.count(";") > head.count(",") else ","
    try:
        found = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, strict=True))
    except csv.Error as mistake:
        raise BadSheet(_("The file is not CSV: %(why)s.") % {"why": mistake}) from mistake
    names = [name.strip().lower() for name in found[0]] if found else []
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise BadSheet(_("The first line lacks the columns: %(names)s.") % {"names": ", ".join(missing)})
    if len(found) > MOST_ROWS + 1:
        raise BadSheet(_("The file has more than %(count)s rows; send it in parts.") % {"count": MOST_ROWS})
    return _sorted_out(found[1:], [names.index(name) for name in COLUMNS])


def _sorted_out(found: list[list[str]], places: list[int]) -> Sheet:
    rows, rejected = [], []
    for line, cells in enumerate(found, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        sku, location, on_hand = (cells[at].strip() if at < len(cells) else "" for at in places)
        if not on_hand.removeprefix("-").isascii() or not on_hand.removeprefix("-").isdigit():
            words = _("“%(text)s” is not a whole number.") % {"text": on_hand[:40]}
            rejected.append(RejectedRow(line, "impossible_quantity", words))
        else:
            rows.append((line, LevelSetting(sku, location, int(on_hand))))
    return Sheet(tuple(rows), tuple(rejected))


@transaction.atomic
def apply_sheet(sheet: Sheet, *, now: datetime, actor: Actor, try_only: bool) -> Outcome:
    """Set the levels; a try does the same and undoes it, so that it says what would really happen."""
    applied = set_levels(
        levels=[setting for _line, setting in sheet.rows],
        now=now,
        reason=MovementReason.COUNT,
        actor=actor,
        cause_type="import",
    )
    if try_only:
        transaction.set_rollback(True)
    lines = [line for line, _setting in sheet.rows]
    refused = [RejectedRow(lines[row.line - 1], row.code, row.reason) for row in applied.rejected]
    rejected = sorted([*sheet.rejected, *refused], key=lambda row: row.line)
    return Outcome(applied.changed, applied.unchanged, tuple(rejected))
