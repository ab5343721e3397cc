"""Finding strings and judging their translations."""

import importlib
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def check(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("check_messages")


@pytest.fixture
def found_in(check, tmp_path):
    """The strings of one file of a small tree."""

    def find(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return [(found.id, found.context) for found in check.strings_of(tmp_path)]

    return find


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{% trans 'Save' %}", "Save"),
        ('<c-button label="{% translate "Save" %}">', "Save"),
        ("<p>It's {{ _('Hi')|upper }}</p>", "Hi"),
        ("{% blocktranslate trimmed %}\n One\n order {{ n }}\n{% endblocktranslate %}", "One order %(n)s"),
        ("{% blocktranslate count n=n %}One{% plural %}{{ n }}{% endblocktranslate %}", ("One", "%(n)s")),
    ],
)
def test_templates_are_read(found_in, template, found):
    assert found_in("templates/x.html", template) == [(found, None)]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("_('Save')", ("Save", None)),
        ("gettext_lazy('Save')", ("Save", None)),
        ("ngettext('One', 'Many', n)", (("One", "Many"), None)),
        ("pgettext_lazy('verb', 'Open')", ("Open", "verb")),
        ("gettext_noop('Save ' 'it')", ("Save it", None)),
    ],
)
def test_python_is_read(found_in, code, found):
    assert found_in("inventory/x.py", code) == [found]


@pytest.mark.parametrize("path", ["tests/test_x.py", "inventory/migrations/0001_x.py", "static/x.js"])
def test_what_nobody_reads_is_not(found_in, path):
    assert found_in(path, "_('Save')") == []


def test_a_text_known_only_at_run_time_is_left_out(found_in):
    assert found_in("inventory/x.py", "gettext(field.label)") == []


def complaints(check, have, wanted=("Save",)):
    catalogue = Catalog(locale="fr")
    for key, text in have.items():
        catalogue.add(key, text)
    return list(check.complaints_of(catalogue, [check.Found(text, None, "oms/x.py") for text in wanted]))


def test_a_complete_translation_is_good(check):
    assert complaints(check, {"Save": "Enregistrer"}) == []


@pytest.mark.parametrize(
    ("have", "complaint"),
    [
        ({}, "oms/x.py: no French for 'Save'"),
        ({"Save": ""}, "oms/x.py: no French for 'Save'"),
        ({"Save": "Enregistrer", "Gone": "Parti"}, "django.po: unused 'Gone'"),
        ({"Save": "Enregistrer !"}, "django.po: no-break space missing in 'Enregistrer !'"),
        ({"Save": "L'enregistrer"}, 'django.po: straight apostrophe in "L\'enregistrer"'),
        ({"Save": "Enregistrer %(n)s"}, "django.po: foreign placeholder in 'Enregistrer %(n)s'"),
    ],
)
def test_what_is_wrong_is_named(check, have, complaint):
    assert complaints(check, have) == [complaint]


def test_a_doubtful_one_is_named(check):
    catalogue = Catalog(locale="fr")
    catalogue.add("Save", "Sauver", flags=["fuzzy"])

    assert list(check.complaints_of(catalogue, [check.Found("Save", None, "x")])) == ["django.po: fuzzy 'Save'"]


def test_an_unfinished_plural_is_named(check):
    assert complaints(check, {("One", "Many"): ("Une", "")}, [("One", "Many")]) == [
        "oms/x.py: no French for ('One', 'Many')"
    ]


def test_a_lost_placeholder_is_named(check):
    assert complaints(check, {"%(n)s orders": "Des commandes"}, ["%(n)s orders"]) == [
        "django.po: lost placeholder in 'Des commandes'"
    ]


def test_the_product_has_strings(check):
    assert sum(1 for _ in check.strings_of(check.ROOT)) > 300
