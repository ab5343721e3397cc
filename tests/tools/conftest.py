"""Shared by the tests of the lints."""

from textwrap import dedent

import pytest

from tools.lint.source import Source


@pytest.fixture
def breaches():
    """Run one rule over files given as path → text; the answer is `path:line` of each breach."""

    def run(check, **files):
        sources = [Source(path, dedent(text)) for path, text in files.pop("files", files).items()]
        return [f"{found.path}:{found.line}" for found in check(sources)]

    return run
