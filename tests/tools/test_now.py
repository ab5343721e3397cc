import pytest

from tools.lint.now import check


@pytest.mark.parametrize("line", ["timezone.now()", "datetime.now(UTC)", "date.today()", "dt.datetime.utcnow()"])
@pytest.mark.parametrize("path", ["inventory/services/reserve.py", "oms/orders/rules.py", "channels/queries/x.py"])
def test_a_clock_below_the_entry_points_is_found(breaches, line, path):
    assert breaches(check, files={path: line}) == [f"{path}:1"]


@pytest.mark.parametrize("path", ["oms/orders/web/views.py", "channels/tasks.py", "tests/services/test_x.py"])
def test_an_entry_point_may_read_it(breaches, path):
    assert breaches(check, files={path: "timezone.now()"}) == []


def test_converting_a_given_time_is_not_reading_the_clock(breaches):
    assert breaches(check, files={"oms/orders/rules.py": "timezone.localtime(order.due_at)"}) == []
