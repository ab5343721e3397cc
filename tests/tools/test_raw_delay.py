import pytest

from tools.lint.raw_delay import check


@pytest.mark.parametrize("line", ["pull.delay(1)", "pull.apply_async((1,))", "app.send_task('x')"])
def test_a_task_sent_by_hand_is_found(breaches, line):
    assert breaches(check, files={"channels/services/pull.py": line}) == ["channels/services/pull.py:1"]


def test_the_event_log_may(breaches):
    assert breaches(check, files={"oms/events/relay.py": "deliver.apply_async()"}) == []
