"""What a file is written in, told from its bytes."""

from __future__ import annotations

import codecs
import csv
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = 65_536
DELIMITERS = (";", ",", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is written; encoding and delimiter matter to CSV alone."""

    format: Format
    encoding: str = "utf-8"
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Probe:
    """A file's layout, size and SHA-256."""

    layout: Layout
    size: int
    digest: str


def probe(content: Iterable[bytes]) -> Probe:
    """Read a file once, piece by piece.

    A file without a byte order mark is UTF-8 when it is valid, or when its broken places are fewer than its good ones: those rows
    are rejected then. Otherwise it is CP1252, in which such sequences are rare.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    count = _Utf8()
    for chunk in content:
        digest.update(chunk)
        size += len(chunk)
        if len(head) < HEAD:
            head += chunk[: HEAD - len(head)]
        count.feed(chunk)
    return Probe(_layout(head, count.encoding), size, digest.hexdigest())


class _Utf8:
    """Counts the characters beyond ASCII that are UTF-8, and the places that are not."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._good = self._broken = 0

    def feed(self, chunk: bytes) -> None:
        if chunk.isascii() and not self._decoder.getstate()[0]:
            return
        text = self._decoder.decode(chunk)
        broken = text.count(UNREADABLE)
        self._broken += broken
        self._good += len(text) - len(text.encode("ascii", "ignore")) - broken

    @property
    def encoding(self) -> str:
        return "utf-8" if self._good >= self._broken else "cp1252"


def _layout(head: bytes, encoding: str) -> Layout:
    if head.startswith(b"PK\x03\x04"):
        return Layout(Format.XLSX)
    for mark, name in _MARKS:
        if head.startswith(mark):
            encoding = name
    if encoding != "utf-16" and head[:1024].count(0) > len(head[:1024]) // 3:
        # Of text in a western language every second byte is zero; which one says the order.
        encoding = "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
    text = head.decode(encoding, "replace")
    if text.lstrip().startswith("{"):
        return Layout(Format.JSON_LINES, encoding)
    return Layout(Format.CSV, encoding, _delimiter(text))


def _delimiter(text: str) -> str:
    """The sign that parts the first line most; Excel's own `sep=` line says it outright."""
    first = next((line for line in islice(text.splitlines(), 50) if line.strip()), "")
    if first.lower().startswith("sep=") and first[4:5] in DELIMITERS:
        return first[4]
    return max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
