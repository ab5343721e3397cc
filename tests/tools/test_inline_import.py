import pytest

from tools.lint.inline_import import check


@pytest.mark.parametrize("comment", ["# noqa: PLC0415", "# noqa: PLC0415 -- to avoid a cycle", "# noqa: F401, PLC0415"])
def test_a_suppression_without_a_good_reason_is_found(breaches, comment):
    assert breaches(check, files={"oms/x.py": f"\n    import y  {comment}"}) == ["oms/x.py:2"]


@pytest.mark.parametrize("reason", ["slow import", "optional dependency", "app ready"])
def test_the_three_reasons_are_good(breaches, reason):
    assert breaches(check, files={"oms/x.py": f"import y  # noqa: PLC0415 -- {reason}"}) == []
