"""Finding strings and judging their translations."""

import importlib
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def messages(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("messages")


@pytest.fixture
def check(messages):
    return importlib.import_module("check_messages")


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{% trans 'Save' %}", "Save"),
        ('<c-button label="{% translate "Save" %}">', "Save"),
        ("<c-button :label=\"_('Can\\'t')\">", "Can't"),
        ('{{ _("Hi")|upper }}', "Hi"),
        ("{% blocktranslate trimmed %}\n One\n order {{ n }}\n{% endblocktranslate %}", "One order %(n)s"),
        ("{% blocktranslate count n=n %}One{% plural %}{{ n }}{% endblocktranslate %}", ("One", "%(n)s")),
    ],
)
def test_templates_are_read(messages, template, found):
    assert [message for _line, message, _comments, _context in messages.from_template(template, "x")] == [found]


def test_lines_and_contexts_are_kept(messages):
    template = "<p>\n{% translate 'Open' context 'verb' %}"

    assert list(messages.from_template(template, "x")) == [(2, "Open", [], "verb")]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("_('Save')", "Save"),
        ("gettext_lazy('Save')", "Save"),
        ("ngettext('One', 'Many', n)", ("One", "Many")),
        ("pgettext_lazy('verb', 'Open')", "Open"),
        ("gettext_noop('Save ' 'it')", "Save it"),
    ],
)
def test_python_is_read(messages, code, found):
    got = [message for _line, message, _comments, _context in messages.from_python(code)]

    assert got == [found]


def catalogue(**entries):
    made = Catalog(locale="fr")
    for key, text in entries.items():
        made.add(key, text)
    return made


def test_a_complete_translation_is_good(check):
    assert list(check.problems(catalogue(Save=""), catalogue(Save="Enregistrer"))) == []


@pytest.mark.parametrize(
    ("have", "problem"),
    [
        ({}, "missing: 'Save' (oms/x.py:3)"),
        ({"Save": ""}, "not translated: 'Save'"),
        ({"Save": "Enregistrer", "Gone": "Parti"}, "left over: 'Gone'"),
    ],
)
def test_what_is_wrong_is_named(check, have, problem):
    wanted = Catalog()
    wanted.add("Save", locations=[("oms/x.py", 3)])

    assert list(check.problems(wanted, catalogue(**have))) == [problem]


def test_a_doubtful_one_is_named(check):
    have = catalogue()
    have.add("Save", "Sauver", flags=["fuzzy"])

    assert list(check.problems(catalogue(Save=""), have)) == ["doubtful (fuzzy): 'Save'"]


def test_a_lost_placeholder_is_named(check):
    wanted, have = Catalog(), catalogue()
    wanted.add("%(n)s orders", flags=["python-format"])
    have.add("%(n)s orders", "%(m)s commandes", flags=["python-format"])

    assert list(check.problems(wanted, have)) == ["broken: '%(n)s orders': unknown named placeholder 'm'"]


def test_an_unfinished_plural_is_named(check):
    wanted, have = Catalog(), catalogue()
    wanted.add(("One", "Many"))
    have.add(("One", "Many"), ("Une", ""))

    assert list(check.problems(wanted, have)) == ["not translated: 'One'"]


def test_the_product_has_strings(messages):
    assert len(messages.current()) > 300
