from tools.lint.size import check


def function(lines):
    return "def f():\n" + "    pass\n" * (lines - 1)


def test_limits_are_inclusive(breaches):
    files = {"oms/a.py": "x = 1\n" * 500, "oms/b.py": function(60), "templates/a.html": "<p>\n" * 150}

    assert breaches(check, files=files) == []


def test_what_is_longer_is_found(breaches):
    files = {
        "oms/a.py": "x = 1\n" * 501,
        "oms/b.py": "\n" + function(61),
        "templates/a.html": "<p>\n" * 151,
        "static/a.js": "x\n" * 501,
    }

    assert breaches(check, files=files) == ["oms/a.py:1", "oms/b.py:2", "templates/a.html:1", "static/a.js:1"]


def test_migrations_are_history(breaches):
    assert breaches(check, files={"inventory/migrations/0001_start.py": function(200)}) == []
