"""Fail when a translation is missing, doubtful, left over or broken: `locale/fr` against the sources."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po
from messages import ROOT, current

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from babel.messages.catalog import Catalog, Message


def problems(wanted: Catalog, have: Catalog) -> Iterator[str]:
    """Every difference, as a sentence."""
    for message in wanted:
        if message.id and have.get(message.id, message.context) is None:
            place = ":".join(map(str, message.locations[0]))
            yield f"missing: {_first(message)!r} ({place})"
    for message in have:
        if not message.id:
            continue
        if wanted.get(message.id, message.context) is None:
            yield f"left over: {_first(message)!r}"
        elif message.fuzzy:
            yield f"doubtful (fuzzy): {_first(message)!r}"
        elif not _complete(message):
            yield f"not translated: {_first(message)!r}"
        else:
            yield from (f"broken: {_first(message)!r}: {error}" for error in message.check(have))
    yield from (f"left over: {_first(message)!r}" for message in have.obsolete.values())


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _complete(message: Message) -> bool:
    texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return bool(texts) and all(texts)


def catalogues() -> list[Path]:
    """The translations there are."""
    return sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))


def main() -> int:
    """Print each problem; the answer is the exit code."""
    wanted = current()
    if not catalogues():
        print("there is no locale/*/LC_MESSAGES/django.po")
        return 1
    failed = False
    for path in catalogues():
        with path.open("rb") as handle:
            have = read_po(handle, locale=path.parent.parent.name)
        for problem in problems(wanted, have):
            failed = True
            print(f"{path.relative_to(ROOT)}: {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
