import pytest

from tools.lint.orm_write import check

WRITES = [
    "order.save()",
    "Order.objects.create(number=1)",
    "Order.objects.filter(pk=1).update(number=2)",
    "Order.objects.filter(pk=1).delete()",
    "Order.objects.using('platform').delete()",
    "Order.objects.bulk_create([])",
    "Order.objects.get_or_create(pk=1)",
]


@pytest.mark.parametrize("line", WRITES)
@pytest.mark.parametrize("path", ["oms/orders/web/views.py", "oms/orders/queries/orders.py", "channels/tasks.py"])
def test_a_write_outside_services_is_found(breaches, line, path):
    assert breaches(check, files={path: f"\n{line}"}) == [f"{path}:2"]


@pytest.mark.parametrize("line", WRITES)
@pytest.mark.parametrize("path", ["oms/orders/services/accept.py", "oms/orders/services.py", "tests/orders/test_x.py"])
def test_a_write_where_it_belongs_is_not(breaches, line, path):
    assert breaches(check, files={path: line}) == []


@pytest.mark.parametrize(
    "line", ["found.update({})", "cache.delete('x')", "digest.update(b'')", "shop.orders.create(1)"]
)
def test_other_methods_of_the_same_name_are_not(breaches, line):
    assert breaches(check, files={"oms/orders/web/views.py": line}) == []
