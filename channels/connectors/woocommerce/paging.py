"""Page through a list whose rows may leave it on the way.

The list has only page numbers. An order that changes while it is read leaves the closed window, the rows behind it
move up, and one would fall between two pages. The total of each page tells how many left; then the pages into which
rows may have moved are read again.
"""

from dataclasses import dataclass, replace
from typing import Self

from channels.connectors.enums import ErrorKind
from channels.connectors.errors import ConnectorError, contract_error

_SHOWN, _BIN = "any", "trash"
_NUMBERS = 3
_MOST_RETREATS = 50


@dataclass(frozen=True, slots=True)
class PageCursor:
    """`total` is what the list had when the page before was read; the bin is read after the list itself."""

    status: str = _SHOWN
    page: int = 1
    total: int = 0
    retreats: int = 0

    @classmethod
    def parse(cls, cursor: str | None) -> Self:
        if cursor is None:
            return cls()
        status, *numbers = cursor.split(":")
        if status not in {_SHOWN, _BIN} or len(numbers) != _NUMBERS or not all(each.isdecimal() for each in numbers):
            raise ConnectorError(f"{cursor!r} is not a cursor of this list.", kind=ErrorKind.VALIDATION)
        page, total, retreats = map(int, numbers)
        return cls(status, max(page, 1), total, retreats)

    def __str__(self) -> str:
        return f"{self.status}:{self.page}:{self.total}:{self.retreats}"

    @property
    def query(self) -> dict[str, str]:
        return {"page": str(self.page), "status": self.status}

    def after(self, *, rows: int, total: int, size: int) -> Self | None:
        """Where to go on after this page had so many rows of so many in all."""
        if not rows and self.page > 1:  # beyond the end, where the shop says a total of 0
            return self._back(self.page - 1, self.total)
        left = self.total - total
        again = max((self.page - 1) * size - left, 0) // size + 1
        if left > 0 and again < self.page:
            return self._back(again, total)
        if self.page * size < total and rows:
            return replace(self, page=self.page + 1, total=total)
        return replace(self, status=_BIN, page=1, total=0, retreats=0) if self.status == _SHOWN else None

    def _back(self, page: int, total: int) -> Self:
        if self.retreats >= _MOST_RETREATS:
            raise contract_error("The shop's list of orders does not hold still: its totals contradict its pages.")
        return replace(self, page=page, total=total, retreats=self.retreats + 1)
