"""Compile locale/*/LC_MESSAGES/*.po with Babel; catalogues that are newer than their source are left alone."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def stale(source: Path) -> bool:
    """Whether a catalogue has to be compiled."""
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def compile_catalogue(source: Path) -> None:
    """Write the .mo beside its .po; fuzzy and missing entries are left out, and shown in English."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 -- slow import
    from babel.messages.pofile import read_po  # noqa: PLC0415 -- slow import

    with source.open("rb") as handle:
        catalogue = read_po(handle, locale=source.parent.parent.name)
    draft = source.with_suffix(".mo.new")
    with draft.open("wb") as handle:
        write_mo(handle, catalogue)
    draft.replace(source.with_suffix(".mo"))


def main() -> int:
    """Compile what changed."""
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        if stale(source):
            compile_catalogue(source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
