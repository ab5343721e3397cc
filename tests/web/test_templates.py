"""Rules that every template keeps, whoever writes it."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(p.relative_to(ROOT / "templates") for p in (ROOT / "templates").rglob("*.html"))
# Documents made for paper and mail carry their own styles; no browser shows them under the content policy.
ON_PAPER = ("documents/", "email/")
PAGES = [p for p in TEMPLATES if not any(part in f"{p}" for part in ON_PAPER)]


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_nothing_inline(path):
    source = re.sub(r"{%.*?%}|{{.*?}}", "", (ROOT / "templates" / path).read_text(), flags=re.DOTALL)

    assert not re.search(r"<[a-z][^>]*\sstyle\s*=", source)
    assert not re.search(r"<[a-z][^>]*\son[a-z]+\s*=", source)
    assert not re.search(r"<script(?![^>]*(?:\ssrc=|application/json))[^>]*>", source)
    assert "<style" not in source


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_it_compiles(path):
    assert get_template(str(path))


@pytest.mark.parametrize("path", sorted((ROOT / "static" / "js").glob("*.js")), ids=lambda p: p.name)
def test_scripts_hold_no_language_and_no_style(path):
    source = path.read_text()

    # Where the part lies that is being typed is known in the browser alone.
    assert ".style." not in source or path.name == "suggest.js"
    assert "eval(" not in source
    assert "innerHTML" not in source or path.name == "listbox.js"
