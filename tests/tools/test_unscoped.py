import pytest

from tools.lint.unscoped import check


@pytest.mark.parametrize("line", ["Order._base_manager.all()", "scopes_disabled()", "django_scopes.scopes_disabled()"])
def test_a_door_over_the_wall_is_found(breaches, line):
    assert breaches(check, files={"inventory/queries/x.py": line}) == ["inventory/queries/x.py:1"]


@pytest.mark.parametrize("path", ["oms/events/relay.py", "oms/tenancy/queries/x.py", "tests/conftest.py"])
def test_the_builders_of_the_walls_may(breaches, path):
    assert breaches(check, files={path: "Order._base_manager.all()"}) == []
