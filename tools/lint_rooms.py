"""Check the house rules over the whole tree: `python -m tools.lint_rooms [PATH ...]`.

A line is excused by `# lint: RULE -- reason` at its end; without a reason, or where nothing is wrong, the comment
itself is a breach.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools.lint import RULES
from tools.lint.source import Source, Violation

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = (".py", ".html", ".js")
SKIP = re.compile(r"(?:#|//|\{#)\s*lint:\s*(?P<rule>[\w-]+)(?:\s+--\s+(?P<reason>\S.*))?")


def find_violations(sources: Sequence[Source]) -> list[Violation]:
    """Every breach that no reasoned comment excuses, and every comment that excuses badly."""
    found = [violation for check in RULES.values() for violation in check(sources)]
    skips = {(source.path, number): match for source in sources for number, match in _skips(source)}
    excused = {
        (violation.path, violation.line)
        for violation in found
        if (match := skips.get((violation.path, violation.line))) and match["rule"] == violation.rule
    }
    kept = [violation for violation in found if (violation.path, violation.line) not in excused]
    return sorted([*kept, *_bad_skips(skips, excused)], key=lambda violation: (violation.path, violation.line))


def _skips(source: Source) -> Iterator[tuple[int, re.Match[str]]]:
    if source.is_under("tools", "tests/tools"):
        return
    for number, line in enumerate(source.lines, start=1):
        match = SKIP.search(line)
        if match:
            yield number, match


def _bad_skips(skips: dict[tuple[str, int], re.Match[str]], excused: set[tuple[str, int]]) -> Iterator[Violation]:
    for (path, line), match in skips.items():
        if match["rule"] not in RULES:
            yield Violation("skip", path, line, f"there is no rule {match['rule']}")
        elif not match["reason"]:
            yield Violation("skip", path, line, f"say why: # lint: {match['rule']} -- reason")
        elif (path, line) not in excused:
            yield Violation("skip", path, line, f"nothing to excuse from {match['rule']}; remove the comment")


def read_sources(paths: Iterable[str]) -> list[Source]:
    """The named files, where they still exist."""
    files = [(path, ROOT / path) for path in sorted(set(paths)) if path.endswith(SUFFIXES)]
    return [Source(path, file.read_text()) for path, file in files if file.is_file()]


def tracked_files() -> list[str]:
    """Every file of the repository, new ones included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.check_output(command, cwd=ROOT, text=True).splitlines()  # noqa: S603 -- a fixed command


def main(arguments: Sequence[str]) -> int:
    """Print each breach; the answer is the exit code."""
    violations = find_violations(read_sources(arguments or tracked_files()))
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
