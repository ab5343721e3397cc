"""The excuses, and the command."""

import pytest

from tools.lint.source import Source
from tools.lint_rooms import find_violations, main, read_sources, tracked_files

PATH = "oms/orders/web/views.py"


def found(line):
    return [(violation.rule, violation.line) for violation in find_violations([Source(PATH, line)])]


def test_a_reason_excuses_a_line():
    assert found("order.save()  # lint: orm-write -- a form of the framework") == []


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("order.save()  # lint: orm-write", ["skip"]),
        ("order.save()  # lint: now -- wrong rule", ["orm-write", "skip"]),
        ("order.load()  # lint: orm-write -- nothing here", ["skip"]),
        ("order.save()  # lint: unheard-of -- what", ["orm-write", "skip"]),
    ],
)
def test_a_bad_excuse_is_a_breach(line, rules):
    assert found(line) == [(rule, 1) for rule in rules]


def test_breaches_come_in_the_order_of_the_file():
    assert found("a.save()\nb.delay()\nc.save()") == [("orm-write", 1), ("raw-delay", 2), ("orm-write", 3)]


def test_the_repository_is_read():
    paths = {source.path for source in read_sources(tracked_files())}

    assert {"oms/__init__.py", "tools/lint_rooms.py"} <= paths
    assert not any(path.endswith((".txt", ".svg")) for path in paths)


def test_the_command_prints_and_fails(capsys, monkeypatch, tmp_path):
    (tmp_path / "views.py").write_text("order.save()\n")
    monkeypatch.setattr("tools.lint_rooms.ROOT", tmp_path)

    assert main(["views.py", "gone.py"]) == 1
    assert capsys.readouterr().out == "views.py:1: orm-write: .save() belongs in a service; call one instead\n"
    assert main(["gone.py"]) == 0
