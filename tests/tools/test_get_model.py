import pytest

from tools.lint.get_model import check


@pytest.mark.parametrize("line", ["apps.get_model('orders', 'Order')", "django.apps.apps.get_model('orders.Order')"])
def test_the_global_registry_is_found(breaches, line):
    assert breaches(check, files={"inventory/services/x.py": line}) == ["inventory/services/x.py:1"]


def test_migrations_and_their_operations_are_not(breaches):
    files = {
        "inventory/migrations/0002_x.py": "apps.get_model('inventory', 'Sku')",
        "oms/tenancy/walls.py": "to_state.apps.get_model('inventory', 'Sku')",
    }

    assert breaches(check, files=files) == []
