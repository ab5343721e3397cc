"""Find every string of the product that a person reads, in Python and in templates, without GNU gettext."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation import template as django_template

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("oms", "inventory", "orchestration", "channels", "returns", "analytics", "templates")
NOT_FOR_PEOPLE = ("channels/simulators/",)
PLAIN = {"gettext_lazy": None, "gettext_noop": None, "pgettext_lazy": ((1, "c"), 2), "ngettext_lazy": (1, 2)}
KEYWORDS: dict[str, Any] = {**DEFAULT_KEYWORDS, **PLAIN, "npgettext_lazy": ((1, "c"), 2, 3)}
CALL = re.compile(r"\b(?:n?p?gettext(?:_lazy|_noop)?|_)\(")
# Attributes of components that are expressions, :label="_('Cancel')": Django's own lexer does not look into them.
ATTRIBUTE = re.compile(r""":[\w-]+="[^"]*?\b_\('(?P<text>(?:[^'\\]|\\.)*)'\)""")

Message = str | tuple[str, ...]


def current() -> Catalog:
    """Everything that should be translated now, with the places it comes from."""
    catalogue = Catalog(project="Baton", charset="utf-8", fuzzy=False)
    for path in sources():
        for line, found, comments, context in from_file(path):
            catalogue.add(found, None, [(path, line)], auto_comments=comments, context=context)
    return catalogue


def sources() -> list[str]:
    """Python files and templates of the rooms, tests and simulators left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *ROOMS]
    listed = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    wanted = (path for path in sorted(set(listed)) if path.endswith((".py", ".html", ".txt")))
    return [path for path in wanted if not path.startswith(NOT_FOR_PEOPLE) and (ROOT / path).is_file()]


def from_file(path: str) -> Iterator[tuple[int, Message, list[str], str | None]]:
    """The messages of one file: line, text (or singular and plural), comments for the translator, context."""
    text = (ROOT / path).read_text()
    return from_python(text) if path.endswith(".py") else from_template(text, path)


def from_python(text: str) -> Iterator[tuple[int, Message, list[str], str | None]]:
    """Messages of Python code; `# Translators:` comments come along."""
    return iter(extract("python", io.BytesIO(text.encode()), KEYWORDS, ("Translators:",), {"encoding": "utf-8"}))


def from_template(text: str, origin: str) -> Iterator[tuple[int, Message, list[str], str | None]]:
    """Messages of a template: Django turns its tags into calls, one line at a time, and the rest into noise."""
    calls = django_template.templatize(text, origin=origin)
    for number, line in enumerate(calls.splitlines(), start=1):
        for match in CALL.finditer(line):
            for _line, found, comments, context in from_python(_balanced(line[match.start() :])):
                yield number, found, comments, context
    for match in ATTRIBUTE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match["text"].replace("\\'", "'"), [], None


def _balanced(text: str) -> str:
    """One call, cut out of a line that is not Python."""
    depth, quote, index = 0, "", 0
    while index < len(text):
        letter = text[index]
        if quote:
            index += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += {"(": 1, ")": -1}.get(letter, 0)
            if letter == ")" and depth == 0:
                return text[: index + 1]
        index += 1
    return ""
