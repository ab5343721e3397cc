"""inline-import: an import inside a function says which of the three good reasons it has."""

import re
from collections.abc import Iterator, Sequence

from tools.lint.source import Source, Violation

NAME = "inline-import"
SUPPRESSED = re.compile(r"#\s*noqa:[^#]*PLC0415(?P<rest>.*)")
REASONS = ("slow import", "optional dependency", "app ready")


def check(sources: Sequence[Source]) -> Iterator[Violation]:
    """Suppressions of PLC0415 without a known reason."""
    for source in sources:
        if not source.is_product:
            continue
        for number, line in enumerate(source.lines, start=1):
            found = SUPPRESSED.search(line)
            if found and not any(f"-- {reason}" in found["rest"] for reason in REASONS):
                yield Violation(NAME, source.path, number, f"give one reason: -- {', -- '.join(REASONS)}")
