from __future__ import annotations

from dataclasses import dataclass

NO_PGBENCH = "no pgbench here"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, beside what it must be at least, what it should be, and what the machine itself can do."""

    name: str
    shown: str
    floor: str
    aim: str
    good: bool
    limit: str = ""
