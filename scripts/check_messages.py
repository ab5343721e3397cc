"""Every visible string has its French translation, with French typography. `--update` adds what is missing to the catalogue.

English is the source. Strings are found in Python (gettext and its kin) and in templates ({% translate %} and its kin).
"""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
FOLDERS = ("oms", "inventory", "orchestration", "channels", "returns", "analytics", "templates")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
TAG = re.compile(r"<[^>]+>")
# French sets a no-break space before these (a narrow one will do), and one after an opening guillemet.
SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
BARE_SIGN = re.compile(
    rf"(?<![{SPACES}\s:;!?(./])[;!?»](?!\w)|(?<![{SPACES}\s\d(])[:](?=\s|$)|[ ][:;!?»](?=\s|$)|«(?![{SPACES}])"
)
STRAIGHT_QUOTE = re.compile(r"(?<=\w)'(?=\w)")


class Found(NamedTuple):
    """One string of the sources: a singular, or a pair with its plural."""

    id: str | tuple[str, str]
    context: str | None
    where: str


def main(arguments: list[str]) -> int:
    """Check, or update with --update; the exit code is 1 when something is wrong."""
    found = list(strings_of(ROOT))
    catalogue = _read()
    if "--update" in arguments:
        _update(catalogue, found)
        catalogue = _read()
    complaints = list(complaints_of(catalogue, found))
    for complaint in complaints:
        print(complaint)
    print(f"translations: {len({(f.context, _key(f.id)) for f in found})} strings, {len(complaints)} complaints")
    return 1 if complaints else 0


def strings_of(root: Path) -> Iterator[Found]:
    """Every translatable string of the sources, with the file it is in."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")) if (root / folder).is_dir() else []:
            if "migrations" in path.parts or path.suffix not in {".py", ".html", ".txt"}:
                continue
            text = path.read_text(encoding="utf-8")
            yield from _strings_in(text if path.suffix == ".py" else _as_python(text), str(path.relative_to(root)))


def _as_python(template: str) -> str:
    """Django turns the template into calls; without indentation they are Python enough to be read."""
    return "\n".join(line.strip() for line in templatize(template).splitlines())


def _strings_in(source: str, where: str) -> Iterator[Found]:
    for _line, function, messages, _comments in extract_python(
        io.BytesIO(source.encode()), list(KEYWORDS), [], {"encoding": "utf-8"}
    ):
        texts = [messages] if isinstance(messages, str) else [text for text in messages or () if isinstance(text, str)]
        context = texts.pop(0) if function and "pgettext" in function and len(texts) > 1 else None
        if not texts or not texts[0]:
            continue
        plural = (function or "").startswith(("ngettext", "npgettext")) and len(texts) > 1
        yield Found((texts[0], texts[1]) if plural else texts[0], context, where)


def complaints_of(catalogue: Catalog, found: list[Found]) -> Iterator[str]:
    """What is wrong: missing, unsure, unused, or badly set strings."""
    used = {(item.context, _key(item.id)) for item in found}
    for item in {(f.context, _key(f.id)): f for f in found}.values():
        message = catalogue.get(_key(item.id), context=item.context)
        if message is None or not _translations(message) or not all(_translations(message)):
            yield f"{item.where}: no French for {item.id!r}"
    for message in catalogue:
        if not message.id:
            continue
        if (message.context, _key(message.id)) not in used:
            yield f"{CATALOGUE.name}: unused {message.id!r}"
        if message.fuzzy:
            yield f"{CATALOGUE.name}: fuzzy {message.id!r}"
        yield from _faults_of(message)


def _faults_of(message: Message) -> Iterator[str]:
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted = set(PLACEHOLDER.findall(sources[-1]))
    for text in _translations(message):
        if text and set(PLACEHOLDER.findall(text)) - wanted:
            yield f"{CATALOGUE.name}: foreign placeholder in {text!r}"
        if text and text == _translations(message)[-1] and wanted - set(PLACEHOLDER.findall(text)):
            yield f"{CATALOGUE.name}: lost placeholder in {text!r}"
        plain = TAG.sub("", PLACEHOLDER.sub("x", text))
        if BARE_SIGN.search(plain):
            yield f"{CATALOGUE.name}: no-break space missing in {text!r}"
        if STRAIGHT_QUOTE.search(plain):
            yield f"{CATALOGUE.name}: straight apostrophe in {text!r}"


def _translations(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _key(identity: str | tuple[str, ...] | list[str]) -> str:
    return identity if isinstance(identity, str) else identity[0]


def _read() -> Catalog:
    if not CATALOGUE.exists():
        return _empty()
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fr", domain="django")


def _empty() -> Catalog:
    """A catalogue whose head never changes by itself."""
    begun = datetime(2026, 11, 22, tzinfo=UTC)
    return Catalog(
        locale="fr",
        domain="django",
        project="Baton",
        version="1",
        charset="utf-8",
        header_comment="# Baton in French.",
        creation_date=begun,
        revision_date=begun,
        last_translator="Baton",
        language_team="fr",
        msgid_bugs_address="Baton",
        fuzzy=False,
    )


def _update(catalogue: Catalog, found: list[Found]) -> None:
    """Write the catalogue with every string once, in order, without line numbers, so that it changes only when words do."""
    fresh = _empty()
    for item in sorted(found, key=lambda f: (_key(f.id).lower(), f.context or "")):
        known = catalogue.get(_key(item.id), context=item.context)
        plural = isinstance(item.id, tuple)
        string = (
            known.string
            if known is not None and isinstance(known.string, str) != plural
            else ("", "")
            if plural
            else ""
        )
        already = fresh.get(_key(item.id), context=item.context)
        if already is None or (plural and isinstance(already.id, str)):
            if already is not None:
                fresh.delete(_key(item.id), context=item.context)
            fresh.add(item.id, string, context=item.context)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, fresh, width=0, omit_header=False, sort_output=True, ignore_obsolete=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
