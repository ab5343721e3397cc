"""Bring locale/fr up to date with the sources: new strings appear untranslated, unused ones go."""

from __future__ import annotations

import sys

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from messages import ROOT, current

LANGUAGES = ("fr",)


def main() -> int:
    """Rewrite each catalogue and say how many strings wait for a translator."""
    wanted = current()
    for language in LANGUAGES:
        path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        have = Catalog(locale=language, project="Baton", fuzzy=False)
        if path.exists():
            with path.open("rb") as handle:
                have = read_po(handle, locale=language)
        have.update(wanted, no_fuzzy_matching=True)
        have.obsolete.clear()
        with path.open("wb") as handle:
            write_po(handle, have, width=120, ignore_obsolete=True, sort_output=True, no_location=True)
        waiting = sum(1 for message in have if message.id and not any(message.string or ""))
        print(f"{path.relative_to(ROOT)}: {len(have)} strings, {waiting} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
